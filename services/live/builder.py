"""Looks now and then how far the journey builder has come: by its committed offsets, from outside."""

import asyncio
import time
from contextlib import suppress

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from schemas.topics import BUILD_GROUP, EVENTS
from services.kafka import connection
from services.live.core.standstill import Place, Standstill
from services.settings import Settings

LOOK_SECONDS = 10.0

log = structlog.get_logger()


class Builder:
    """`stands_since`: wall clock in seconds, while events come and nothing is folded."""

    def __init__(self, settings: Settings) -> None:
        self._kafka = settings.kafka
        self._places = [
            TopicPartition(topic.name, number)
            for topic in EVENTS.values()
            for number in range(settings.partitions)
        ]
        self._stopping = asyncio.Event()
        self.stands_since: float | None = None

    def stop(self) -> None:
        self._stopping.set()

    async def watch(self) -> None:
        standstill = Standstill()
        while not self._stopping.is_set():
            try:
                folded, ends = await self.look()
            except (KafkaError, OSError, TimeoutError) as error:
                # Nobody knows then. That the broker is away is told elsewhere.
                standstill, self.stands_since = Standstill(), None
                log.debug("builder_unseen", error=str(error) or type(error).__name__)
            else:
                now = time.time()
                standstill.note(now, folded, ends)
                self._tell(standstill.since(now))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), LOOK_SECONDS)

    def _tell(self, since: float | None) -> None:
        if since is not None and self.stands_since is None:
            log.warning(
                "builder_stands_still", hint="is `journeyline build` running? see its log and /healthz"
            )
        self.stands_since = since

    async def look(self) -> tuple[dict[Place, int], dict[Place, int]]:
        """The builder's next offsets, where it has committed any, and the ends of the log."""
        admin = AIOKafkaAdminClient(**connection(self._kafka))
        consumer = AIOKafkaConsumer(**connection(self._kafka), group_id=None, enable_auto_commit=False)
        try:
            await admin.start()
            await consumer.start()
            held = await admin.list_consumer_group_offsets(BUILD_GROUP)
            ends = await consumer.end_offsets(self._places)
        finally:
            await consumer.stop()
            await admin.close()
        folded = {(place.topic, place.partition): one.offset for place, one in held.items()}
        return folded, {(place.topic, place.partition): end for place, end in ends.items()}
