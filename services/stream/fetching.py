"""The thread that fetches: Faust's, with small records, and shorter waits for them.

Overrides, and why:
- records are small structs: aiokafka's own, a frozen dataclass each, take more time than the fold.
- records of partitions that nobody reads at the moment are given back: Faust drops them, and goes on after
  them. And inputs during a rebalance: Faust fetches before it seeks to the committed offsets, and empties all
  queues after that, so a batch could get ahead of others or lost.
- whoever ends in order leaves the group at once: a static member would be waited for, and its partitions
  would stand still for a session.
- a stop within a rebalance: this thread waits for the event loop then. Faust lets the event loop wait for
  the thread, and closes the consumer before, so that it does not leave the group. And the client may not
  notice that it is closed.
- of standbys' changelogs little is taken at a time, beside the inputs: to store it takes time, too.
- `seek_to_committed` asks for all partitions at once: Faust asks for one after the other.
- shorter long polls, so that silence is noticed within a second, and the time each was asked at.
"""

import asyncio
from contextlib import suppress
from typing import Any, cast

import aiokafka
import mode
from aiokafka.consumer import fetcher
from aiokafka.errors import IllegalStateError
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import TP
from msgspec import Struct

from services.kafka import close_surely, pace_empty_fetches
from services.stream.lease import NO_GENERATION
from services.stream.uptime import uptime_ms

#: Of changelogs that are followed for others, in one go. Beside them there are partitions to be folded.
FOLLOWED_RECORDS = 4000
#: How long the broker holds a fetch that finds nothing. Timers may fire this late.
FETCH_WAIT_MS = 200


class LogRecord(Struct, gc=False):
    """A record of the log. It refers to nothing that could refer back, so the garbage collector may pass."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    #: 0: its producer's; 1: the log's.
    timestamp_type: int | None
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


class PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]
    """What was fetched of one partition."""

    def _consumer_record(self, tp: Any, record: Any) -> LogRecord:
        return LogRecord(
            tp.topic, tp.partition, record.offset, record.timestamp, record.timestamp_type,
            record.key, record.value, tuple(record.headers),
        )  # fmt: skip


# The fetcher makes them by this name. Consumers of the worker's process alone are concerned.
fetcher.PartitionRecords = PartitionRecords


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """Shortens the long poll, which Faust fixes at 1.5 s, and notes when each fetch was asked for."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        #: When the fetch was sent that last told a partition's end. The client itself notes when it
        #: took the answer, which may be long after: a paused process would believe in an old end.
        self.asked_ms: dict[TP, float] = {}

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer

    async def on_start(self) -> None:
        await super().on_start()
        self._note_askings(cast(Any, self._consumer)._fetcher)
        cast(Any, self.app).lease.follow(cast(Any, self._consumer)._coordinator)
        pace_empty_fetches(self._consumer)
        close_surely(self._consumer)

    async def stop(self) -> None:
        if self._started.is_set():
            await mode.Service.stop(self)
            if self._thread is not None:
                await asyncio.to_thread(self._thread.stop)

    def close(self) -> None:
        """Nothing: `stop` follows."""

    async def on_thread_stop(self) -> None:
        if self._consumer is not None:
            cast(Any, self._consumer)._coordinator._group_instance_id = None
        await super().on_thread_stop()

    async def _fetch_records(
        self, consumer: Any, active_partitions: Any, timeout: Any = None, max_records: Any = None
    ) -> Any:
        fetch = super()._fetch_records
        changelogs = frozenset() if self.app.in_recovery else self.app.tables.changelog_topics
        # A copy first: the event loop changes the set meanwhile.
        followed = {tp for tp in tuple(active_partitions) if tp.topic in changelogs}
        inputs = active_partitions - followed if followed else active_partitions
        found: dict[TP, Any] = {}
        if followed:
            found |= cast(Any, await fetch(consumer, followed, 0 if inputs else timeout, FOLLOWED_RECORDS))
        if inputs or not followed:
            found |= cast(Any, await fetch(consumer, inputs, 0 if found else timeout, max_records))
        for tp in [tp for tp in found if not self._is_wanted(tp)]:
            records = found.pop(tp)
            with suppress(IllegalStateError):  # it is not ours any more
                consumer.seek(tp, records[0].offset)
        return found

    async def seek_to_committed(self) -> Any:
        return await self.call_thread(self._seek_to_committed)

    async def _seek_to_committed(self) -> dict[Any, int | None]:
        consumer = cast(Any, self._consumer)
        partitions, rebalances = consumer.assignment(), cast(Any, self.app).rebalances
        found = await consumer._coordinator.fetch_committed_offsets(list(partitions))
        if cast(Any, self.app).rebalances != rebalances:
            raise IllegalStateError("another rebalance began meanwhile")
        offsets = {tp: found[tp].offset if tp in found else None for tp in partitions}
        for tp, offset in offsets.items():
            if offset is not None and offset > 0:
                consumer.seek(tp, offset)
        return offsets

    def _is_wanted(self, tp: TP) -> bool:
        """Now: partitions may have been paused since their records were asked for."""
        reader = cast(Any, self.consumer)
        if self.app.rebalancing and tp.topic not in self.app.tables.changelog_topics:
            return False
        return bool(reader.flow_active and reader.is_read(tp))

    def _note_askings(self, fetcher: Any) -> None:
        fetch = fetcher._proc_fetch_request

        async def noted(assignment: Any, node: Any, request: Any) -> Any:
            asked_ms = uptime_ms()
            asked = [
                aiokafka.TopicPartition(topic, part[0]) for topic, parts in request.topics for part in parts
            ]
            before = [assignment.state_value(tp).timestamp for tp in asked]
            found = await fetch(assignment, node, request)
            for tp, earlier in zip(asked, before, strict=True):
                if assignment.state_value(tp).timestamp != earlier:
                    self.asked_ms[TP(*tp)] = asked_ms
            return found

        fetcher._proc_fetch_request = noted

    @property
    def generation(self) -> int:
        """Of the group, as far as this thread knows by now."""
        member = cast(Any, self._consumer)
        return NO_GENERATION if member is None else int(member._coordinator.generation)

    @property
    def client(self) -> aiokafka.AIOKafkaConsumer | None:
        return self._consumer
