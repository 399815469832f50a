"""Records on their way to Kafka: gathered by partition into whole batches, each with one future.

A producer's own way costs a future a record. While a batch of a partition is under way the next one
gathers, so that the busier the door is the larger its batches are.
"""

import asyncio
import time
from collections import deque
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from msgspec import Struct, field

LINGER_SECONDS = 0.002


class Outgoing(Struct, frozen=True, gc=False):
    topic: str
    partition: int
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]] = []


class Waiter(Struct):
    """Somebody with records in so many batches; `future` is done when all replicas have all of them."""

    future: asyncio.Future[None]
    batches: int = 0


class Batch(Struct):
    """Some records of one partition, who waits for them, and when they have waited for too long."""

    builder: Any
    started: float
    timer: asyncio.TimerHandle | None = None
    size: int = 0
    waiters: list[Waiter] = field(default_factory=list)


class Batches:
    """What one producer has in hand. Nobody waits for longer than `wait_seconds`: then it is TimeoutError."""

    def __init__(self, producer: Any, wait_seconds: float) -> None:
        self.producer = producer
        self._wait_seconds = wait_seconds
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[TopicPartition, deque[Batch]] = {}
        self._sent: dict[TopicPartition, Batch] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        #: Bytes of the records that no word of Kafka has come about.
        self.size = 0

    @property
    def is_stuck(self) -> bool:
        """Whether some have waited for too long."""
        now = time.monotonic()
        return any(now - batch.started > self._wait_seconds for batch in self._sent.values())

    def waiter(self) -> Waiter:
        return Waiter(self._loop.create_future())

    def add(self, place: TopicPartition, record: Outgoing, timestamp_ms: int, waiter: Waiter) -> None:
        """Adds a record. Its waiter's future may fail with `KafkaError`, `OSError` or `TimeoutError`."""
        queue = self._waiting.get(place)
        batch = queue[-1] if queue else self._open(place)
        key, value, headers = record.key, record.value, record.headers
        if batch.builder.append(timestamp=timestamp_ms, key=key, value=value, headers=headers) is None:
            # It is full; an empty one takes a record of any size.
            batch = self._open(place)
            batch.builder.append(timestamp=timestamp_ms, key=key, value=value, headers=headers)
        size = len(key) + len(value)
        batch.size += size
        self.size += size
        if not batch.waiters or batch.waiters[-1] is not waiter:
            batch.waiters.append(waiter)
            waiter.batches += 1

    def close(self, error: BaseException) -> None:
        """Nobody need wait for the rest: of it some may be written."""
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()
        rest = [batch for queue in self._waiting.values() for batch in queue]
        for batch in (*rest, *self._sent.values()):
            self._end(batch, error)
        self._waiting.clear()
        self._sent.clear()

    def _open(self, place: TopicPartition) -> Batch:
        batch = Batch(self.producer.create_batch(), time.monotonic())
        batch.timer = self._loop.call_later(self._wait_seconds, _tell, batch, TimeoutError())
        self._waiting.setdefault(place, deque()).append(batch)
        if self._timer is None:
            self._timer = self._loop.call_later(LINGER_SECONDS, self._flush)
        return batch

    def _flush(self) -> None:
        """Sends of each partition the first batch that waits, unless one is under way."""
        self._timer = None
        for place in [place for place in self._waiting if place not in self._sent]:
            queue = self._waiting[place]
            self._sent[place] = batch = queue.popleft()
            if not queue:
                del self._waiting[place]
            task = asyncio.create_task(self._send(place, batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _send(self, place: TopicPartition, batch: Batch) -> None:
        batch.builder.close()
        error: BaseException | None = None
        try:
            await (await self.producer.send_batch(batch.builder, place.topic, partition=place.partition))
        except (KafkaError, OSError, TimeoutError) as failure:
            error = failure
        self._end(batch, error)
        del self._sent[place]
        if place in self._waiting and self._timer is None:
            self._flush()

    def _end(self, batch: Batch, error: BaseException | None) -> None:
        self.size -= batch.size
        if batch.timer is not None:
            batch.timer.cancel()
        _tell(batch, error)


def _tell(batch: Batch, error: BaseException | None) -> None:
    waiters, batch.waiters = batch.waiters, []
    for waiter in waiters:
        waiter.batches -= 1
        if waiter.future.done():
            continue
        if error is not None:
            waiter.future.set_exception(error)
        elif waiter.batches == 0:
            waiter.future.set_result(None)
