"""The door while Kafka is away: it stays up, promises nothing, and loses nothing it has promised."""

import asyncio
from contextlib import suppress
from uuid import uuid4

import orjson
import pytest
from aiokafka.client import AIOKafkaClient

from services.broker import Broker
from services.ingest.metrics import Metrics
from services.ingest.publisher import Publisher
from services.ingest.tail import Tail
from services.settings import KafkaSettings, Settings
from tests.conftest import free_port
from tests.ingest.doors import Knocker, create_topics, door, event, is_ready, records, until

TOPIC = "events.call"


@pytest.fixture(autouse=True)
def _nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", f"127.0.0.1:{free_port()}")


@pytest.fixture(scope="module")
def restarted(breakable: Broker) -> Broker:
    """With the topics, whichever test comes first."""
    asyncio.run(create_topics(breakable.bootstrap))
    return breakable


async def test_it_stays_up_without_kafka() -> None:
    async with door(wait=False) as knocker:
        assert (await knocker.http.get("/healthz")).status_code == 200
        for answer in (await knocker.http.get("/readyz"), await knocker.post(event())):
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
            assert int(answer.headers["retry-after"]) > 0
        assert (await knocker.ledger())["refused"] == 1


async def test_it_names_the_topic_that_is_missing(broker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", broker)
    async with door(wait=False) as knocker:

        async def is_named() -> bool:
            detail = (await knocker.http.get("/readyz")).json()["detail"]
            return "journeyline topics create" in detail

        await until(is_named)


async def test_it_ends_though_the_client_suppresses_its_cancellation(monkeypatch: pytest.MonkeyPatch) -> None:
    """As aiokafka does where it comes while the client is being closed."""
    closing = asyncio.Event()

    async def suppressing(client: AIOKafkaClient) -> None:
        closing.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    monkeypatch.setattr(AIOKafkaClient, "close", suppressing)
    for part in (Publisher(KafkaSettings(), Settings(), Metrics()), Tail(KafkaSettings(), "t", dict, print)):
        closing.clear()
        running = asyncio.create_task(part.run())
        await closing.wait()
        running.cancel()
        await asyncio.wait([running], timeout=10)
        assert running.cancelled()


async def test_it_loses_nothing_it_accepted_while_the_broker_restarts(
    restarted: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", restarted.bootstrap)
    async with door(ingest_ack_seconds=1) as knocker:
        accepted = {await _accepted(knocker) for _ in range(20)}
        restarted.stop()
        answers = await asyncio.gather(*(knocker.post(event(id="lost")) for _ in range(3)))
        assert {answer.status_code for answer in answers} == {503}
        assert all("retry-after" in answer.headers for answer in answers)
        restarted.start()
        restarted.wait_ready()
        await until(lambda: is_ready(knocker), seconds=40)
        accepted |= {await _accepted(knocker) for _ in range(20)}
    kept = {orjson.loads(record.value)["id"] for record in await records(restarted.bootstrap, TOPIC)}
    assert len(accepted) == 40
    assert accepted <= kept


async def _accepted(knocker: Knocker) -> str:
    """Sends one event until it is accepted, as a good client does."""
    name = uuid4().hex

    async def is_accepted() -> bool:
        return (await knocker.post(event(id=name))).status_code == 202

    await until(is_accepted)
    return name


async def test_it_refuses_what_would_wait_in_too_large_a_heap(
    restarted: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", restarted.bootstrap)
    large = [event(id=str(n), type="touchpoint.happened", data={"text": "x" * 60_000}) for n in range(16)]
    async with door(ingest_ack_seconds=5, ingest_in_flight_mib=1) as knocker:
        answers = await asyncio.gather(*(knocker.post(large) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [202, 503, 503]
    assert "wait for Kafka" in next(a for a in answers if a.status_code == 503).json()["detail"]


def test_the_settings_bound_the_wait() -> None:
    assert Settings().ingest_ack_seconds == 10
