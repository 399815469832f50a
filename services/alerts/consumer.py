"""The reader of frictions: frictions to incidents, incidents to their topic.

1. What is silent is closed only when all has been read, so that a backlog closes nothing falsely.
2. Incidents that have changed are published until the broker has them; the greatest revision holds.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import structlog
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy import Connection, Engine

from schemas.topics import FRICTIONS, INCIDENTS
from services.alerts.core.board import Context
from services.alerts.metrics import IS_CONSUMING, LAG, PUBLISHED
from services.alerts.sender import wall_us
from services.alerts.store import incidents
from services.alerts.store.tables import batches, offsets
from services.alerts.turns import close_quiet, give_up_nobodys, is_any_quiet, take
from services.kafka import connection as kafka_connection
from services.reader import POLL_MS, Reader, Reading, crash
from services.settings import Settings

log = structlog.get_logger()

BATCH_RECORDS_MAX = 1_000
PUBLISHED_MAX = 500
QUIET_CHECK_SECONDS = 1.0
GIVE_UP_SECONDS = 600.0
READING = Reading(
    name="consumer",
    topics=(FRICTIONS.name,),
    others=(INCIDENTS.name,),
    offsets=offsets,
    batches=batches,
    lock=0x6A6C0004,
    is_active=IS_CONSUMING,
    advice="Move the alerts database away and start again.",
)


class Asked(NamedTuple):
    """Where the topic ended at a moment."""

    at_us: int
    ends: dict[TopicPartition, int]


class Consumer(Reader):
    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        context: Context,
        on_error: Callable[[BaseException], None] = crash,
    ) -> None:
        super().__init__(READING, settings.kafka, engine, on_error)
        self._settings = settings
        self._context = context
        self._checked_at = 0.0
        self._gave_up_at = float("-inf")
        #: Until all of it is read.
        self._asked: Asked | None = None

    async def work(self, consumer: Any, writer: Connection, places: list[TopicPartition]) -> None:
        arguments = kafka_connection(self._settings.kafka)
        async with AIOKafkaProducer(acks="all", enable_idempotence=True, **arguments) as producer:
            while not self.is_stopping:
                fetched = await consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH_RECORDS_MAX)
                if fetched:
                    records = [record for of_place in fetched.values() for record in of_place]
                    take(writer, self._context, records, self.heard, wall_us())
                await self._close_quiet(consumer, writer, places)
                self._give_up(writer)
                await self._publish(producer, writer)
                await self._measure_lag(consumer, places)

    async def _close_quiet(self, consumer: Any, writer: Connection, places: list[TopicPartition]) -> None:
        if self._asked is None:
            self._asked = await self._ask(consumer, places)
        if self._asked is None:
            return
        # On a busy topic there is always something to read: what was there when we asked is enough.
        if all([await consumer.position(place) >= end for place, end in self._asked.ends.items()]):
            close_quiet(writer, self._context, self._asked.at_us)
            self._asked = None

    def _give_up(self, writer: Connection) -> None:
        if time.monotonic() - self._gave_up_at >= GIVE_UP_SECONDS:
            self._gave_up_at = time.monotonic()
            give_up_nobodys(writer, self._context, wall_us())

    async def _ask(self, consumer: Any, places: list[TopicPartition]) -> Asked | None:
        """None where nothing is quiet, or was asked for just now."""
        if time.monotonic() < self._checked_at + QUIET_CHECK_SECONDS:
            return None
        self._checked_at = time.monotonic()
        now_us = wall_us()
        if not is_any_quiet(self._engine, self._context, now_us):
            return None
        try:
            return Asked(now_us, await consumer.end_offsets(places))
        except KafkaError as error:
            # Nobody knows what has happened meanwhile.
            log.warning("kafka_unreachable", error=str(error))
            return None

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
