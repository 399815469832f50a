"""Faust's Kafka transport, with one message for each fetched batch of a partition.

Overrides of faust-streaming 0.15.3 that were needed, and why:
- `_drain_messages`: one message a batch instead of one a record.
- `ack`, `_new_offset`, `_filter_tps_with_pending_acks`: offsets are committed for the contiguous
  acknowledged prefix of batches only; Faust's gap tree can commit past a batch in flight.
- the producer is idempotent and waits for all replicas.
- shorter long polls, so that silence is noticed within a second.
"""

import asyncio
from collections import defaultdict, deque
from typing import Any, cast

import aiokafka
import faust
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import TP, ConsumerMessage

from services.kafka import pace_empty_fetches

#: How long the broker holds a fetch that finds nothing. Timers may fire this late.
FETCH_WAIT_MS = 200


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """Only shortens the long poll, which Faust fixes at 1.5 s."""

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer

    async def on_start(self) -> None:
        await super().on_start()
        pace_empty_fetches(self._consumer)

    @property
    def client(self) -> aiokafka.AIOKafkaConsumer | None:
        return self._consumer


class BatchConsumer(driver.Consumer):
    """Delivers each fetched batch of a partition as one message whose value is the list of records."""

    _thread: ConsumerThread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: Batches delivered and not yet committed, in order.
        self._flight: defaultdict[TP, deque[ConsumerMessage]] = defaultdict(deque)
        #: Offset after the last record delivered, gaps of markers and compaction included.
        self._delivered: dict[TP, int] = {}

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _drain_messages(self, fetcher: Any) -> None:
        while not (self._stopped.is_set() or fetcher._stopped.is_set()):
            records, active = await self._wait_next_records(1.0)
            generation = self.app.consumer_generation_id
            await asyncio.sleep(0)
            fetched = dict(records or {})
            self._note_positions(fetched)
            if not fetched:
                await self._recovery.check_end_after_silence(self)
            for tp, batch in fetched.items():
                if not self.flow_active or self.app.consumer_generation_id != generation:
                    break
                if active is None or tp in active or tp in self._buffered_partitions:
                    await self._deliver(tp, batch, generation)

    async def _deliver(self, tp: TP, batch: list[Any], generation: int) -> None:
        if tp.topic in self.app.tables.changelog_topics:
            self._recovery.apply(tp, batch)
            return
        last, value = batch[-1], cast(bytes, batch)  # our schema passes it on as it is
        message = ConsumerMessage(
            tp.topic, tp.partition, last.offset, last.timestamp / 1000, 0, None,
            None, value, None, 0, 0, tp, generation_id=generation,
        )  # fmt: skip
        self._flight[tp].append(message)
        # A rebalance may suspend the flow while the callback waits for room.
        await self.wait_first(self.callback(message), self.suspend_flow.wait())

    @property
    def _recovery(self) -> Any:
        return cast(Any, self.app.tables).recovery

    def ack(self, message: Any) -> bool:
        if message.acked:
            return False
        message.acked = True
        self._unacked_messages.discard(message)
        waiting = self._waiting_for_ack
        if waiting is not None and not waiting.done():
            waiting.set_result(None)
        return True

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

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        await super().on_partitions_revoked(revoked)  # waits for batches in hand and commits them
        self._flight.clear()
        self._delivered.clear()

    def _note_positions(self, records: dict[TP, Any]) -> None:
        # Positions move while the fetching thread hands records over, so they can be trusted only
        # here: after one hand-over and before the next.
        for tp in records or self.assignment():
            state = self._partition_state(tp)
            if state is not None and state.has_valid_position:
                self._delivered[tp] = state.position

    def clock_ms(self, tp: TP) -> int | None:
        """Broker time by which all of a partition is folded, if that is its very end; else None.

        Where every record the broker had at the last fetch is folded, that is the fetch's time.
        """
        state = self._partition_state(tp)
        if state is None or state.timestamp is None:
            return None
        fetched_ms, end = state.timestamp, state.highwater
        flight = self._flight.get(tp)
        is_folded = self._delivered.get(tp, -1) >= end and (not flight or flight[-1].acked)
        return int(fetched_ms) if is_folded else None

    def backlog(self, tp: TP) -> int:
        """Records in the log that are not yet delivered."""
        state = self._partition_state(tp)
        if state is None or state.highwater is None or tp not in self._delivered:
            return 0
        return max(0, int(state.highwater) - self._delivered[tp])

    def _partition_state(self, tp: TP) -> Any:
        client = self._thread.client if self._thread is not None else None
        subscription = client._subscription.subscription if client is not None else None
        assignment = subscription.assignment if subscription is not None else None
        if assignment is None:
            return None
        return assignment._tp_state.get(aiokafka.TopicPartition(tp.topic, tp.partition))


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
