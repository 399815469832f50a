"""Searches the log for the records of one event: from a moment on, and no longer than a person waits."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from schemas.codec import InvalidEvent, decode_event
from schemas.events import Event
from schemas.quarantine import Quarantined
from schemas.topics import BUILD_GROUP, EVENTS, QUARANTINED
from services.ingest.core.tracing import (
    LATE_US,
    Became,
    Copy,
    Found,
    Wanted,
    event_of,
    quarantined_of,
    told,
)
from services.ingest.publisher import Unavailable
from services.ingest.tail import open_consumer
from services.kafka import connection, started
from services.settings import KafkaSettings

SEARCH_SECONDS = 8.0
FETCH_MS = 200
#: A clock may be so far ahead and still be believed.
SKEW_US = 600_000_000
#: Each reads the log; more would be felt by those who write it.
SEARCHES_MAX = 2

_QUARANTINE = msgspec.json.Decoder(Quarantined)


class Trace(msgspec.Struct, frozen=True):
    """`is_complete` False: the time was up before the log's end."""

    became: list[Became]
    is_complete: bool


class Tracer:
    def __init__(self, kafka: KafkaSettings, partitions: int) -> None:
        self._kafka = kafka
        self._partitions = partitions
        self._turns = asyncio.Semaphore(SEARCHES_MAX)

    async def find(self, wanted: Wanted, since_ms: int) -> Trace:
        """What became of the event, as far as the log tells of it since then."""
        if self._turns.locked():
            raise Unavailable(f"{SEARCHES_MAX} other searches are under way")
        places = [
            TopicPartition(topic.name, number)
            for topic in EVENTS.values()
            for number in range(self._partitions)
        ]
        places.append(TopicPartition(QUARANTINED.name, 0))
        try:
            async with self._turns, _searching(self._kafka) as search:
                copies, became = await self._search(search, places, wanted, since_ms)
                is_complete = search.is_complete
                folded = await self._folded() if copies else {}
        except (KafkaError, OSError, TimeoutError) as error:
            raise Unavailable(f"the log cannot be searched: {error or type(error).__name__}") from None
        return Trace([*told(copies, folded), *became], is_complete)

    async def _search(
        self, search: "_Search", places: list[TopicPartition], wanted: Wanted, since_ms: int
    ) -> tuple[list[Copy], list[Became]]:
        copies: list[Copy] = []
        became: list[Became] = []
        async for found in search.records(places, since_ms):
            if found.topic != QUARANTINED.name:
                if event := event_of(found, wanted):
                    copies.append(Copy(found, event))
            elif (kept := _kept(found.value)) and (one := quarantined_of(found, kept, wanted)):
                became.append(one)
        return [await self._dated(search, copy) for copy in copies], became

    async def _dated(self, search: "_Search", copy: Copy) -> Copy:
        """Late is what comes a day behind the newest of its contact, which came before it."""
        received_us, event = copy.found.timestamp * 1000, copy.event
        since_us = event.at_us + LATE_US - SKEW_US
        if received_us <= since_us:
            return copy
        places = [TopicPartition(topic.name, copy.found.partition) for topic in EVENTS.values()]
        async for found in search.records(places, since_us // 1000, copy.found.timestamp, event.key):
            other = _event(found.value)
            if other and other.tenant == event.tenant and other.at_us > event.at_us + LATE_US:
                return Copy(copy.found, event, is_late=True)
        return copy

    async def _folded(self) -> dict[tuple[str, int], int]:
        """The next offset of each topic and partition that the builder has not folded."""
        admin = AIOKafkaAdminClient(**connection(self._kafka))
        await admin.start()
        try:
            offsets = await admin.list_consumer_group_offsets(BUILD_GROUP)
        finally:
            await admin.close()
        return {(place.topic, place.partition): held.offset for place, held in offsets.items()}


class _Search:
    """Reads parts of the log, all in all for as long as a person waits."""

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer
        self._deadline = time.monotonic() + SEARCH_SECONDS
        self.is_complete = True

    async def records(
        self,
        places: Iterable[TopicPartition],
        since_ms: int,
        until_ms: int | None = None,
        key: bytes | None = None,
    ) -> AsyncIterator[Found]:
        """Those received since then, before `until_ms`, of this key."""
        left = await self._seek(list(places), since_ms)
        while left:
            if time.monotonic() > self._deadline:
                self.is_complete = False
                return
            batches = await self._consumer.getmany(*left, timeout_ms=FETCH_MS, max_records=2000)
            for record in (record for batch in batches.values() for record in batch):
                if (until_ms is None or record.timestamp < until_ms) and key in (None, record.key):
                    value = record.value or b""
                    yield Found(record.topic, record.partition, record.offset, record.timestamp, value)
            # Others have their turn: a look at much of the log takes a while.
            await asyncio.sleep(0)
            for place in [place for place in left if await self._consumer.position(place) >= left[place]]:
                del left[place]

    async def _seek(self, places: list[TopicPartition], since_ms: int) -> dict[TopicPartition, int]:
        """The ends of those with something to read."""
        self._consumer.assign(places)
        ends = await self._consumer.end_offsets(places)
        starts = await self._consumer.offsets_for_times(dict.fromkeys(places, max(since_ms, 0)))
        left = {place: ends[place] for place in places if starts[place] is not None and ends[place]}
        for place in places:
            self._consumer.seek(place, starts[place].offset if place in left else ends[place])
        return left


@asynccontextmanager
async def _searching(kafka: KafkaSettings) -> AsyncIterator[_Search]:
    async with started(open_consumer(kafka)) as consumer:
        yield _Search(consumer)


def _kept(value: bytes) -> Quarantined | None:
    """None: somebody else's record, which tells of no event."""
    try:
        return _QUARANTINE.decode(value)
    except msgspec.MsgspecError:
        return None


def _event(value: bytes) -> Event | None:
    try:
        return decode_event(value)
    except InvalidEvent:
        return None
