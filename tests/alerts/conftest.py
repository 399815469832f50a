"""Alerts on each database, and their API."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine

from schemas.frictions import Friction
from schemas.times import SECOND_US
from services.alerts.app import create_app
from services.alerts.core.board import Board, Context
from services.alerts.core.routing import Route
from services.alerts.receivers import Receiver
from services.alerts.store import tables
from services.alerts.store.database import open_database
from services.alerts.transports.errors import Message, TransportError
from services.alerts.turns import take
from services.database.opening import for_writing
from services.repeats import Heard
from services.settings import Settings
from tests.alerts.given import START_US, Given, record


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/alerts.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    tables.metadata.drop_all(engine)
    engine.dispose()


class FakeTransport:
    """Keeps what it gets; fails as it is told."""

    def __init__(self) -> None:
        self.got: list[Message] = []
        self.failures: list[TransportError] = []
        self.remark: str | None = None

    def deliver(self, message: Message) -> str | None:
        if self.failures:
            raise self.failures.pop(0)
        self.got.append(message)
        return self.remark


@pytest.fixture
def transport() -> FakeTransport:
    return FakeTransport()


@pytest.fixture
def receiver(transport: FakeTransport) -> Receiver:
    return Receiver(route=Route(receiver="ops"), kind="fake", address="fake://…", transport=transport)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, api_key=SecretStr(""), partitions=2)


class Clock:
    """Now, as the test says."""

    def __init__(self) -> None:
        self.us = START_US

    def forward(self, seconds: float) -> None:
        self.us += int(seconds * SECOND_US)


class Api:
    """The API, and the consumer's work without a broker."""

    def __init__(self, client: TestClient, engine: Engine, context: Context, clock: Clock) -> None:
        self.client, self.engine, self.clock = client, engine, clock
        self._context = context

    def feed(self, *frictions: Friction | bytes | None) -> Board:
        return self.take(Heard({}), *map(record, frictions))

    def take(self, heard: Heard, *records: Given) -> Board:
        with for_writing(self.engine).connect() as connection:
            return take(connection, self._context, records, heard, self.clock.us)

    def read(self, path: str, **query: Any) -> Any:
        answer = self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None) -> httpx2.Response:
        return self.client.post(path, json=body)

    def only_id(self) -> str:
        (incident,) = self.read("/v1/incidents")["items"]
        return str(incident["incident_id"])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(engine: Engine, settings: Settings, receiver: Receiver, clock: Clock) -> Iterator[Api]:
    app = create_app(settings, engine, [receiver], now_us=lambda: clock.us)
    with TestClient(app) as client:
        yield Api(client, engine, app.state.context, clock)
