"""The reader that projects: topics to read model, a batch a transaction."""

import itertools
import platform
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import structlog
from aiokafka import TopicPartition
from sqlalchemy import Connection, Engine

from services.live.core.batch import READ, Batch, batch_of
from services.live.metrics import BATCH_SECONDS, DELAY_SECONDS, IS_PROJECTING, LAG, RECORDS, SKIPPED
from services.live.runs import Runs
from services.live.store import writes
from services.live.store.tables import batches, offsets
from services.reader import POLL_MS, Reader, Reading, crash
from services.settings import Settings

log = structlog.get_logger()

BATCH_RECORDS_MAX = 5_000
MEASURE_SECONDS = 1.0
#: Turns between prunings of the log of changes.
PRUNE_EVERY = 200
READING = Reading(
    name="projector",
    topics=READ,
    others=(),
    offsets=offsets,
    batches=batches,
    lock=0x6A6C0002,
    is_active=IS_PROJECTING,
    advice="Drop the read model and start again; it is projected anew.",
)


class Projector(Reader):
    def __init__(
        self, settings: Settings, engine: Engine, on_error: Callable[[BaseException], None] = crash
    ) -> None:
        super().__init__(READING, settings.kafka, engine, on_error)
        self._settings = settings
        self._measured_at = 0.0

    async def work(self, consumer: Any, writer: Connection, places: list[TopicPartition]) -> None:
        runs = Runs(self._settings, self._engine, consumer, places, platform.node())
        await runs.find()
        for turn in itertools.count():
            if self.is_stopping:
                return
            fetched = await consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH_RECORDS_MAX)
            if fetched:
                await runs.heard(self._apply(writer, fetched))
            await runs.report()
            await self._measure_lag(consumer, places)
            if turn % PRUNE_EVERY == 0:
                writes.prune_changes(writer)

    def _apply(self, writer: Connection, fetched: dict[TopicPartition, list[Any]]) -> Batch:
        started = time.perf_counter()
        records = (record for of_place in fetched.values() for record in of_place)
        batch = batch_of(records, self.heard.is_repeat)
        writes.apply(writer, batch, time.time_ns() // 1_000_000, self.heard.take_news())
        BATCH_SECONDS.observe(time.perf_counter() - started)
        count(batch)
        note_delays(fetched, time.time())
        return batch

    async def _measure_lag(self, consumer: Any, places: list[TopicPartition]) -> None:
        if time.monotonic() < self._measured_at + MEASURE_SECONDS:
            return
        self._measured_at = time.monotonic()
        behind: Counter[str] = Counter()
        for place in places:
            end = consumer.highwater(place) or 0
            behind[place.topic] += max(0, end - await consumer.position(place))
        self.lag = behind.total()
        for topic, number in behind.items():
            LAG.labels(topic).set(number)


def count(batch: Batch) -> None:
    for topic, number in batch.records.items():
        RECORDS.labels(topic).inc(number)
    for (topic, reason), number in batch.skipped.items():
        SKIPPED.labels(topic, reason).inc(number)
    for topic, partition, offset in batch.unreadable:
        log.error("record_unreadable", topic=topic, partition=partition, offset=offset)


def note_delays(fetched: dict[TopicPartition, list[Any]], now: float) -> None:
    for place, records in fetched.items():
        delay = DELAY_SECONDS.labels(place.topic)
        for record in records:
            delay.observe(max(0.0, now - record.timestamp / 1000))
