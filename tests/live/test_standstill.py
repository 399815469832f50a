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
from services.live.core.standstill import PATIENCE_SECONDS, Standstill
from services.settings import Settings
from tests.conftest import MakeBroker

CALLS = ("events.call", 0)
PLACES = [(topic.name, 0) for topic in EVENTS.values()]


def noted(*looks: tuple[float, int, int]) -> float | None:
    """Since when it stands still, after looks at: seconds, what is folded, where the log ends."""
    standstill = Standstill()
    for now, folded, end in looks:
        standstill.note(now, {CALLS: folded}, {CALLS: end})
    return standstill.since(looks[-1][0])


@pytest.mark.parametrize(
    ("looks", "since"),
    [
        ([(0, 5, 5), (1000, 5, 5)], None),
        # A mark of a transaction lies between.
        ([(0, 5, 6), (1000, 5, 6)], None),
        ([(0, 5, 5), (10, 5, 7), (10 + PATIENCE_SECONDS - 1, 5, 9)], None),
        ([(0, 5, 5), (10, 5, 7), (10 + PATIENCE_SECONDS, 5, 9)], 10),
        # Behind, and it moves.
        ([(0, 5, 50), (40, 6, 90), (80, 7, 130), (120, 8, 170)], None),
        ([(0, 5, 5), (10, 5, 7), (200, 5, 9), (210, 9, 9)], None),
    ],
)
def test_it_stands_still_while_events_wait_and_nothing_moves(
    looks: list[tuple[float, int, int]], since: float | None
) -> None:
    assert noted(*looks) == since


def test_the_place_that_waits_longest_counts() -> None:
    standstill, other = Standstill(), ("events.chat", 3)
    standstill.note(0, {CALLS: 5}, {CALLS: 5, other: 0})
    standstill.note(5, {CALLS: 5}, {CALLS: 5, other: 1})
    standstill.note(9, {CALLS: 5}, {CALLS: 6, other: 1})
    assert standstill.since(100) == 5


async def test_it_reads_what_the_builder_has_committed(
    make_broker: MakeBroker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with make_broker(tmp_path / "broker", None) as running:
        monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", running.bootstrap)
        await _make_topics(running.bootstrap)
        builder = Builder(Settings(data_dir=tmp_path, api_key=SecretStr(""), partitions=1))
        assert await builder.look() == ({}, dict.fromkeys(PLACES, 0))
        async with AIOKafkaProducer(bootstrap_servers=running.bootstrap, acks="all") as producer:
            for _ in range(3):
                await producer.send_and_wait("events.call", b"{}", partition=0)
        await _commit(running.bootstrap, TopicPartition("events.call", 0), 2)
        assert await builder.look() == ({CALLS: 2}, dict.fromkeys(PLACES, 0) | {CALLS: 3})


async def test_it_tells_while_it_lasts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A broker that is away in between leaves nothing told."""
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(core, "PATIENCE_SECONDS", 0.0)
    builder = Builder(Settings(data_dir=tmp_path, api_key=SecretStr(""), partitions=1))
    looks = iter([(5, 5), (5, 6), None, (5, 6), (5, 7), (7, 7), (7, 7)])
    told: list[bool] = []

    async def look() -> Any:
        told.append(builder.stands_since is not None)
        found = next(looks, None)
        if found is None and len(told) > 6:
            builder.stop()
        if found is None:
            raise TimeoutError
        return {CALLS: found[0]}, {CALLS: found[1]}

    monkeypatch.setattr(builder, "look", look)
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
