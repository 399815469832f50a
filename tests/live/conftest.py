"""A read model on each database, and its API."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine

from services.live.app import create_app
from services.live.store import tables
from services.live.store.database import open_database
from services.settings import Settings
from tests.live.given import START_US


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/live.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    tables.metadata.drop_all(engine)
    engine.dispose()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, api_key=SecretStr(""), partitions=2)


@pytest.fixture
def api(engine: Engine, settings: Settings) -> Iterator["Api"]:
    with TestClient(create_app(settings, engine, now_us=lambda: START_US)) as client:
        yield Api(client)


class Api:
    """The API as a test wants it: the JSON of an answer that must be 200, or the answer itself."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def get(self, path: str, **query: Any) -> httpx2.Response:
        return self.client.get(path, params=query)

    def read(self, path: str, **query: Any) -> Any:
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ids(self, path: str, **query: Any) -> list[str]:
        key = "friction_id" if "frictions" in path else "journey_id"
        return [item[key] for item in self.read(path, **query)["items"]]
