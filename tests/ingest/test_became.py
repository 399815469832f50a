"""`GET /v1/events` and `/v1/sources`: what became of an event, and how its source fares."""

import asyncio
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from msgspec.structs import replace

from schemas.topics import BUILD_GROUP, QUARANTINED
from services import keys
from services.ingest.core.sources import BUCKET_SECONDS, BUCKETS, Sources
from services.ingest.core.tracing import Found, Wanted, event_of
from services.ingest.publisher import Publisher
from services.keys import Scope
from tests.ingest.doors import Knocker, door, event, until

pytestmark = pytest.mark.usefixtures("kafka")

NOW = datetime.now(UTC)


def moment(hours_ago: float) -> str:
    return (NOW - timedelta(hours=hours_ago)).isoformat(timespec="milliseconds")


def named(**changes: Any) -> dict[str, Any]:
    return event(subject=uuid4().hex, id=uuid4().hex, time=moment(1)) | changes


async def became(knocker: Knocker, sent: dict[str, Any], **query: str) -> Any:
    return await knocker.get("/v1/events", source=sent["source"], id=sent["id"], **query)


def states(answer: Any) -> list[str]:
    return [one["state"] for one in answer["became"]]


async def test_it_tells_accepted_and_folded_and_into_which_contact(kafka: str) -> None:
    sent = named()
    async with door() as knocker:
        assert (await knocker.post(sent)).status_code == 202
        answer = await became(knocker, sent)
        assert (answer["state"], states(answer)) == ("accepted", ["accepted"])
        [one] = answer["became"]
        assert one["contact"] == {"source": sent["source"], "subject": sent["subject"]}
        assert (one["is_late"], one["topic"], answer["is_complete"]) == (False, "events.call", True)
        await _fold(kafka, one)
        assert (await became(knocker, sent))["state"] == "folded"


def test_an_event_that_is_refused_for_its_time_is_no_copy() -> None:
    sent = named(time=moment(-1))
    found = Found("events.call", 0, 7, int(NOW.timestamp() * 1000), orjson.dumps(sent))
    assert event_of(found, Wanted(sent["source"], sent["id"])) is None
    an_hour_later = replace(found, timestamp=found.timestamp + 3_600_000)
    assert event_of(an_hour_later, Wanted(sent["source"], sent["id"])) is not None


