"""One partition of one stage, strictly in order: fold, changelog, outputs, store, acknowledge."""

import asyncio
import sys
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, suppress
from operator import attrgetter
from typing import Any

from services.repeats import Batch, header_of
from services.stream import metrics, outbox
from services.stream.broker_time import FoldedTime
from services.stream.faults import fault
from services.stream.position import Record
from services.stream.producing import Fenced, Item, send_batches, send_outputs
from services.stream.stage import Output, Partition, Stage
from services.stream.store import VERSION_HEADER, StateStore
from services.stream.too_large import named
from services.stream.values import next_generation, order_of, version
from services.stream.waiting import Waiting
from services.stream.wakes import Wake, read_wake, write_wake

#: After so long within a fold or beat others have their turn: who writes, fetches, watches the time.
SLICE_SECONDS = 0.02
#: So often one that leaves alone what waits looks whether it still may.
LOOK_SECONDS = 0.05

_timestamp = attrgetter("timestamp")


class _MustGo(Exception):
    """The partition goes in the middle of a fold or beat, with no effect yet but on what goes with it."""


class PartitionTask:
    """Owns a partition from its assignment until it is revoked."""

    def __init__(
        self, stage: Stage, number: int, count: int, store: StateStore, app: Any, changelog_next: int
    ) -> None:
        self.stage = stage
        self.partition = Partition(number, count, store.reader(number), app.memory)
        self.folded_time = FoldedTime()
        #: Next offset by topic, once what came before it is folded and written.
        self.folded: dict[str, int] = {}
        self._store = store
        self._app = app
        self._generation = app.consumer_generation_id
        self._changelog_next = changelog_next
        self._batch = 0
        self._waiting = Waiting(app.rooms[stage.name])
        self._beat_ms: int | None = None
        #: Held while a batch is folded and written.
        self._turn = asyncio.Lock()
        #: Offset after the last wake that we wrote.
        self._wakes_end = 0
        self._rewrite = store.refused(number)
        self._write_generation = self._restore()
        self.folded |= self.partition.position.offsets
        stage.start(self.partition)

    def _restore(self) -> int:
        """Rebuilds what is in memory from the store; returns the generation of our writes."""
        newest = self.partition.restore(self._store.all_items(self.partition.number))
        self._unsaid, self._unsaid_order = outbox.load(self.partition), order_of(newest)
        return next_generation(int(self._generation), newest)

    async def put(self, message: Any) -> None:
        await self._waiting.put(message)

    async def stop(self, loop: "asyncio.Task[None]") -> None:
        """Ends `run`, but not within a batch: its late writes would look like a zombie's."""
        async with self._turn:
            loop.cancel()
        self._waiting.close()
        # They refer back: such a circle, which the garbage collector is told to leave, would stay for ever.
        self.partition.notes = None
        self.partition.cache.close()

    async def wake(self, wakes: Iterable[Wake]) -> None:
        """Writes wakes for this partition; it is not quiet until they are folded."""
        self._wakes_end, self.partition.waking = sys.maxsize, True
        items: list[Item] = [(None, write_wake(wake)) for wake in wakes]
        landed = await send_batches(self._app.kafka_producer, self.stage.wakes, self.partition.number, items)
        self._app.broker_time.note(landed)
        self._wakes_end = landed[-1].stop
        self._note_wakes()

    def _note_wakes(self) -> None:
        self.partition.waking = self.partition.position.offsets.get(self.stage.wakes, 0) < self._wakes_end

    def beat(self, clock_ms: int) -> None:
        """Asks for the stage's beat after the batch in hand; what still waits was received later."""
        if self._beat_ms is None:
            self._beat_ms = clock_ms
            self._waiting.nudge()

    async def say_again(self) -> None:
        """What the owner before us decided last, and may not have said; it may say it yet, late."""
        async with self._turn:
            await self._say(self._unsaid, self._unsaid_order)
            self._unsaid = []

    async def run(self) -> None:
        """Folds until cancelled. An error here must end the process: see `app.guard`."""
        await self.say_again()
        while True:
            await self._waiting.news()
            if self._is_early():
                await asyncio.sleep(LOOK_SECONDS)
            async with self._turn:
                if self._waiting and not self._is_early() and (messages := await self._fold_next()):
                    await self._apply(messages)
                    self._waiting.release(messages)
                if self._beat_ms is not None and not self._app.draining:
                    await self._fold_beat(self._beat_ms)

    def _is_early(self) -> bool:
        """Whether more of the same will come soon, and may be waited for."""
        wait_s = self._app.holding_back.wait_s(self.stage.name)
        return not self._app.draining and self.partition.may_wait and self._waiting.is_early(wait_s)

    async def _fold_next(self) -> list[Any]:
        """Folds what waits, up to a limit, and returns it; gives all back if the partition must go.

        One partition folds at a time (beats apart), while others write: more at once would be no faster, all
        of them would have to be waited for when partitions go, and their batches would be smaller.
        """
        async with self._app.folding:
            if self._app.draining or self._is_revoked():
                self._app.batch_consumer.give_back(self._waiting.clear())
                return []
            messages = self._waiting.take()
            self._app.batch_consumer.flight.check(messages)
            try:
                await self._fold(messages)
            except _MustGo:
                # Whoever waits for room is waited for, too.
                self._waiting.release(messages)
                self._app.batch_consumer.give_back([*messages, *self._waiting.clear()])
                return []
            return messages

    async def _fold_beat(self, clock_ms: int) -> None:
        self._beat_ms = None
        if self._is_revoked():
            return
        self._begin()
        outbox.forget(self.partition)
        with suppress(_MustGo), named(self.stage.name, self.partition.number, []):
            await self._run(self.stage.beat(self.partition, clock_ms))
            await self._apply([])

    async def _fold(self, messages: list[Any]) -> None:
        wakes: list[Wake] = []
        inputs: list[Record] = []
        self._begin()
        for message in messages:
            fresh = self.partition.advance(message.topic, message.value)
            if message.topic == self.stage.wakes:
                wakes += [read_wake(record.value or b"", record.timestamp) for record in fresh]
            else:
                inputs += fresh
        self._note_wakes()
        self.partition.now_ms = max(max(map(_timestamp, message.value)) for message in messages)
        with named(self.stage.name, self.partition.number, messages):
            seconds = await self._run(self.stage.fold(self.partition, inputs, wakes))
        records = sum(len(message.value) for message in messages)
        metrics.FOLD_SECONDS.labels(self.stage.name).observe(seconds)
        metrics.BATCH_RECORDS.labels(self.stage.name).observe(records)
        self._waiting.pace(records, seconds)

    async def _run(self, pieces: Iterable[None] | None) -> float:
        """Returns the time they took, without that of others in between."""
        taken, resumed = 0.0, time.perf_counter()
        for _ in pieces or ():
            slice_seconds = time.perf_counter() - resumed
            if slice_seconds > SLICE_SECONDS:
                await asyncio.sleep(0)
                if self._app.draining:
                    raise _MustGo
                taken, resumed = taken + slice_seconds, time.perf_counter()
        return taken + time.perf_counter() - resumed

    def _begin(self) -> None:
        self._batch += 1
        self.partition.begin(version(self._write_generation, self._batch))

    async def _apply(self, messages: list[Any]) -> None:
        """The law: changelog, then what was decided is said, then store, then acknowledgement."""
        partition = self.partition
        has_news = bool(messages or partition.changes or partition.is_moved or partition.outputs)
        producer = self._app.kafka_producer
        if has_news:
            outbox.save(partition)
            with self._timed("changelog"):
                await self._write_changelog(producer)
        fault("before_outputs")
        if partition.outputs:
            with self._timed("outputs"):
                await self._say(partition.outputs, partition.order)
        fault("after_outputs")
        if has_news:
            with self._timed("store"):
                self._store.write(partition.number, partition.changes, self._changelog_next - 1)
        self.folded |= partition.position.offsets
        fault("after_store")
        for message in messages:
            self.folded_time.fold(message.topic, message.value[-1].timestamp)
            delay_ms = self._app.broker_time.now_ms() - message.value[0].timestamp
            metrics.DELAY_SECONDS.labels(self.stage.name).observe(max(0.0, delay_ms / 1000))
            message.ack(self._app.consumer)
        fault("after_ack")

    async def _say(self, outputs: list[Output], order: int) -> None:
        """What the batch of this number says; if it comes late, readers know."""
        batch = Batch(self.partition.position.life, order)
        header = header_of(f"{self.stage.name}/{self.partition.number}", batch)
        self._app.broker_time.note(await send_outputs(self._app.kafka_producer, outputs, [header]))

    def _timed(self, step: str) -> AbstractContextManager[None]:
        return metrics.WRITE_SECONDS.labels(self.stage.name, step).time()

    async def _write_changelog(self, producer: Any) -> None:
        partition, changes = self.partition, self.partition.changes
        for key in self._rewrite:
            changes.setdefault(key, self._store.reader(partition.number).get(key))
        self._rewrite = set()
        partition.save_position(self._changelog_next)
        current = version(self._write_generation, self._batch)
        written = await send_batches(
            producer, self.stage.changelog, partition.number, changes.items(),
            on_deletions=[(VERSION_HEADER, current)],
        )  # fmt: skip
        fault("after_changelog")
        for offsets in written:
            self._check_fence(offsets.start)
            self._changelog_next = offsets.stop

    def _check_fence(self, got: int) -> None:
        """One writer a changelog partition: an offset that we did not expect is that of a second one."""
        if got != self._changelog_next or self._is_revoked():
            where = f"{self.stage.changelog}/{self.partition.number}"
            raise Fenced(f"{where}: expected offset {self._changelog_next}, got {got}")

    def _is_revoked(self) -> bool:
        return bool(self._generation != self._app.consumer_generation_id)
