"""What stands in for a producer, an app and a store where a task is tested without a broker."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from msgspec import Struct

from services.stream.broker_time import BrokerTime
from services.stream.cache import Memory
from services.stream.holding_back import HoldingBack
from services.stream.stage import Partition
from services.stream.waiting import Room

BATCH_BYTES = 1000


class Stored(dict[bytes, bytes]):
    """A reader over a dictionary."""

    def items(self, from_key: bytes = b"") -> Iterator[tuple[bytes, bytes]]:  # type: ignore[override]
        return iter(sorted((key, self[key]) for key in self if key >= from_key))

    def take(self, partition: Partition) -> None:
        for key, value in partition.changes.items():
            if value is None:
                self.pop(key, None)
            else:
                self[key] = value


class FakeProducer:
    """Appends to lists; `guests` write a record of theirs before the batch of that number."""

    def __init__(self, guests: tuple[int, ...] = (), ahead_ms: float | None = None) -> None:
        self.log: dict[tuple[str, int], list[Any]] = {}
        #: Of each record that was no guest's.
        self.headers: defaultdict[tuple[str, int], list[Any]] = defaultdict(list)
        self._guests = guests
        #: How far our clock is ahead of the broker's. None: it stamps nothing.
        self.ahead_ms = ahead_ms
        self.batches = 0

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(BATCH_BYTES, 0)

    async def send_batch(self, batch: Any, topic: str, *, partition: int) -> "asyncio.Future[Any]":
        log = self.log.setdefault((topic, partition), [])
        if self.batches in self._guests:
            log.append("guest")
        self.batches += 1
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        is_stamped = self.ahead_ms is not None
        stamp_ms = int(time.time() * 1000 - (self.ahead_ms or 0)) if is_stamped else -1
        future.set_result(Answer(len(log), stamp_ms, int(is_stamped)))
        log.extend(range(batch.record_count()))
        written = MemoryRecords(bytes(batch._build())).next_batch()
        self.headers[topic, partition] += [list(record.headers) for record in written]
        return future


class Answer(Struct):
    """As a broker's to who writes to a topic that it stamps, where it does."""

    offset: int
    timestamp: int
    timestamp_type: int


class FakeConsumer:
    """Notes what is given back. Nothing gets lost on the way from here."""

    def __init__(self) -> None:
        self.given_back: list[Any] = []
        self.flight = self

    def give_back(self, messages: Sequence[Any]) -> None:
        self.given_back += messages

    def check(self, messages: Sequence[Any]) -> None: ...


class FakeApp:
    consumer_generation_id = 3
    draining = False
    consumer = None

    def __init__(self, producer: FakeProducer) -> None:
        self.kafka_producer = producer
        self.batch_consumer = FakeConsumer()
        self.rooms: defaultdict[str, Room] = defaultdict(lambda: Room(1 << 20))
        self.memory = Memory(1 << 20)
        self.folding = asyncio.Lock()
        self.broker_time = BrokerTime()
        self.holding_back = HoldingBack(["counts", "three"], [])


class FakeStore:
    """What a task asks of a store."""

    def __init__(self, stored: dict[bytes, bytes] | None = None) -> None:
        self.written: list[tuple[set[bytes], int]] = []
        self._stored = Stored(stored or {})

    def reader(self, partition: int) -> Any:
        return Stored({b"old": b"as it was"} | self._stored)

    def all_items(self, partition: int) -> list[tuple[bytes, bytes]]:
        return sorted(self._stored.items())

    def refused(self, partition: int) -> set[bytes]:
        return {b"old"}

    def write(self, partition: int, changes: dict[bytes, bytes | None], offset: int) -> None:
        self.written.append((set(changes), offset))
