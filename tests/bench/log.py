"""The bench's topics: made, filled, watched while a runtime works, and read to the end."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple
from zlib import crc32

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.structs import TopicPartition as Place
from kafka.admin import KafkaAdminClient

BATCH_BYTES = 64 << 10
#: Batches on their way at once.
IN_FLIGHT = 64


def make_topics(brokers: str, names: Iterable[str], partitions: int, **configs: str) -> None:
    """The same for every runtime; broker time on each record."""
    configs = {"message.timestamp.type": "LogAppendTime", **configs}
    wanted = {"num_partitions": partitions, "replication_factor": 1, "configs": configs}
    admin = KafkaAdminClient(bootstrap_servers=brokers)
    admin.create_topics({name: wanted for name in names}, wait_for_metadata=True)
    admin.close()


def drop_topics(brokers: str, names: Iterable[str]) -> None:
    admin = KafkaAdminClient(bootstrap_servers=brokers)
    admin.delete_topics(list(names))
    admin.close()


class Placed(NamedTuple):
    """A record and where it goes."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]] = []  # noqa: RUF012


def placed(topic: str, partitions: int, events: Iterable[tuple[bytes, bytes]]) -> Iterator[Placed]:
    """Topic, partition, key and value: by key to partitions."""
    for key, value in events:
        yield Placed(topic, crc32(key) % partitions, key, value)


async def fill(brokers: str, records: Iterable[Placed]) -> int:
    """Writes records, of each partition in order; returns how many."""
    producer = AIOKafkaProducer(
        bootstrap_servers=brokers, acks="all", compression_type="lz4", max_batch_size=BATCH_BYTES
    )
    await producer.start()
    batches: dict[tuple[str, int], Any] = {}
    waiting: deque[Any] = deque()
    count = 0
    for topic, number, key, value, headers in records:
        count += 1
        batch = batches.get((topic, number))
        if batch is None or batch.append(key=key, value=value, timestamp=None, headers=headers) is None:
            if batch is not None:
                waiting.append(await producer.send_batch(batch, topic, partition=number))
            if len(waiting) > IN_FLIGHT:
                await waiting.popleft()
            batch = batches[topic, number] = producer.create_batch()
            batch.append(key=key, value=value, timestamp=None, headers=headers)
    for (topic, number), batch in batches.items():
        waiting.append(await producer.send_batch(batch, topic, partition=number))
    await asyncio.gather(*waiting)
    await producer.stop()
    return count


#: Where topics end, by topic and partition.
Ends = dict[tuple[str, int], int]


class Sample(NamedTuple):
    """What was in the log at a moment (s): alerts said, records of state written; processor time so far."""

    at_s: float
    alerts: int
    states: int
    cpu_s: float
    ends: Ends


class Watcher:
    """Counts the records of two topics; the second may not exist yet."""

    def __init__(self, brokers: str, alerts: str, changelog: str, partitions: int) -> None:
        self._consumer = AIOKafkaConsumer(bootstrap_servers=brokers)
        self._alerts, self._changelog, self._partitions = alerts, changelog, partitions
        self._has_changelog = False

    async def __aenter__(self) -> "Watcher":
        await self._consumer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def look(self, cpu_s: float) -> Sample:
        if not self._has_changelog:
            self._has_changelog = self._changelog in await self._consumer.topics()
        places = self._places(self._alerts)
        if self._has_changelog:
            places += self._places(self._changelog)
        ends = await self._consumer.end_offsets(places)
        totals = {topic: 0 for topic in (self._alerts, self._changelog)}
        for place, end in ends.items():
            totals[place.topic] += end
        known = {(place.topic, place.partition): end for place, end in ends.items()}
        return Sample(time.monotonic(), totals[self._alerts], totals[self._changelog], cpu_s, known)

    def _places(self, topic: str) -> list[Place]:
        return [TopicPartition(topic, number) for number in range(self._partitions)]


async def read(brokers: str, topic: str, partitions: int, take: Callable[[Any], None]) -> None:
    """Hands over every record of a topic, up to its present end."""
    consumer = AIOKafkaConsumer(bootstrap_servers=brokers, auto_offset_reset="earliest")
    await consumer.start()
    places = [TopicPartition(topic, number) for number in range(partitions)]
    consumer.assign(places)
    ends = await consumer.end_offsets(places)
    left = {place for place, end in ends.items() if end > 0}
    while left:
        for records in (await consumer.getmany(timeout_ms=500, max_records=10_000)).values():
            for record in records:
                take(record)
        left = {place for place in left if await consumer.position(place) < ends[place]}
    await consumer.stop()
