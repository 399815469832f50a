"""Frictions to incidents, incidents to their topic. Crash-only.

1. One replica takes the lease; the others serve, send, and go on trying.
2. Every partition is read from the offset that the database holds, by no consumer group.
3. What a batch does and its offsets are committed together: killed at any moment, nothing counts twice.
4. What is silent is closed only when all has been read, so that a backlog closes nothing falsely.
5. Incidents that have changed are published until the broker has them; the greatest revision holds.
6. Any unexpected error ends the process; whatever supervises it starts it again.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from enum import StrEnum
from threading import Event, Thread
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, KafkaError
from sqlalchemy import Connection, Engine

from schemas.topics import FRICTIONS, INCIDENTS
from services.alerts.core.board import Context
from services.alerts.lease import Lease
from services.alerts.metrics import IS_CONSUMING, LAG, PUBLISHED
from services.alerts.sender import crash, wall_us
from services.alerts.store import incidents
from services.alerts.turns import close_quiet, is_any_quiet, stored_offsets, take
from services.kafka import connection as kafka_connection
from services.kafka import pace_empty_fetches
from services.settings import Settings

log = structlog.get_logger()

BATCH_RECORDS_MAX = 1_000
PUBLISHED_MAX = 500
POLL_MS = 200
RETRY_SECONDS = 1.0
QUIET_CHECK_SECONDS = 1.0


class ConsumerError(Exception):
    """Cannot go on; the text says what to do."""


class Activity(StrEnum):
    STARTING = "starting"
    #: Another replica reads.
    STANDBY = "standby"
    #: Kafka or its topics are not there yet.
    WAITING = "waiting"
    CONSUMING = "consuming"
    STOPPED = "stopped"


class Consumer(Thread):
    """Its own thread and event loop: reading must not make the API wait."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        context: Context,
        on_error: Callable[[BaseException], None] = crash,
    ) -> None:
        super().__init__(name="consumer", daemon=True)
        self.activity = Activity.STARTING
        self.lag: int | None = None
        self._settings = settings
        self._engine = engine
        self._context = context
        self._on_error = on_error
        self._is_stopping = Event()
        self._checked_at = 0.0

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
            IS_CONSUMING.set(0)
            lease.release()

    async def _live(self, lease: Lease) -> None:
        writer = await self._until(Activity.STANDBY, lambda: asyncio.to_thread(lease.take))
        places = await self._until(Activity.WAITING, self._places)
        if writer is None or places is None:
            return
        arguments = kafka_connection(self._settings.kafka)
        consumer = AIOKafkaConsumer(
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=POLL_MS,
            **arguments,
        )
        producer = AIOKafkaProducer(acks="all", enable_idempotence=True, **arguments)
        async with AsyncExitStack() as started:
            for client in (consumer, producer):
                started.push_async_callback(client.stop)
                await client.start()
            pace_empty_fetches(consumer)
            await self._seek(consumer, places)
            await self._consume(consumer, producer, writer, places)

    async def _until(self, meanwhile: Activity, attempt: Callable[[], Any]) -> Any:
        """What `attempt` answers as soon as it answers something; None when we stop before."""
        while not self._is_stopping.is_set():
            if (answer := await attempt()) is not None:
                return answer
            if self.activity is not meanwhile:
                log.info("consumer_waits", activity=meanwhile)
                self.activity = meanwhile
            await asyncio.sleep(RETRY_SECONDS)
        return None

    async def _places(self) -> list[TopicPartition] | None:
        """Every partition to read, once the topics exist."""
        admin = AIOKafkaAdminClient(**kafka_connection(self._settings.kafka))
        try:
            await admin.start()
            topics = {topic["topic"]: topic["partitions"] for topic in await admin.describe_topics()}
        except KafkaConnectionError as error:
            log.warning("kafka_unreachable", error=str(error))
            return None
        finally:
            await admin.close()
        if missing := [topic.name for topic in (FRICTIONS, INCIDENTS) if not topics.get(topic.name)]:
            log.warning("topics_missing", topics=missing)
            return None
        return [TopicPartition(FRICTIONS.name, part["partition"]) for part in topics[FRICTIONS.name]]

    async def _seek(self, consumer: Any, places: list[TopicPartition]) -> None:
        with self._engine.connect() as connection:
            stored = stored_offsets(connection)
        firsts = await consumer.beginning_offsets(places)
        ends = await consumer.end_offsets(places)
        if beyond := [place for place in places if stored.get(place, 0) > ends[place]]:
            raise ConsumerError(
                f"the database is ahead of {beyond[0].topic}/{beyond[0].partition}: these are not the topics"
                " it was made from. Move the alerts database away and start again."
            )
        consumer.assign(places)
        for place in places:
            consumer.seek(place, max(stored.get(place, 0), firsts[place]))

    async def _consume(
        self, consumer: Any, producer: Any, writer: Connection, places: list[TopicPartition]
    ) -> None:
        log.info("consumer_consumes", partitions=len(places))
        self.activity = Activity.CONSUMING
        IS_CONSUMING.set(1)
        while not self._is_stopping.is_set():
            fetched = await consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH_RECORDS_MAX)
            if fetched:
                records = [record for of_place in fetched.values() for record in of_place]
                take(writer, self._context, records, wall_us())
            else:
                await self._close_quiet(consumer, writer, places)
            await self._publish(producer, writer)
            await self._measure_lag(consumer, places)

    async def _close_quiet(self, consumer: Any, writer: Connection, places: list[TopicPartition]) -> None:
        if time.monotonic() < self._checked_at + QUIET_CHECK_SECONDS:
            return
        self._checked_at = time.monotonic()
        now_us = wall_us()
        if not is_any_quiet(self._engine, self._context, now_us):
            return
        try:
            ends = await consumer.end_offsets(places)
        except KafkaError as error:
            # Nobody knows what has happened meanwhile.
            log.warning("kafka_unreachable", error=str(error))
            return
        if all([await consumer.position(place) >= ends[place] for place in places]):
            close_quiet(writer, self._context, now_us)

    async def _publish(self, producer: Any, writer: Connection) -> None:
        with self._engine.connect() as connection:
            news = incidents.unpublished(connection, PUBLISHED_MAX)
        if not news:
            return
        try:
            waiting = [await producer.send(INCIDENTS.name, value, key=key.encode()) for key, _, value in news]
            await asyncio.gather(*waiting)
        except KafkaError as error:
            log.warning("incidents_unpublished", error=repr(error))
            return
        with writer.begin():
            incidents.mark_published(writer, news)
        PUBLISHED.inc(len(news))

    async def _measure_lag(self, consumer: Any, places: list[TopicPartition]) -> None:
        behind = [(consumer.highwater(place) or 0) - await consumer.position(place) for place in places]
        self.lag = sum(number for number in behind if number > 0)
        LAG.set(self.lag)
