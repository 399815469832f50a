"""Whole stacks, on the broker and the database that the command line chose."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.stack import Stack
from tests.postgres import new_database

#: Makes a stack that is not yet started: (its folder, workers).
MakeStack = Callable[[Path, int], Stack]


@pytest.fixture(scope="session")
def make_stack(request: pytest.FixtureRequest) -> Iterator[MakeStack]:
    """Each stack has a database of its own."""
    broker, database = (request.config.getoption(name) for name in ("--broker", "--database"))
    jars = request.config.cache.mkdir("kafka-jars")
    server = request.getfixturevalue("postgres_url") if database == "postgres" else None
    with ExitStack() as databases:

        def make(data_dir: Path, workers: int = 1) -> Stack:
            url = databases.enter_context(new_database(server)) if server else ""
            return Stack(data_dir, broker, url, workers, jars_dir=jars)

        yield make


@pytest.fixture
def stack(make_stack: MakeStack, tmp_path: Path) -> Iterator[Stack]:
    """One that runs, with one worker."""
    with make_stack(tmp_path / "stack", 1) as running:
        yield running


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Printed, so that `--seed` can repeat it."""
    given: int | None = request.config.getoption("--seed")
    chosen = random.randrange(1_000_000) if given is None else given
    print(f"--seed {chosen}")
    return chosen
