"""Topics into a database: what a batch does and its offsets in one transaction. Crash-only.

1. One replica takes the lease; the others serve and go on trying.
2. Every partition is read from the offset that the database holds, by no consumer group.
3. A batch's effects and offsets are committed together: killed at any moment, nothing counts twice. What a
   worker that was replaced writes late is passed over, so that nothing goes back in time.
4. Any unexpected error ends the process; whatever supervises it starts it again.
"""

import asyncio
import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import StrEnum
from threading import Event, Thread
from typing import Any, NamedTuple

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError
from prometheus_client import Gauge
from sqlalchemy import Connection, Engine, Table

from services.database.lease import Lease
from services.database.offsets import stored_batches, stored_offsets
from services.kafka import connection as kafka_connection
from services.kafka import started
from services.repeats import Heard
from services.settings import KafkaSettings

log = structlog.get_logger()

EXIT_CRASHED = 70
POLL_MS = 200
RETRY_SECONDS = 1.0


class ReaderError(Exception):
    """Cannot read; the text says what to do."""


class Activity(StrEnum):
    STARTING = "starting"
    #: Another replica reads.
    STANDBY = "standby"
    #: Kafka or its topics are not there yet.
    WAITING = "waiting"
    READING = "reading"
    STOPPED = "stopped"


class Reading(NamedTuple):
    """What is read, and how far it has come."""

    #: Of the thread and of its lines in the log.
    name: str
    topics: tuple[str, ...]
    #: Topics that must be there, too.
    others: tuple[str, ...]
    offsets: Table
    batches: Table
    #: Of the lease, where the database is PostgreSQL.
    lock: int
    is_active: Gauge
    #: What to do where the database has read more than the topics hold.
    advice: str


def crash(error: BaseException) -> None:
    log.critical("crashed", error=repr(error), exc_info=error)
    os._exit(EXIT_CRASHED)


class Reader(ABC, Thread):
    """Its own thread and event loop: writing must not make the API wait."""

    def __init__(
        self,
        reading: Reading,
        kafka: KafkaSettings,
        engine: Engine,
        on_error: Callable[[BaseException], None] = crash,
    ) -> None:
        super().__init__(name=reading.name, daemon=True)
        self.activity = Activity.STARTING
        #: Records that are not read; None where another replica reads.
        self.lag: int | None = None
        #: What of the records is a repeat. Its news belong into the database with the offsets.
        self.heard = Heard({})
        self._reading = reading
        self._kafka = kafka
        self._engine = engine
        self._on_error = on_error
        self._stopping = Event()

    def stop(self, timeout_seconds: float = 10.0) -> None:
        self._stopping.set()
        self.join(timeout_seconds)

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    @abstractmethod
    async def work(self, consumer: Any, writer: Connection, places: list[TopicPartition]) -> None:
        """Reads `consumer`, which stands where it has to go on in each of `places`, until `is_stopping`."""

    def run(self) -> None:
        lease = Lease(self._engine, self._reading.lock)
        try:
            asyncio.run(self._live(lease))
        # Whatever ends it, a cancellation, too: nobody else would read on.
        except BaseException as error:
            self._on_error(error)
        finally:
            self.activity = Activity.STOPPED
            self._reading.is_active.set(0)
            lease.release()

    async def _live(self, lease: Lease) -> None:
        writer = await self._until(Activity.STANDBY, lambda: asyncio.to_thread(lease.take))
        places = await self._until(Activity.WAITING, self._places)
        if writer is None or places is None:
            return
        consumer = AIOKafkaConsumer(
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=POLL_MS,
            **kafka_connection(self._kafka),
        )
        async with started(consumer):
            await self._seek(consumer, places)
            log.info("reads", reader=self.name, partitions=len(places))
            self.activity = Activity.READING
            self._reading.is_active.set(1)
            await self.work(consumer, writer, places)

    async def _until(self, meanwhile: Activity, attempt: Callable[[], Any]) -> Any:
        """What `attempt` answers as soon as it answers something; None when we stop before."""
        while not self.is_stopping:
            if (answer := await attempt()) is not None:
                return answer
            if self.activity is not meanwhile:
                log.info("waits", reader=self.name, activity=meanwhile)
                self.activity = meanwhile
            await asyncio.sleep(RETRY_SECONDS)
        return None

    async def _places(self) -> list[TopicPartition] | None:
        """Every partition to read, once all topics exist."""
        admin = AIOKafkaAdminClient(**kafka_connection(self._kafka))
        try:
            await admin.start()
            topics = {topic["topic"]: topic["partitions"] for topic in await admin.describe_topics()}
        except KafkaConnectionError as error:
            log.warning("kafka_unreachable", error=str(error))
            return None
        finally:
            await admin.close()
        read = self._reading.topics
        if missing := [name for name in (*read, *self._reading.others) if not topics.get(name)]:
            log.warning("topics_missing", topics=missing)
            return None
        return [TopicPartition(name, part["partition"]) for name in read for part in topics[name]]

    async def _seek(self, consumer: Any, places: list[TopicPartition]) -> None:
        with self._engine.connect() as connection:
            stored = stored_offsets(connection, self._reading.offsets)
            self.heard = Heard(stored_batches(connection, self._reading.batches))
        firsts = await consumer.beginning_offsets(places)
        ends = await consumer.end_offsets(places)
        if beyond := [place for place in places if stored.get(place, 0) > ends[place]]:
            raise ReaderError(
                f"the database is ahead of {beyond[0].topic}/{beyond[0].partition}: these are not the topics"
                f" that it was made from. {self._reading.advice}"
            )
        consumer.assign(places)
        for place in places:
            consumer.seek(place, max(stored.get(place, 0), firsts[place]))
