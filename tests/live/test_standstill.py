"""A builder that stands still is seen from outside, and one that is behind, or has nothing to do, is none."""

from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pydantic import SecretStr

from schemas.topics import BUILD_GROUP, EVENTS
from services.live import builder as watching
from services.live.builder import Builder
from services.live.core import standstill as core
from services.live.core.standstill import LOOKS, Standstill
from services.settings import Settings
from tests.conftest import MakeBroker

CALLS = ("events.call", 0)
PLACES = [(topic.name, 0) for topic in EVENTS.values()]


def looked(standstill: Standstill, *looks: tuple[int, int]) -> None:
    """At seconds 10, 20, …: what is folded, and where the log ends."""
    for number, (folded, end) in enumerate(looks, start=1):
        standstill.note(10 * number, {CALLS: folded}, {CALLS: end})


@pytest.mark.parametrize(
    ("looks", "since"),
    [
        ([(5, 5)] * 20, None),
        # What lies between was there before.
        ([(5, 6)] * 20, None),
        ([(5, 5), *[(5, 7)] * (LOOKS - 1)], None),
        ([(5, 5), *[(5, 7)] * LOOKS], 20),
        ([(5, 5), (5, 7), *[(5, 9)] * LOOKS], 20),
        # Behind, and it moves.
        ([(number, 50 * number) for number in range(1, 30)], None),
        ([(5, 5), *[(5, 9)] * 10, (9, 9)], None),
    ],
)
def test_it_stands_still_while_events_wait_and_nothing_moves(
    looks: list[tuple[int, int]], since: float | None
) -> None:
    standstill = Standstill()
    looked(standstill, *looks)
    assert standstill.since() == since


def test_marks_of_transactions_are_no_events() -> None:
    standstill = Standstill()
    looked(standstill, (5, 5), *[(5, 6)] * LOOKS)
    assert standstill.waiting() == {CALLS: 5}
    standstill.dismiss(CALLS, 6)
    looked(standstill, *[(5, 6)] * LOOKS)
    assert standstill.since() is None
    looked(standstill, *[(5, 7)] * LOOKS)
    assert standstill.since() == 10


def test_the_place_that_waits_longest_counts() -> None:
    standstill, other = Standstill(), ("events.chat", 3)
    standstill.note(1, {CALLS: 5}, {CALLS: 5, other: 0})
    standstill.note(5, {CALLS: 5}, {CALLS: 5, other: 1})
    for second in range(9, 9 + LOOKS):
        standstill.note(second, {CALLS: 5}, {CALLS: 6, other: 1})
    assert standstill.since() == 5


async def test_it_reads_what_the_builder_has_committed(
    make_broker: MakeBroker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with make_broker(tmp_path / "broker", None) as running:
        monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", running.bootstrap)
        await _make_topics(running.bootstrap)
        builder = Builder(Settings(data_dir=tmp_path, api_key=SecretStr(""), partitions=1))
        async with AIOKafkaProducer(bootstrap_servers=running.bootstrap, acks="all") as producer:
            for _ in range(3):
                await producer.send_and_wait("events.call", b"{}", partition=0)
        await _commit(running.bootstrap, TopicPartition("events.call", 0), 2)
        assert await builder.look() == ({CALLS: 2}, dict.fromkeys(PLACES, 0) | {CALLS: 3})
        assert [await builder.has_event(CALLS, offset) for offset in (2, 3)] == [True, False]


async def test_it_tells_while_it_lasts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A broker that is away in between leaves nothing told; nor do marks of transactions, which come last."""
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(core, "LOOKS", 1)
    builder = Builder(Settings(data_dir=tmp_path, api_key=SecretStr(""), partitions=1))
    looks = iter([(5, 5), (5, 6), None, (5, 6), (5, 7), (7, 7), (7, 8)])
    told: list[bool] = []

    async def look() -> Any:
        told.append(builder.stands_since is not None)
        found = next(looks, None)
        if found is None and len(told) > 6:
            builder.stop()
        if found is None:
            raise TimeoutError
        return {CALLS: found[0]}, {CALLS: found[1]}

    async def has_event(_: Any, offset: int) -> bool:
        return offset != 7

    monkeypatch.setattr(builder, "look", look)
    monkeypatch.setattr(builder, "has_event", has_event)
    await builder.watch()
    assert told == [False, False, True, False, False, True, False, False]


async def _make_topics(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1) for topic, _ in PLACES])
    await admin.close()


async def _commit(bootstrap: str, place: TopicPartition, offset: int) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=BUILD_GROUP, enable_auto_commit=False)
    await consumer.start()
    consumer.assign([place])
    await consumer.commit({place: offset})
    await consumer.stop()
