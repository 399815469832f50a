"""Records past the HTTP door: written and read with any Kafka client, here aiokafka."""

import asyncio
from collections.abc import Iterable
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.topics import EVENTS

REQUEST_BYTES_MAX = 8 * 1024 * 1024
READ_MS = 500


class Put(NamedTuple):
    """One record to write; and where it went."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None


def put(bootstrap: str, records: Iterable[Put], codec: str | None = None) -> list[int]:
    """Writes records in order; returns their offsets."""
    return asyncio.run(_put(bootstrap, list(records), codec))


def published(bootstrap: str, topic: str) -> list[str]:
    """The keys of all records of a topic."""
    return [(record.key or b"").decode() for record in read(bootstrap, topic)]


def read(bootstrap: str, topic: str) -> list[Any]:
    """All records that a topic holds now."""
    return asyncio.run(_read(bootstrap, topic))


def ends(bootstrap: str) -> dict[str, int]:
    """How many records each topic of events has had."""
    return asyncio.run(_ends(bootstrap))


async def _put(bootstrap: str, records: list[Put], codec: str | None) -> list[int]:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        compression_type=codec,
        linger_ms=20,
        max_request_size=REQUEST_BYTES_MAX,
    )
    await producer.start()
    try:
        sent = [
            await producer.send(one.topic, one.value, key=one.key, partition=one.partition) for one in records
        ]
        return [metadata.offset for metadata in await asyncio.gather(*sent)]
    finally:
        await producer.stop()


async def _read(bootstrap: str, topic: str) -> list[Any]:
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        partitions = [TopicPartition(topic, number) for number in await _partitions(consumer, topic)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        last = await consumer.end_offsets(partitions)
        found: list[Any] = []
        while any([await consumer.position(place) < last[place] for place in partitions]):
            for batch in (await consumer.getmany(timeout_ms=READ_MS)).values():
                found += batch
        return found


async def _ends(bootstrap: str) -> dict[str, int]:
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        found = {}
        for topic in (topic.name for topic in EVENTS.values()):
            places = [TopicPartition(topic, number) for number in await _partitions(consumer, topic)]
            found[topic] = sum((await consumer.end_offsets(places)).values())
        return found


async def _partitions(consumer: Any, topic: str) -> list[int]:
    """The client learns of a topic when it is first asked for it."""
    await consumer._client._wait_on_metadata(topic)
    return sorted(consumer.partitions_for_topic(topic) or ())
