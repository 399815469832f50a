"""Looks now and then how far the journey builder has come: by its committed offsets, from outside."""

import asyncio
import time
from contextlib import AsyncExitStack, suppress

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from schemas.topics import BUILD_GROUP, EVENTS
from services.kafka import connection
from services.live.core.standstill import Place, Standstill
from services.settings import Settings

LOOK_SECONDS = 10.0
#: A broker that does not answer by then is away; and nobody who stops waits longer.
ANSWER_SECONDS = 5.0
FETCH_MS = 1_000

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
                await asyncio.wait_for(self._note(standstill), ANSWER_SECONDS)
            except Exception as error:
                # Nobody knows then. That the broker is away is told elsewhere.
                standstill, self.stands_since = Standstill(), None
                tell = log.debug if isinstance(error, (KafkaError, OSError)) else log.warning
                tell("builder_unseen", error=str(error) or type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), LOOK_SECONDS)

    async def _note(self, standstill: Standstill) -> None:
        folded, ends = await self.look()
        standstill.note(time.time(), folded, ends)
        for place, offset in standstill.waiting().items():
            if not await self.has_event(place, offset):
                standstill.dismiss(place, ends[place])
        since = standstill.since()
        if since is not None and self.stands_since is None:
            hint = "is `journeyline build` running? see its log and /healthz"
            log.warning("builder_stands_still", hint=hint)
        self.stands_since = since

    async def look(self) -> tuple[dict[Place, int], dict[Place, int]]:
        """The builder's next offsets, where it has committed any, and the ends of the log."""
        async with AsyncExitStack() as stack:
            consumer = await self._consumer(stack)
            admin = AIOKafkaAdminClient(**connection(self._kafka))
            stack.push_async_callback(admin.close)
            await admin.start()
            held = await admin.list_consumer_group_offsets(BUILD_GROUP)
            ends = await consumer.end_offsets(self._places)
        folded = {(place.topic, place.partition): one.offset for place, one in held.items()}
        return folded, {(place.topic, place.partition): end for place, end in ends.items()}

    async def has_event(self, place: Place, offset: int) -> bool:
        """Whether there is a record from this offset on."""
        async with AsyncExitStack() as stack:
            consumer = await self._consumer(stack)
            at = TopicPartition(*place)
            consumer.assign([at])
            consumer.seek(at, offset)
            return bool(await consumer.getmany(timeout_ms=FETCH_MS, max_records=1))

    async def _consumer(self, stack: AsyncExitStack) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            **connection(self._kafka), group_id=None, enable_auto_commit=False, auto_offset_reset="earliest"
        )
        stack.push_async_callback(consumer.stop)
        await consumer.start()
        return consumer
