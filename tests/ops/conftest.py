"""One stack that has had a short day, watched by a real Prometheus."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest

from tests.e2e.conftest import MakeStack, make_stack
from tests.e2e.stack import Stack
from tests.ops.day import happen
from tests.ops.tools import Prometheus, need

__all__ = ["make_stack", "watched"]

SERVICES = ("ingest", "build", "live", "alerts")


class Watched(NamedTuple):
    stack: Stack
    prometheus: Prometheus


@pytest.fixture(scope="module")
def watched(make_stack: MakeStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    need("prometheus")
    with ExitStack() as running:
        stack = make_stack(tmp_path_factory.mktemp("ops"), 1)
        stack.settings["JOURNEYLINE_HOOKS"] = "[{platform: standard, unsigned: true}]"
        running.enter_context(stack)
        targets = {name: [url.removeprefix("http://") for url in urls(stack, name)] for name in SERVICES}
        prometheus = Prometheus(tmp_path_factory.mktemp("prometheus"), targets)
        running.enter_context(prometheus)
        happen(stack)
        yield Watched(stack, prometheus)


def urls(stack: Stack, service: str) -> list[str]:
    """Where a service's processes are; nowhere, if the stack has none."""
    if service == "build":
        return stack.build_urls
    url: str | None = getattr(stack, f"{service}_url", None)
    return [] if url is None else [url]
