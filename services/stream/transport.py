"""Faust's Kafka transport, with one message for each fetched batch of a partition.

Overrides of faust-streaming 0.15.3 that were needed, and why:
- `_drain_messages`: one message a batch instead of one a record.
- `ack`, `_new_offset`, `_filter_tps_with_pending_acks`: offsets are committed for the contiguous
  acknowledged prefix of batches only; Faust's gap tree can commit past a batch in flight.
- `verify_all_partitions_active` is off: it knows nothing of batches, looks for streams on changelogs, too,
  and takes a turn of the event loop for each partition. The watchdog sees what is stuck.
- the producer is idempotent and waits for all replicas.
What concerns the fetching thread is in `fetching.py`.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable
from typing import Any, cast

import aiokafka
import faust
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import TP, ConsumerMessage

from services.stream import metrics
from services.stream.fetching import ConsumerThread

#: What a record takes in memory beside its key and value.
RECORD_BYTES = 400
#: How far this machine's clock may be ahead of the broker's. Deadlines fire so much later.
SKEW_MS = 100


class BatchConsumer(driver.Consumer):
    """Delivers each fetched batch of a partition as one message whose value is the list of records."""

    _thread: ConsumerThread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: Batches delivered and not yet committed, in order.
        self._flight: defaultdict[TP, deque[ConsumerMessage]] = defaultdict(deque)
        #: Offset after the last record delivered, gaps of markers and compaction included.
        self._delivered: dict[TP, int] = {}
        #: For the watchdog: commits that succeeded, whether acknowledged batches wait for one.
        self.commits = 0
        self.has_uncommitted = False

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _drain_messages(self, fetcher: Any) -> None:
        while not (self._stopped.is_set() or fetcher._stopped.is_set()):
            records, active = await self._wait_next_records(1.0)
            generation = self.app.consumer_generation_id
            await asyncio.sleep(0)
            fetched = dict(records or {})
            # Positions move while the fetching thread hands records over, so they can be trusted only
            # here: after one hand-over and before the next.
            positions = self._positions()
            self._delivered.update((tp, end) for tp, end in positions.items() if tp not in fetched)
            if not fetched:
                self._recovery.check_end_after_silence(self._delivered)
            for tp, batch in fetched.items():
                if not self.flow_active or self.app.consumer_generation_id != generation:
                    break
                if active is None or tp in active or tp in self._buffered_partitions:
                    await self._deliver(tp, batch, positions.get(tp), generation)

    async def _deliver(self, tp: TP, batch: list[Any], position: int | None, generation: int) -> None:
        if tp.topic in self.app.tables.changelog_topics:
            self._recovery.apply(tp, batch)
            return
        flight, last, value = (
            self._flight[tp],
            batch[-1],
            cast(bytes, batch),
        )  # our schema passes it on as it is
        size = sum(len(record.key or b"") + len(record.value or b"") + RECORD_BYTES for record in batch)
        message = ConsumerMessage(
            tp.topic, tp.partition, last.offset, last.timestamp / 1000, 0, None,
            None, value, None, 0, size, tp, generation_id=generation,
        )  # fmt: skip
        while flight and flight[-1].offset >= batch[0].offset:
            flight.pop()  # fetched again after a seek: nobody else may acknowledge that one
        flight.append(message)
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
            tp
            for tp, flight in self._flight.items()
            if flight and flight[0].acked and (topics is None or tp in topics or tp.topic in topics)
        ]

    def _new_offset(self, tp: TP) -> int | None:
        flight, offset = self._flight[tp], None
        while flight and flight[0].acked:
            offset = flight.popleft().offset + 1
        return offset

    def _filter_committable_offsets(self, tps: Any) -> dict[TP, int]:
        offsets: dict[TP, int] = super()._filter_committable_offsets(tps)
        self.has_uncommitted = bool(offsets) or self._has_acknowledged()
        return offsets

    async def _commit(self, offsets: Any) -> bool:
        is_done = await super()._commit(offsets)
        if is_done:
            self.commits += 1
            metrics.COMMITS.inc()
            self.has_uncommitted = self._has_acknowledged()
        return is_done

    def _has_acknowledged(self) -> bool:
        """Also behind a batch that is not: acknowledged in order, that one never will be."""
        return any(message.acked for flight in self._flight.values() for message in flight)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        await super().on_partitions_revoked(revoked)  # waits for batches in hand and commits them
        self._flight.clear()
        self._delivered.clear()
        self.has_uncommitted = False

    async def perform_seek(self) -> None:
        await super().perform_seek()
        self._delivered.clear()

    def _positions(self) -> dict[TP, int]:
        states = {TP(*tp): state for tp, state in self._states().items()}
        return {tp: state.position for tp, state in states.items() if state.has_valid_position}

    def clock_ms(self, tp: TP) -> int | None:
        """Broker time by which all of a partition is folded, if that is its very end; else None.

        Where every record the broker had at the last fetch is folded, that is when it was asked for.
        """
        asked_ms = self._thread.asked_ms.get(tp)  # read before the end, which may only be newer
        state = self._partition_state(tp)
        if asked_ms is None or state is None or state.highwater is None:
            return None
        end, flight = state.highwater, self._flight.get(tp)
        is_folded = self._delivered.get(tp, -1) >= end and (not flight or flight[-1].acked)
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


class Producer(driver.Producer):
    def _settings_extra(self) -> dict[str, Any]:
        return {"acks": "all", "enable_idempotence": True}


class Transport(driver.Transport):
    Consumer = BatchConsumer
    Producer = Producer


class BatchSchema(faust.Schema[bytes, Any]):
    """Passes a batch on as it is; records are decoded by the stage."""

    def compile(self, app: Any, **_: Any) -> Any:
        async def decode(message: Any, *, propagate: bool = False) -> faust.Event:
            return faust.Event(app, None, message.value, {}, message)

        return decode
