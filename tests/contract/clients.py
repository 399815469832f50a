"""The product's Kafka clients as a test wants them: short to open, always closed, never sleeping for luck."""

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from kafka.admin import KafkaAdminClient

DEADLINE_S = 15.0
Configs = dict[str, str]


@contextlib.contextmanager
def admin(bootstrap: str) -> Iterator[Any]:
    client = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        yield client
    finally:
        client.close()


def new_topic(bootstrap: str, partitions: int = 1, configs: Configs | None = None) -> str:
    """A topic of its own for each test, so that the tests share one broker and nothing else."""
    name = f"t-{uuid.uuid4().hex[:12]}"
    wanted = {"num_partitions": partitions, "replication_factor": 1, "configs": configs or {}}
    with admin(bootstrap) as client:
        client.create_topics({name: wanted}, wait_for_metadata=True)
    return name


def new_group() -> str:
    return f"g-{uuid.uuid4().hex[:12]}"


@contextlib.asynccontextmanager
async def producer(bootstrap: str, **options: Any) -> AsyncIterator[Any]:
    client = AIOKafkaProducer(
        bootstrap_servers=bootstrap, **{"acks": "all", "enable_idempotence": True} | options
    )
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


@contextlib.asynccontextmanager
async def consumer(bootstrap: str, *topics: str, **options: Any) -> AsyncIterator[Any]:
    defaults = {"auto_offset_reset": "earliest", "enable_auto_commit": False, "metadata_max_age_ms": 1000}
    client = AIOKafkaConsumer(*topics, bootstrap_servers=bootstrap, **defaults | options)
    try:
        await client.start()
        yield client
    finally:
        await client.stop()


async def put(bootstrap: str, topic: str, *values: bytes, partition: int = 0, **options: Any) -> list[int]:
    """Produces one record a value, with keys, and returns their offsets."""
    async with producer(bootstrap, **options) as client:
        sent = [await client.send(topic, value, key=b"k", partition=partition) for value in values]
        return [(await one).offset for one in sent]


async def take(client: Any, count: int, deadline_s: float = DEADLINE_S) -> list[ConsumerRecord]:
    """The next `count` records, or a failure that says how many came."""
    taken: list[ConsumerRecord] = []
    ends = time.monotonic() + deadline_s
    while len(taken) < count:
        assert time.monotonic() < ends, f"{len(taken)} of {count} records came within {deadline_s} s"
        batches = await client.getmany(timeout_ms=200, max_records=count - len(taken))
        taken += [record for batch in batches.values() for record in batch]
    return taken


async def read_all(bootstrap: str, topic: str, partition: int = 0) -> list[ConsumerRecord]:
    """Everything the partition holds now."""
    where = TopicPartition(topic, partition)
    async with consumer(bootstrap) as client:
        client.assign([where])
        end = (await client.end_offsets([where]))[where]
        found: list[ConsumerRecord] = []
        while await client.position(where) < end:
            batches = await client.getmany(where, timeout_ms=200)
            found += batches.get(where, [])
        return found


async def end_offset(bootstrap: str, topic: str, partition: int = 0) -> int:
    where = TopicPartition(topic, partition)
    async with consumer(bootstrap) as client:
        return int((await client.end_offsets([where]))[where])


async def committed(bootstrap: str, group: str, topic: str, partition: int = 0) -> int | None:
    where = TopicPartition(topic, partition)
    async with consumer(bootstrap, group_id=group) as client:
        client.assign([where])
        offset = await client.committed(where)
        return None if offset is None else int(offset)


async def eventually(what: str, condition: Callable[[], bool], deadline_s: float = DEADLINE_S) -> None:
    ends = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < ends, f"not within {deadline_s} s: {what}"
        await asyncio.sleep(0.02)


async def eventually_async(
    what: str, condition: Callable[[], Awaitable[bool]], deadline_s: float = DEADLINE_S
) -> None:
    ends = time.monotonic() + deadline_s
    while not await condition():
        assert time.monotonic() < ends, f"not within {deadline_s} s: {what}"
        await asyncio.sleep(0.02)


def partitions_of(client: Any) -> set[int]:
    return {where.partition for where in client.assignment()}


def share_all(members: Iterable[Any], partitions: int) -> bool:
    """Each partition has exactly one owner, and nobody is idle."""
    owned = [partitions_of(member) for member in members]
    return all(owned) and sorted(p for some in owned for p in some) == list(range(partitions))
