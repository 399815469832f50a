"""Fixtures for every test folder: a broker for the session, one to break, a PostgreSQL; async tests."""

import asyncio
import inspect
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from services.broker import ApacheBroker, Broker, EmbeddedBroker
from tests.postgres import postgres

# A busy machine is slow at everything; that says nothing of the code.
settings.register_profile("quick", deadline=None, suppress_health_check=[HealthCheck.too_slow])
#: The inner loop's: a third of the histories.
settings.register_profile("inner", settings.get_profile("quick"), max_examples=35)
#: `pytest tests/core --hypothesis-profile=full`: the properties on 10,000 histories each.
settings.register_profile("full", settings.get_profile("quick"), max_examples=10_000)
settings.load_profile("quick")

# Makes a broker that is not yet started: (data directory, port or None for a free one).
MakeBroker = Callable[[Path, int | None], Broker]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--broker", choices=["embedded", "apache"], default="embedded", help="what `broker` is")
    parser.addoption(
        "--database", choices=["sqlite", "postgres"], default="sqlite", help="what whole stacks write to"
    )
    parser.addoption(
        "--down-seconds", type=float, default=3.0, help="how long receivers of notifications are away"
    )
    parser.addoption("--full", action="store_true", help="long tests in their full length, not a dose of it")
    parser.addoption("--seed", type=int, help="of what tests leave to chance; they print the one they take")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "embedded_lacks(reason): the embedded broker fails here, always")
    config.addinivalue_line("markers", "real_broker(reason): not run on the embedded broker")
    config.addinivalue_line("markers", "ops: what operators see, with real Prometheus tools")
    config.addinivalue_line("markers", "browser: looks at the live page in a real chromium")
    config.addinivalue_line("markers", "waits: for minutes, and hardly does anything meanwhile")
    config.addinivalue_line("markers", "e2e: runs everything as its user does; takes a minute")
    # kafka-python reads its schemas this way on import; Python blames the caller's caller.
    config.addinivalue_line("filterwarnings", "ignore:(open|read)_text is deprecated:DeprecationWarning")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # One that waits for minutes begins first, so that others run meanwhile, but not two at once; then what
    # takes a minute, so that the end is not one long test beside idle processors.
    items.sort(key=lambda item: [item.get_closest_marker(name) is None for name in ("waits", "e2e")])
    if config.getoption("--broker") != "embedded":
        return
    for item in items:
        for mark in item.iter_markers("embedded_lacks"):
            item.add_marker(pytest.mark.xfail(strict=True, reason=str(mark.args[0])))
        for mark in item.iter_markers("real_broker"):
            item.add_marker(pytest.mark.skip(reason=f"on Apache Kafka only: {mark.args[0]}"))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """An `async def` test runs in an event loop of its own."""
    test = pyfuncitem.obj
    if not inspect.iscoroutinefunction(test):
        return None
    asyncio.run(test(**{name: pyfuncitem.funcargs[name] for name in inspect.signature(test).parameters}))
    return True


def free_port() -> int:
    """A port whose successor is free too: Apache Kafka takes both."""
    while True:
        with ExitStack() as held:
            first = held.enter_context(closing(socket.socket()))
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                held.enter_context(closing(socket.socket())).bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port


@pytest.fixture(scope="session")
def make_broker(request: pytest.FixtureRequest) -> MakeBroker:
    """The jars of Apache Kafka stay in pytest's cache: fetched once, not once a session."""
    kind, jars = request.config.getoption("--broker"), request.config.cache.mkdir("kafka-jars")

    def make(data_dir: Path, port: int | None = None) -> Broker:
        chosen = port or free_port()
        if kind == "apache":
            return ApacheBroker(data_dir, chosen, jars)
        return EmbeddedBroker(data_dir, chosen)

    return make


@pytest.fixture(scope="session")
def broker(make_broker: MakeBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The bootstrap address of a broker that all tests of the session share: use topics of your own."""
    with make_broker(tmp_path_factory.mktemp("broker"), None) as running:
        yield running.bootstrap


@pytest.fixture(scope="module")
def breakable(make_broker: MakeBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A running broker that the module's tests may kill and restart; each must leave it running."""
    with make_broker(tmp_path_factory.mktemp("breakable"), None) as running:
        yield running


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """An empty PostgreSQL database that tests may wipe."""
    with postgres() as url:
        yield url
