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
from msgspec import Struct

LINGER_SECONDS = 0.002


class Batch(Struct):
    """Some records of one partition. `future` is done when all replicas have them."""

    builder: Any
    future: asyncio.Future[None]
    started: float
    size: int = 0


class Batches:
    """What one producer has in hand."""

    def __init__(self, producer: Any) -> None:
        self.producer = producer
        self._waiting: dict[TopicPartition, deque[Batch]] = {}
        self._sent: dict[TopicPartition, Batch] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        #: Bytes of the records that no word of Kafka has come about.
        self.size = 0

    @property
    def age_seconds(self) -> float:
        """How long the oldest of them has been under way."""
        now = time.monotonic()
        return now - min((batch.started for batch in self._sent.values()), default=now)

    def add(self, place: TopicPartition, key: bytes, value: bytes, timestamp_ms: int) -> asyncio.Future[None]:
        """Done when all replicas have the record; fails with `KafkaError` or `OSError`."""
        queue = self._waiting.get(place)
        batch = queue[-1] if queue else self._open(place)
        if batch.builder.append(timestamp=timestamp_ms, key=key, value=value) is None:
            # It is full; an empty one takes a record of any size.
            batch = self._open(place)
            batch.builder.append(timestamp=timestamp_ms, key=key, value=value)
        size = len(key) + len(value)
        batch.size += size
        self.size += size
        return batch.future

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
        future = asyncio.get_running_loop().create_future()
        batch = Batch(self.producer.create_batch(), future, time.monotonic())
        self._waiting.setdefault(place, deque()).append(batch)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LINGER_SECONDS, self._flush)
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
        try:
            await (await self.producer.send_batch(batch.builder, place.topic, partition=place.partition))
        except (KafkaError, OSError, TimeoutError) as error:
            self._end(batch, error)
        else:
            self._end(batch)
        del self._sent[place]
        if place in self._waiting and self._timer is None:
            self._flush()

    def _end(self, batch: Batch, error: BaseException | None = None) -> None:
        self.size -= batch.size
        if batch.future.done():
            return
        if error is None:
            batch.future.set_result(None)
            return
        batch.future.set_exception(error)
        # Whoever waited may have gone.
        batch.future.exception()