async def _fold(kafka: str, one: dict[str, Any]) -> None:
    """As the builder does, when it has folded it."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka, group_id=BUILD_GROUP, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    place = TopicPartition(one["topic"], one["partition"])
    await consumer.start()
    try:
        consumer.assign([place])
        await consumer.commit({place: one["offset"] + 1})
    finally:
        await consumer.stop()


async def test_it_tells_duplicates_and_which_of_contrary_contents_stands() -> None:
    sent = named()
    contrary = sent | {"sequence": "2"}
    async with door() as knocker:
        for each in (sent, sent, contrary, sent):
            await knocker.post(each)
        answer = await became(knocker, sent)
    assert states(answer) == ["conflict", "conflict", "accepted", "conflict"]
    assert answer["state"] == "accepted"
    async with door() as knocker:
        other = named()
        await knocker.post(other)
        await knocker.post(other)
        assert states(await became(knocker, other)) == ["accepted", "duplicate"]


async def test_it_tells_why_an_event_was_quarantined() -> None:
    sent = named(type="fax.sent")
    async with door() as knocker:
        await knocker.post(sent)
        [one] = (await became(knocker, sent))["became"]
        assert (one["state"], one["reason"]) == ("quarantined", "unknown_channel")
        assert "fax.sent" in one["detail"]
        kept = await knocker.http.get(f"/v1/quarantine/{one['quarantine_id']}")
        assert kept.status_code in (200, 404), "listed a moment later"


async def test_it_tells_late_ones() -> None:
    subject = uuid4().hex
    newest, late, in_time = (named(subject=subject, time=moment(hours)) for hours in (1, 26, 24))
    async with door() as knocker:
        for each in (newest, late, in_time):
            await knocker.post(each)
        for each, is_late in ((newest, False), (late, True), (in_time, False)):
            [one] = (await became(knocker, each))["became"]
            assert one["is_late"] is is_late


async def test_what_never_came_or_is_anothers_is_not_found(tmp_path: Path) -> None:
    path, sent = tmp_path / "keys.json", named(tenant="acme")
    words = {
        tenant: keys.create(path, tenant, [Scope.READ, Scope.WRITE], tenant=tenant)[1]
        for tenant in ("acme", "other")
    }
    async with door(keys_file=path) as knocker:
        headers = {tenant: {"x-api-key": key} for tenant, key in words.items()}
        await knocker.http.post("/v1/events", json=sent, headers=headers["acme"])
        query = {"source": sent["source"], "id": sent["id"]}
        for tenant, code in (("acme", 200), ("other", 404)):
            answer = await knocker.http.get("/v1/events", params=query, headers=headers[tenant])
            assert answer.status_code == code
        ahead = query | {"since": "9999-12-31T23:59:59-14:00"}
        assert (
            await knocker.http.get("/v1/events", params=ahead, headers=headers["acme"])
        ).status_code == 404
        sources = (await knocker.http.get("/v1/sources", headers=headers["other"])).json()
        assert sources["items"] == []


async def test_a_source_sees_its_mistakes() -> None:
    source = f"//acme/{uuid4().hex}"
    async with door() as knocker:
        await knocker.post([named(source=source), named(source=source), named(source=source, time="soon")])
        assert (await knocker.post(named(source=source, data={"queue": 7}))).status_code == 422

        async def standing() -> Any:
            items = (await knocker.get("/v1/sources"))["items"]
            return next((one for one in items if one["source"] == source), None)

        await until(standing)
        found = await standing()
    assert (found["accepted"], found["errors"]) == (2, {"schema": 2})
    assert "$.data.queue" in found["last_error"]["detail"]
    assert found["per_minute"] > 0
    assert found["usual_per_minute"] is None


async def test_of_two_processes_each_tells_its_own_sources_and_who_it_is() -> None:
    source, run = f"//acme/{uuid4().hex}", uuid4().hex
    async with door(ingest_port=8101) as one, door(ingest_port=8102) as other:
        for knocker in (one, other):
            await knocker.post(named(source=source, replay=run))
        await one.post([named(source=source, time="soon")])
        told = [await knocker.get("/v1/sources") for knocker in (one, other)]

        async def is_one() -> bool:
            runs = [await knocker.get(f"/v1/replays/{run}") for knocker in (one, other)]
            kept = [await knocker.get("/v1/quarantine", source=source) for knocker in (one, other)]
            return [each.get("accepted") for each in runs] == [2, 2] and all(each["items"] for each in kept)

        await until(is_one)
    assert [each["process"].rpartition(":")[2] for each in told] == ["8101", "8102"]
    errors = [[item["errors"] for item in each["items"] if item["source"] == source] for each in told]
    assert errors == [[{"schema": 1}], [{}]]


def test_the_usual_rate_is_that_of_the_day_before() -> None:
    sources, name, now = Sources(sources_max=2), ("default", "//acme/pbx"), 1_000_000 * BUCKET_SECONDS
    for _ in range(BUCKETS):
        sources.accept([name] * 10, now)
        now += BUCKET_SECONDS
    sources.accept([name] * 40, now)
    [(_, standing)] = sources.of(None)
    assert standing.usual_per_minute(now + BUCKET_SECONDS) == pytest.approx(2, rel=0.01)
    assert standing.per_minute(now + BUCKET_SECONDS) == pytest.approx(8, rel=0.01)
    for other in ("a", "b"):
        sources.accept([("default", other)], now)
    assert name not in [known for known, _ in sources.of(None)]


async def test_somebody_else_s_record_in_quarantine_hides_nothing(kafka: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        await producer.send_and_wait(QUARANTINED.name, b"not ours")
    sent = named()
    async with door() as knocker:
        assert (await knocker.post(sent)).status_code == 202
        assert states(await became(knocker, sent)) == ["accepted"]


async def test_a_door_whose_sender_has_died_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def dies(_: Publisher) -> None:
        raise ValueError("a fault of ours")

    ended = asyncio.Event()
    monkeypatch.setattr(Publisher, "run", dies)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    try:
        with pytest.raises(ExceptionGroup):
            async with door(wait=False):
                await asyncio.wait_for(ended.wait(), 10)
    finally:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
    assert ended.is_set()
