"""The quarantine as people see it: what is in it, and each original read back from Kafka."""

import asyncio
from collections.abc import Iterable
from typing import Any

import msgspec
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from schemas.quarantine import Quarantined
from schemas.topics import QUARANTINED
from services.ingest.core.catalogue import Catalogue, entry_of
from services.ingest.publisher import Unavailable
from services.ingest.tail import Tail, open_consumer
from services.kafka import started
from services.settings import KafkaSettings

READ_SECONDS = 10.0
FETCH_MS = 2000

_PARTITION = TopicPartition(QUARANTINED.name, 0)
_DECODER = msgspec.json.Decoder(Quarantined)


class Quarantine:
    """Reads `events.quarantined`; `tail.run` it beside the requests."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._catalogue = Catalogue()
        self.tail = Tail(kafka, QUARANTINED.name, Quarantined, self._add)

    def _add(self, kept: Quarantined, offset: int) -> None:
        self._catalogue.add(entry_of(kept), offset)

    async def catalogue(self) -> Catalogue:
        """All that is listed: not before what was kept when this process started is read."""
        try:
            async with asyncio.timeout(READ_SECONDS):
                await self.tail.is_caught_up.wait()
        except TimeoutError:
            raise Unavailable("the quarantine is still being read since the start") from None
        return self._catalogue

    async def read(self, offsets: Iterable[int]) -> dict[int, Quarantined]:
        """The records at these offsets; those that have expired are left out."""
        wanted = set(offsets)
        if not wanted:
            return {}
        try:
            async with asyncio.timeout(READ_SECONDS), started(open_consumer(self._kafka)) as consumer:
                consumer.assign([_PARTITION])
                return await records_at(consumer, wanted)
        except (KafkaError, OSError, TimeoutError) as error:
            raise Unavailable(f"the quarantine cannot be read: {error or type(error).__name__}") from None


async def records_at(consumer: Any, offsets: set[int]) -> dict[int, Quarantined]:
    """Waits for them however slow the broker is. Neighbours come in one fetch; a seek only where the next
    one is not there yet."""
    first = (await consumer.beginning_offsets([_PARTITION]))[_PARTITION]
    end = (await consumer.end_offsets([_PARTITION]))[_PARTITION]
    wanted = {offset for offset in offsets if first <= offset < end}
    found: dict[int, Quarantined] = {}
    while wanted:
        sought = min(wanted)
        consumer.seek(_PARTITION, sought)
        batches = await consumer.getmany(_PARTITION, timeout_ms=FETCH_MS)
        for record in batches.get(_PARTITION, ()):
            if record.offset in wanted:
                found[record.offset] = _DECODER.decode(record.value)
                wanted.discard(record.offset)
        if batches:
            # Another came in its place: it has expired meanwhile.
            wanted.discard(sought)
    return found
