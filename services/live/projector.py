"""Topics to read model: many records a transaction, their offsets in the same one. Crash-only.

1. One replica takes the lease; the others serve and go on trying.
2. Every partition is read from the offset that the database holds, by no consumer group.
3. A batch's effects and offsets are committed together: killed at any moment, nothing counts twice.
4. Any unexpected error ends the process; whatever supervises it starts it again.
"""

import asyncio
import itertools
import os
import platform
import time
from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from threading import Event, Thread
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError
from sqlalchemy import Connection, Engine

from services.kafka import connection as kafka_connection
from services.kafka import pace_empty_fetches
from services.live.core.batch import READ, Batch, batch_of
from services.live.lease import Lease
from services.live.metrics import BATCH_SECONDS, DELAY_SECONDS, IS_PROJECTING, LAG, RECORDS, SKIPPED
from services.live.runs import Runs
from services.live.store import writes
from services.settings import Settings

log = structlog.get_logger()

EXIT_CRASHED = 70
BATCH_RECORDS_MAX = 5_000
POLL_MS = 200
RETRY_SECONDS = 1.0
MEASURE_SECONDS = 1.0
#: Turns between prunings of the log of changes.
PRUNE_EVERY = 200


class ProjectorError(Exception):
    """Cannot project; the text says what to do."""


class Activity(StrEnum):
    STARTING = "starting"
    #: Another replica projects.
    STANDBY = "standby"
    #: Kafka or its topics are not there yet.
    WAITING = "waiting"
    PROJECTING = "projecting"
    STOPPED = "stopped"


def crash(error: BaseException) -> None:
    log.critical("projector_crashed", error=repr(error), exc_info=error)
    os._exit(EXIT_CRASHED)


class Projector(Thread):
    """Its own thread and event loop: writing must not make the API wait."""

    def __init__(
        self, settings: Settings, engine: Engine, on_error: Callable[[BaseException], None] = crash
    ) -> None:
        super().__init__(name="projector", daemon=True)
        self.activity = Activity.STARTING
        self.lag: int | None = None
        self._settings = settings
        self._engine = engine
        self._on_error = on_error
        self._is_stopping = Event()
        self._measured_at = 0.0

    def stop(self, timeout_seconds: float = 10.0) -> None:
        self._is_stopping.set()
        self.join(timeout_seconds)

    def run(self) -> None:
        lease = Lease(self._engine)
        try:
            asyncio.run(self._live(lease))
        except Exception as error:
            self._on_error(error)
        finally:
            self.activity = Activity.STOPPED
            IS_PROJECTING.set(0)
            lease.release()

    async def _live(self, lease: Lease) -> None:
        writer = await self._until(Activity.STANDBY, lambda: asyncio.to_thread(lease.take))
        partitions = await self._until(Activity.WAITING, self._partitions)
        if writer is None or partitions is None:
            return
        consumer = AIOKafkaConsumer(
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=POLL_MS,
            **kafka_connection(self._settings.kafka),
        )
        try:
            await consumer.start()
            pace_empty_fetches(consumer)
            await self._seek(consumer, partitions)
            await self._project(consumer, writer, partitions)
        finally:
            await consumer.stop()

    async def _until(self, meanwhile: Activity, attempt: Callable[[], Any]) -> Any:
        """What `attempt` answers as soon as it answers something; None when we stop before."""
        while not self._is_stopping.is_set():
            if (answer := await attempt()) is not None:
                return answer
            if self.activity is not meanwhile:
                log.info("projector_waits", activity=meanwhile)
                self.activity = meanwhile
            await asyncio.sleep(RETRY_SECONDS)
        return None

    async def _partitions(self) -> list[TopicPartition] | None:
        """Every partition to read, once all topics exist."""
        admin = AIOKafkaAdminClient(**kafka_connection(self._settings.kafka))
        try:
            await admin.start()
            topics = {topic["topic"]: topic["partitions"] for topic in await admin.describe_topics()}
        except KafkaConnectionError as error:
            log.warning("kafka_unreachable", error=str(error))
            return None
        finally:
            await admin.close()
        if missing := [name for name in READ if not topics.get(name)]:
            log.warning("topics_missing", topics=missing)
            return None
        return [TopicPartition(name, part["partition"]) for name in READ for part in topics[name]]

    async def _seek(self, consumer: Any, partitions: list[TopicPartition]) -> None:
        with self._engine.connect() as connection:
            stored = writes.stored_offsets(connection)
        firsts = await consumer.beginning_offsets(partitions)
        ends = await consumer.end_offsets(partitions)
        if beyond := [place for place in partitions if stored.get(place, 0) > ends[place]]:
            raise ProjectorError(
                f"the read model is ahead of {beyond[0].topic}/{beyond[0].partition}: these are not the"
                " topics it was projected from. Drop the database and start again; it is projected anew."
            )
        consumer.assign(partitions)
        for place in partitions:
            consumer.seek(place, max(stored.get(place, 0), firsts[place]))

    async def _project(self, consumer: Any, writer: Connection, partitions: list[TopicPartition]) -> None:
        log.info("projector_projects", partitions=len(partitions))
        self.activity = Activity.PROJECTING
        IS_PROJECTING.set(1)
        runs = Runs(self._settings, self._engine, consumer, partitions, platform.node())
        await runs.find()
        for turn in itertools.count():
            if self._is_stopping.is_set():
                return
            fetched = await consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH_RECORDS_MAX)
            if fetched:
                await runs.heard(self._apply(writer, fetched))
            await runs.report()
            await self._measure_lag(consumer, partitions)
            if turn % PRUNE_EVERY == 0:
                writes.prune_changes(writer)

    def _apply(self, writer: Connection, fetched: dict[TopicPartition, list[Any]]) -> Batch:
        started = time.perf_counter()
        batch = batch_of(record for records in fetched.values() for record in records)
        writes.apply(writer, batch, now_ms=time.time_ns() // 1_000_000)
        BATCH_SECONDS.observe(time.perf_counter() - started)
        count(batch)
        note_delays(fetched, time.time())
        return batch

    async def _measure_lag(self, consumer: Any, partitions: list[TopicPartition]) -> None:
        if time.monotonic() < self._measured_at + MEASURE_SECONDS:
            return
        self._measured_at = time.monotonic()
        behind: Counter[str] = Counter()
        for place in partitions:
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
