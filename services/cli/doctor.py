"""`journeyline doctor`: what is right and what is not, one line each, with what to do."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import httpx2

from services import topics
from services.settings import Settings


class Finding(NamedTuple):
    """One check: what was looked at, whether it is right, and the particulars."""

    what: str
    is_right: bool
    detail: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Every check, in the order in which trouble usually starts."""
    yield from _guarded("Kafka and its topics", lambda: _topics(settings))
    for name, port in (
        ("ingest", settings.ingest_port),
        ("journey builder", settings.build_port),
        ("live", settings.live_port),
        ("alerts", settings.alerts_port),
    ):
        yield from _guarded(name, partial(_service, name, settings.address, port))


def _guarded(what: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except (topics.TopicsError, httpx2.TransportError) as error:
        yield Finding(what, False, str(error) or repr(error))


def _topics(settings: Settings) -> Iterator[Finding]:
    faults = topics.faults(settings)
    for fault in faults:
        yield Finding("topic", False, fault)
    if not faults:
        where = settings.kafka.bootstrap_servers
        yield Finding("Kafka and its topics", True, f"all topics are as they should be at {where}")


def _service(name: str, host: str, port: int) -> Iterator[Finding]:
    url = f"http://{host}:{port}/readyz"
    try:
        answer = httpx2.get(url, timeout=5)
    except httpx2.TransportError as error:
        yield Finding(name, False, f"nothing answers at {url} ({error}); start it with `journeyline up`")
        return
    yield Finding(name, answer.status_code == 200, f"{url} says {answer.status_code} {answer.text[:200]}")
