"""Follows a topic of one partition from its beginning for as long as the process lives."""

import asyncio
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from services.kafka import connection, started
from services.settings import KafkaSettings

POLL_MS = 500
RETRY_SECONDS_MIN = 0.5
RETRY_SECONDS_MAX = 15.0

log = structlog.get_logger()

T = TypeVar("T")


class Tail(Generic[T]):
    """Hands each record of `topic`, decoded as `model`, to `apply` with its offset. No group, no commits."""

    def __init__(
        self, kafka: KafkaSettings, topic: str, model: type[T], apply: Callable[[T, int], None]
    ) -> None:
        self._kafka = kafka
        self._partition = TopicPartition(topic, 0)
        self._decoder = msgspec.json.Decoder(model)
        self._apply = apply
        self._next: int | None = None
        self._retry_seconds = RETRY_SECONDS_MIN
        #: Set when all that the topic held at the start was read.
        self.is_caught_up = asyncio.Event()

    async def run(self) -> None:
        """Reads until cancelled, and again after any error of Kafka."""
        while True:
            try:
                async with started(open_consumer(self._kafka)) as consumer:
                    await self._read(consumer)
            except (KafkaError, OSError, TimeoutError) as error:
                log.warning("tail_interrupted", topic=self._partition.topic, reason=str(error))
            await asyncio.sleep(self._retry_seconds)
            self._retry_seconds = min(self._retry_seconds * 2, RETRY_SECONDS_MAX)

    async def _read(self, consumer: Any) -> None:
        consumer.assign([self._partition])
        if self._next is None:
            await consumer.seek_to_beginning(self._partition)
        else:
            consumer.seek(self._partition, self._next)
        end = (await consumer.end_offsets([self._partition]))[self._partition]
        while True:
            batches = await consumer.getmany(self._partition, timeout_ms=POLL_MS, max_records=500)
            for record in batches.get(self._partition, ()):
                self._take(record)
            self._next = await consumer.position(self._partition)
            self._retry_seconds = RETRY_SECONDS_MIN
            if self._next >= end:
                self.is_caught_up.set()

    def _take(self, record: Any) -> None:
        if record.value is None:
            return
        try:
            value = self._decoder.decode(record.value)
        except msgspec.MsgspecError as error:
            # Somebody else's record: the topic is open to any Kafka client.
            log.warning("tail_skipped", topic=record.topic, offset=record.offset, reason=str(error))
            return
        self._apply(value, record.offset)


def open_consumer(kafka: KafkaSettings) -> Any:
    """A consumer without a group, not yet started."""
    return AIOKafkaConsumer(
        **connection(kafka), group_id=None, enable_auto_commit=False, auto_offset_reset="earliest"
    )
