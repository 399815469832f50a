"""Faust's Kafka transport, with one message for each fetched batch of a partition.

Overrides of faust-streaming 0.15.3 that were needed, and why:
- `_drain_messages`: one message a batch instead of one a record; and Faust sleeps for a second when all
  partitions are paused, as they are for a moment in each rebalance.
- `ack`, `_new_offset`, `_filter_tps_with_pending_acks`: offsets are committed for the contiguous
  acknowledged prefix of batches only; Faust's gap tree can commit past a batch in flight.
- `verify_all_partitions_active` is off: it knows nothing of batches, looks for streams on changelogs, too,
  and takes a turn of the event loop for each partition. The watchdog sees what is stuck.
- `Fetcher`: Faust's takes its end for a crash when a worker is stopped within a rebalance.
- the producer is idempotent, waits for all replicas, and writes only while the group surely knows us.
What concerns the fetching thread is in `fetching.py`.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, cast

import aiokafka
import faust
import mode
from faust.transport import consumer
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import TP, ConsumerMessage

from services.stream import metrics
from services.stream.fetching import ConsumerThread
from services.stream.flight import Flight, Skipped

#: What a record takes in memory beside its key and value.
RECORD_BYTES = 400
#: How long to wait for records before a look at what else there is: whoever is told to end waits so long.
FETCHED_SECONDS = 0.2
#: So often one that may read nothing looks whether it may: in each rebalance there is such a moment.
PAUSED_SECONDS = 0.02
#: What we do not know of this machine's clock: so much it may be ahead. Deadlines fire so much later.
SKEW_MS = 100


class BatchConsumer(driver.Consumer):
    """Delivers each fetched batch of a partition as one message whose value is the list of records."""

    _thread: ConsumerThread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.flight = Flight()
        #: Offset after the last record delivered, gaps of markers and compaction included.
        self._delivered: dict[TP, int] = {}
        #: For the watchdog: commits that succeeded, whether acknowledged batches wait for one.
        self.commits = 0
        self.has_uncommitted = False

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _drain_messages(self, fetcher: Any) -> None:
        while not (self._stopped.is_set() or fetcher._stopped.is_set()):
            fetched = await self._fetched()
            generation = self.app.consumer_generation_id
            await asyncio.sleep(0)
            # Positions move while the fetching thread hands records over, so they can be trusted only
            # here: after one hand-over and before the next.
            positions = self._positions()
            self._delivered.update((tp, end) for tp, end in positions.items() if tp not in fetched)
            if not fetched:
                read = self._get_active_partitions()  # of the others' silence nothing is known
                self._recovery.check_end_after_silence(
                    {tp: end for tp, end in self._delivered.items() if tp in read}
                )
            for tp, batch in fetched.items():
                if not self.flow_active or self.app.consumer_generation_id != generation:
                    break
                if self.is_read(tp):
                    await self._deliver(tp, batch, positions.get(tp), generation)
                elif not (self.app.rebalancing or tp.topic in self.app.tables.changelog_topics):
                    raise Skipped(
                        f"{tp.topic}/{tp.partition}: it was paused while its records were handed over"
                    )

    def is_read(self, tp: TP) -> bool:
        """Whether a partition is not paused."""
        # Asked by two threads: Faust's own getter walks the set, which must not change meanwhile.
        return tp in (self._active_partitions or ()) or tp in self._buffered_partitions

    async def _fetched(self) -> dict[TP, list[Any]]:
        """Waits until there is something to read, and for records."""
        if not self.flow_active:
            await self.wait(cast(Any, self.can_resume_flow))
        active = self._get_active_partitions()
        # Inputs of a rebalance that has not ended would be given back, and fetched again at once.
        if not active or (self.app.rebalancing and not self.app.in_recovery):
            await asyncio.sleep(PAUSED_SECONDS)
            return {}
        return dict(await self._getmany(active, FETCHED_SECONDS) or {})

    async def _deliver(self, tp: TP, batch: list[Any], position: int | None, generation: int) -> None:
        if tp.topic in self.app.tables.changelog_topics:
            self._recovery.apply(tp, batch)
            return
        last, value = batch[-1], cast(bytes, batch)  # our schema passes it on as it is
        size = sum(len(record.key or b"") + len(record.value or b"") + RECORD_BYTES for record in batch)
        message = ConsumerMessage(
            tp.topic, tp.partition, last.offset, last.timestamp / 1000, 0, None,
            None, value, None, 0, size, tp, generation_id=generation,
        )  # fmt: skip
        self.flight.add(message, batch[0].offset)
        self._delivered[tp] = last.offset + 1 if position is None else position
        # A rebalance may suspend the flow while the callback waits for room.
        await self.wait_first(self.callback(message), self.suspend_flow.wait())

    @property
    def _recovery(self) -> Any:
        return cast(Any, self.app.tables).recovery

    def ack(self, message: Any) -> bool:
        if message.acked:
            return False
        message.acked = self.has_uncommitted = True
        message.value = None  # it waits to be committed; its records need not
        self._unacked_messages.discard(message)
        self._tell_waiting()
        return True

    def give_back(self, messages: Iterable[ConsumerMessage]) -> None:
        """Batches that had no effect yet when partitions must go: nobody waits for them, and their next
        owner reads them again."""
        for message in messages:
            self._unacked_messages.discard(message)
        self._tell_waiting()

    async def verify_all_partitions_active(self) -> None:
        """Nothing."""

    def _tell_waiting(self) -> None:
        waiting = self._waiting_for_ack
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Any:
        return [
            tp for tp in self.flight.committable() if topics is None or tp in topics or tp.topic in topics
        ]

    def _new_offset(self, tp: TP) -> int | None:
        return self.flight.pop_offset(tp)

    def _filter_committable_offsets(self, tps: Any) -> dict[TP, int]:
        offsets: dict[TP, int] = super()._filter_committable_offsets(tps)
        self.has_uncommitted = bool(offsets) or self.flight.has_acknowledged()
        return offsets

    async def _commit(self, offsets: Any) -> bool:
        is_done = await super()._commit(offsets)
        if is_done:
            self.commits += 1
            metrics.COMMITS.inc()
            self.has_uncommitted = self.flight.has_acknowledged()
        return is_done

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        await super().on_partitions_revoked(revoked)  # waits for batches in hand and commits them
        if self.app.should_stop:
            return  # it waited for nothing: that is done in the course of the stop
        self.flight.clear()
        self._delivered.clear()
        self.has_uncommitted = False

    async def perform_seek(self) -> None:
        await super().perform_seek()
        self._delivered.clear()
        self._recovery.end_if_overtaken()

    def _positions(self) -> dict[TP, int]:
        states = {TP(*tp): state for tp, state in self._states().items()}
        return {tp: state.position for tp, state in states.items() if state.has_valid_position}

    @property
    def generation(self) -> int:
        return self._thread.generation

    def folded_ms(self, tp: TP) -> float | None:
        """When (uptime) all that a partition held is folded, if that is its very end; else None.

        Where every record the broker had at the last fetch is folded, that is when it was asked for.
        """
        asked_ms = self._thread.asked_ms.get(tp)  # read before the end, which may only be newer
        state = self._partition_state(tp)
        if asked_ms is None or state is None or state.highwater is None:
            return None
        is_folded = self._delivered.get(tp, -1) >= state.highwater and self.flight.is_folded(tp)
        return asked_ms - SKEW_MS if is_folded else None

    def backlog(self, tp: TP) -> int:
        """Records in the log that are not yet delivered."""
        state = self._partition_state(tp)
        if state is None or state.highwater is None or tp not in self._delivered:
            return 0
        return max(0, int(state.highwater) - self._delivered[tp])

    def end_offset(self, tp: TP) -> int | None:
        """The broker's end of a partition, as of the last fetch."""
        state = self._partition_state(tp)
        return None if state is None or state.highwater is None else int(state.highwater)

    def _partition_state(self, tp: TP) -> Any:
        return self._states().get(aiokafka.TopicPartition(tp.topic, tp.partition))

    def _states(self) -> dict[Any, Any]:
        client = self._thread.client if self._thread is not None else None
        subscription = client._subscription.subscription if client is not None else None
        assignment = subscription.assignment if subscription is not None else None
        return assignment._tp_state if assignment is not None else {}


class Fetcher(consumer.Fetcher):
    @mode.Service.task
    async def _fetcher(self) -> None:
        try:
            await cast(BatchConsumer, self.app.consumer)._drain_messages(self)
        finally:
            self.set_shutdown()


class Producer(driver.Producer):
    def _settings_extra(self) -> dict[str, Any]:
        return {"acks": "all", "enable_idempotence": True}

    async def on_start(self) -> None:
        await super().on_start()
        app = cast(Any, self.transport.app)
        app.lease.guard(self._ensure_producer().client, lambda: app.batch_consumer.generation)


class Transport(driver.Transport):
    Consumer = BatchConsumer
    Fetcher = Fetcher
    Producer = Producer


class BatchSchema(faust.Schema[bytes, Any]):
    """Passes a batch on as it is; records are decoded by the stage."""

    def compile(self, app: Any, **_: Any) -> Any:
        async def decode(message: Any, *, propagate: bool = False) -> faust.Event:
            return faust.Event(app, None, message.value, {}, message)

        return decode
