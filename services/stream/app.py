"""A crash-only Faust application that runs stages, one task for each partition number of each stage."""

import asyncio
import gc
import os
from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast

import faust
import structlog
from faust.types.tuples import TP

from services.kafka import compress_lightly
from services.stream import metrics
from services.stream.anew import LOOK_AGAIN_SECONDS, begin_again, note_expired, topics_beyond
from services.stream.broker_time import BrokerTime
from services.stream.cache import Memory
from services.stream.clockwork import Clockwork
from services.stream.flight import Skipped
from services.stream.holding_back import HoldingBack
from services.stream.lease import Lease
from services.stream.options import ROCKSDB_OPTIONS, WorkerSettings, faust_options
from services.stream.producing import Fenced
from services.stream.recovery import BatchRecovery
from services.stream.stage import Stage
from services.stream.store import StateStore
from services.stream.task import PartitionTask
from services.stream.transport import BatchConsumer, BatchSchema, Transport
from services.stream.waiting import Room
from services.stream.watchdog import Stuck, Watchdog

log = structlog.get_logger()

EXIT_BUG = 70
EXIT_CODES: dict[type[BaseException], int] = {Stuck: 71, Skipped: 71, Fenced: 75}


class StateTable(faust.Table[bytes, bytes]):
    """A table only as Faust's vehicle for recovery and standby; stages never write it."""

    def _new_store_by_url(self, url: Any) -> StateStore:
        return StateStore(
            url, self.app, self, table_name=self.name, key_type=bytes, value_type=bytes,
            key_serializer="raw", value_serializer="raw", options=self.options,
        )  # fmt: skip


