"""A broker with the product's topics for all tests of this folder."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.conftest import MakeBroker
from tests.ingest.doors import create_topics


@pytest.fixture(scope="session")
def kafka(make_broker: MakeBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its bootstrap address. Not the session's `broker`: the topics have fixed names."""
    with make_broker(tmp_path_factory.mktemp("ingest"), None) as running:
        asyncio.run(create_topics(running.bootstrap))
        yield running.bootstrap


@pytest.fixture(autouse=True)
def _reach_kafka(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "kafka" in request.fixturenames:
        monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", request.getfixturevalue("kafka"))
