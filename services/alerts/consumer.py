"""The reader of frictions: frictions to incidents, incidents to their topic.

1. What is silent is closed only when all has been read, so that a backlog closes nothing falsely.
2. Incidents that have changed are published until the broker has them; the greatest revision holds.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy import Connection, Engine

from schemas.topics import FRICTIONS, INCIDENTS
from services.alerts.core.board import Context
from services.alerts.metrics import IS_CONSUMING, LAG, PUBLISHED
from services.alerts.sender import wall_us
from services.alerts.store import incidents
from services.alerts.store.tables import offsets
from services.alerts.turns import close_quiet, is_any_quiet, take
from services.kafka import connection as kafka_connection
from services.reader import POLL_MS, Reader, Reading, crash
from services.settings import Settings

log = structlog.get_logger()

BATCH_RECORDS_MAX = 1_000
PUBLISHED_MAX = 500
QUIET_CHECK_SECONDS = 1.0
READING = Reading(
    name="consumer",
    topics=(FRICTIONS.name,),
    others=(INCIDENTS.name,),
    offsets=offsets,
    lock=0x6A6C0004,
    is_active=IS_CONSUMING,
    advice="Move the alerts database away and start again.",
)


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

    async def work(self, consumer: Any, writer: Connection, places: list[TopicPartition]) -> None:
        arguments = kafka_connection(self._settings.kafka)
        async with AIOKafkaProducer(acks="all", enable_idempotence=True, **arguments) as producer:
            while not self.is_stopping:
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
