"""A client that is told to end while its partitions are taken away from it."""

import asyncio
import uuid
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient

from services.kafka import close_surely, pace_empty_fetches, started

END_S = 5.0


def _topic(broker: str) -> str:
    """A new one, of one partition."""
    admin, topic = KafkaAdminClient(bootstrap_servers=broker), f"t-{uuid.uuid4().hex[:12]}"
    admin.create_topics({topic: {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)
    admin.close()
    return topic


async def test_it_ends_though_a_fetch_of_what_was_taken_away_has_not_ended_yet(broker: str) -> None:
    topic = _topic(broker)
    consumer = AIOKafkaConsumer(bootstrap_servers=broker)
    await consumer.start()
    asked, cancelled = asyncio.Event(), asyncio.Event()

    async def slow_to_end(*_: Any) -> bool:
        asked.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        cancelled.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return False

    consumer._fetcher._proc_fetch_request = slow_to_end
    close_surely(consumer)
    consumer.assign([TopicPartition(topic, 0)])
    await consumer.seek_to_end()
    await asked.wait()
    consumer.unsubscribe()
    await cancelled.wait()
    stopping = asyncio.create_task(consumer.stop())
    await asyncio.wait([stopping], timeout=END_S)
    assert stopping.done()


async def test_it_ends_though_a_fetch_waits_for_its_next_try(broker: str) -> None:
    """The wait is cancelled, and whoever stops the consumer is not cancelled with it."""
    consumer, asked = AIOKafkaConsumer(bootstrap_servers=broker), asyncio.Event()

    async def waits(*_: Any) -> bool:
        asked.set()
        await asyncio.Event().wait()
        return False

    async with started(consumer):
        consumer._fetcher._proc_fetch_request = waits
        consumer.assign([TopicPartition(_topic(broker), 0)])
        await consumer.seek_to_end()
        await asked.wait()
    assert consumer._closed


async def test_its_connections_are_closed_though_its_fetching_has_failed(broker: str) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=broker)

    def fails(*_: Any) -> None:
        raise ValueError("a fault of the client")

    async with started(consumer):
        consumer._fetcher._get_actions_per_node = fails
        consumer.assign([TopicPartition(_topic(broker), 0)])
        await asyncio.wait([consumer._fetcher._fetch_task])
    assert not any(connection.connected() for connection in consumer._client._conns.values())


async def test_a_fetch_that_was_cancelled_is_not_kept_waiting() -> None:
    async def fetch() -> bool:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return False

    fetcher = SimpleNamespace(_proc_fetch_request=fetch)
    pace_empty_fetches(SimpleNamespace(_fetcher=fetcher))
    task = asyncio.create_task(fetcher._proc_fetch_request())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    assert task.done()
    assert task.result() is False