class StreamApp(faust.App):
    """Runs stages until something unexpected happens, then ends the process: state is safe in the log.

    `stages`: in the order in which they tell each other. `patient`: names of those that fold seldom while an
    earlier one is behind.
    """

    def __init__(
        self,
        settings: WorkerSettings,
        stages: Iterable[Stage],
        *,
        patient: Collection[str] = (),
        **options: Any,
    ) -> None:
        compress_lightly()
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        super().__init__(settings.group, **faust_options(settings), **options)
        self.stages = tuple(stages)
        self.partitions_count = settings.partitions
        self.work: dict[tuple[str, int], PartitionTask] = {}
        #: By stage: what its partitions have waiting takes room here.
        self.rooms = {stage.name: Room(settings.room_bytes) for stage in self.stages}
        self.broker_time = BrokerTime()
        self.lease = Lease(settings.session_timeout_s * 1000, end_process)
        self.holding_back = HoldingBack([stage.name for stage in self.stages], patient)
        #: What our partitions together may keep decoded.
        self.memory = Memory(settings.cache_bytes)
        self._loops: list[tuple[PartitionTask, asyncio.Task[None]]] = []
        #: Rebalances that began; Faust's own count follows its `rebalancing`, and this one goes before.
        self.rebalances = 0
        #: Whether the group has told what is ours, be it nothing.
        self._is_assigned = False
        #: Held while one partition folds.
        self.folding = asyncio.Lock()
        #: Whether what is in hand is being finished or given up, before partitions go or the process ends.
        self.draining = False
        transport = Transport(self.conf.broker_consumer, self)
        self.transport = transport
        self.producer_transport = transport
        self.restoring = BatchRecovery(self, self.tables)
        cast(Any, self.tables)._recovery = self.restoring
        self._tables_by_stage = {stage.name: self._declare(stage) for stage in self.stages}
        self.task(self._watch)
        self.task(Clockwork(self).run)

    async def _watch(self) -> None:
        Watchdog(self, asyncio.get_running_loop(), end_process).start()

    def _declare(self, stage: Stage) -> StateTable:
        """The table and the agent of a stage."""
        table = StateTable(
            self, name=stage.name, key_type=bytes, value_type=bytes,
            partitions=self.partitions_count, options=dict(ROCKSDB_OPTIONS),
            changelog_topic=self.topic(
                stage.changelog, key_type=bytes, value_type=bytes,
                key_serializer="raw", value_serializer="raw",
                partitions=self.partitions_count, compacting=True,
            ),
        )  # fmt: skip
        self.tables.add(table)
        topic = self.topic(*stage.inputs, stage.wakes, schema=BatchSchema(), value_type=bytes)

        async def deliver(stream: Any) -> None:
            async for event in stream.noack().events():
                task = self.work.get((stage.name, event.message.partition))
                if task is not None:
                    await task.put(event.message)

        self.agent(topic, name=stage.name, concurrency=1)(deliver)
        return table

    def _crash(self, reason: BaseException) -> None:
        end_process(reason)

    def on_rebalance_start(self) -> None:
        self.rebalances += 1  # first: this is the fetching thread, and `on_rebalance_end` another
        super().on_rebalance_start()
        log.info("rebalance begins", number=self.rebalances)

    def on_rebalance_end(self) -> None:
        """Not of one that another overtook: what is fetched until that one ends must be given back."""
        if self.restoring.is_newest:
            super().on_rebalance_end()
        if not self.restoring.is_newest:  # one may have begun meanwhile
            self.rebalancing = True

    async def take_partitions(self, generation: int) -> None:
        """Recovery is complete: starts a task for every partition that is ours."""
        await self._drop_tasks()
        metrics.REBALANCES.inc()
        for stage in self.stages:
            for tp in [tp for tp in self.restoring.active_tps if tp.topic == stage.changelog]:
                if not self.restoring.is_newest:
                    return
                self._take(stage, tp)
                await asyncio.sleep(0)  # many rows take long: the watchdog must see that the loop turns
            metrics.PARTITIONS.labels(stage.name).set(sum(1 for name, _ in self.work if name == stage.name))
        await self._look_at_logs()
        if not self.restoring.is_newest:
            return
        calm_garbage_collector()
        self._is_assigned = True
        log.info(
            "worker ready", generation=generation, partitions=sorted({p for _, p in self.work}),
            restored=self.restoring.restored_records,
        )  # fmt: skip

    async def _look_at_logs(self) -> None:
        """Folds from their beginning those that end before what was folded of them, at two looks; and says
        what was deleted unread."""
        ends = await self._input_ends()
        if any(topics_beyond(task, ends) for task in self.work.values()):
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            ends = await self._input_ends()
        firsts = await self.batch_consumer.earliest_offsets(*ends) if ends else {}
        for task in self.work.values():
            begin_again(task, ends)
            note_expired(task, firsts)

    async def _input_ends(self) -> Mapping[TP, int]:
        """Where the logs of what our partitions read end."""
        read = {stage.changelog: (*stage.inputs, stage.wakes) for stage in self.stages}
        ours = [TP(topic, tp.partition) for tp in self.restoring.active_tps for topic in read[tp.topic]]
        return await self.batch_consumer.highwaters(*ours) if ours else {}

    def _take(self, stage: Stage, changelog: TP) -> None:
        highwater = self.restoring.active_highwaters[changelog]
        task = PartitionTask(
            stage, changelog.partition, self.partitions_count, self.stores[stage.name], self, highwater + 1
        )
        self.work[stage.name, changelog.partition] = task
        self._loops.append((task, guard(task.run())))

    async def _consumer_wait_empty(self, consumer: Any, logger: Any) -> None:
        """Before partitions are given up, and before the process ends: nothing of ours is under way."""
        self.draining = True
        await super()._consumer_wait_empty(consumer, logger)
        await self._drop_tasks()
        self.draining = False

    async def _drop_tasks(self) -> None:
        self.work.clear()
        loops, self._loops = self._loops, []
        for task, loop in loops:
            await task.stop(loop)

    @property
    def stores(self) -> dict[str, StateStore]:
        """By stage."""
        return {name: cast(StateStore, table.data) for name, table in self._tables_by_stage.items()}

    @property
    def kafka_producer(self) -> Any:
        """The aiokafka producer itself: batches are written past Faust's buffer."""
        return cast(Any, self.producer)._producer

    @property
    def batch_consumer(self) -> BatchConsumer:
        return cast(BatchConsumer, self.consumer)

    @property
    def started_consumer(self) -> BatchConsumer | None:
        return cast(BatchConsumer | None, self._consumer)

    @property
    def is_ready(self) -> bool:
        return self._is_assigned and not self.rebalancing


#: Allocations between two looks of the garbage collector at the young objects, and so on to the old.
GC_THRESHOLDS = (100_000, 50, 100)


def calm_garbage_collector() -> None:
    """What is restored stays: it is not looked at again. States make no cycles, and are many."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def guard(work: Any) -> asyncio.Task[None]:
    """Runs a coroutine whose failure must end the process."""
    task: asyncio.Task[None] = asyncio.ensure_future(work)
    task.add_done_callback(_end_if_failed)
    return task


def _end_if_failed(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        end_process(error)


def end_process(reason: BaseException) -> None:
    """Crash-only: what is durable is right, and the supervisor starts us again."""
    log.error("ending the process", reason=repr(reason), exc_info=reason)
    os._exit(EXIT_CODES.get(type(reason), EXIT_BUG))
