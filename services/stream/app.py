"""A crash-only Faust application that runs stages, one task for each partition number of each stage."""

import asyncio
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import faust
import mode
import msgspec
import structlog
from faust.types.tuples import TP
from msgspec import Struct

from services.stream.metrics import METRICS
from services.stream.producing import Fenced, send_outputs
from services.stream.recovery import BatchRecovery
from services.stream.stage import Output, Stage, Wake
from services.stream.store import StateStore
from services.stream.task import PartitionTask
from services.stream.transport import BatchConsumer, BatchSchema, Transport
from services.stream.values import WALL, clock_id

log = structlog.get_logger()

EXIT_BUG = 70
EXIT_FENCED = 75

TICK_SECONDS = 0.1
BEAT_SECONDS = 1.0
#: Keys in one record of wakes, and records in one tick: a flood of deadlines is spread out.
WAKE_KEYS = 500
WAKE_RECORDS = 20


class WorkerSettings(Struct, frozen=True, kw_only=True):
    """How one worker runs. `instance`: its stable name in the group; restarts under it cause no rebalance."""

    group: str
    instance: str
    brokers: str
    partitions: int
    data_dir: Path
    credentials: Any = None
    session_timeout_s: float = 10.0


class StateTable(faust.Table[bytes, bytes]):
    """A table only as Faust's vehicle for recovery and standby; stages never write it."""

    def _new_store_by_url(self, url: Any) -> StateStore:
        return StateStore(
            url, self.app, self, table_name=self.name, key_type=bytes, value_type=bytes,
            key_serializer="raw", value_serializer="raw", options=self.options,
        )  # fmt: skip


class StreamApp(faust.App):
    """Runs stages until something unexpected happens, then ends the process: state is safe on disk."""

    def __init__(self, settings: WorkerSettings, stages: Iterable[Stage], **options: Any) -> None:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        super().__init__(settings.group, **_options(settings), **options)
        self.stages = tuple(stages)
        self.partitions_count = settings.partitions
        self.work: dict[tuple[str, int], PartitionTask] = {}
        self._loops: list[asyncio.Task[None]] = []
        transport = Transport(self.conf.broker_consumer, self)
        self.transport = transport
        self.producer_transport = transport
        self._recovery = BatchRecovery(self, self.tables)
        cast(Any, self.tables)._recovery = self._recovery
        self._tables_by_stage = {stage.name: self._declare(stage) for stage in self.stages}
        self.on_partitions_revoked.connect(self._on_revoked, weak=False)
        self.task(self._tick_forever)

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

    def take_partitions(self, generation: int) -> None:
        """Recovery is complete: starts a task for every partition that is ours."""
        self._drop_tasks()
        METRICS.rebalances.inc()
        for stage in self.stages:
            for tp in self._recovery.active_tps:
                if tp.topic == stage.changelog:
                    self._take(stage, tp)
            METRICS.partitions.labels(stage.name).set(sum(1 for name, _ in self.work if name == stage.name))
        log.info("worker ready", generation=generation, partitions=sorted({p for _, p in self.work}))

    def _take(self, stage: Stage, changelog: TP) -> None:
        store = cast(StateStore, self._tables_by_stage[stage.name].data)
        highwater = self._recovery.active_highwaters[changelog]
        task = PartitionTask(stage, changelog.partition, self.partitions_count, store, self, highwater + 1)
        self.work[stage.name, changelog.partition] = task
        self._loops.append(guard(task.run()))

    async def _on_revoked(self, *_: Any, **__: Any) -> None:
        self._drop_tasks()

    def _drop_tasks(self) -> None:
        for loop in self._loops:
            loop.cancel()
        self._loops.clear()
        self.work.clear()

    async def _tick_forever(self) -> None:
        """Fires deadlines, ten times a second; once a second tells stages the time."""
        last_beat = time.monotonic()
        while not self.should_stop:
            await self.sleep(TICK_SECONDS)
            if self.rebalancing:
                continue
            is_beat = time.monotonic() - last_beat >= BEAT_SECONDS
            for (_, number), task in list(self.work.items()):
                clock_ms = self._clock_ms(task, number)
                if clock_ms is not None:
                    await self._fire(task, number, clock_ms)
                    if is_beat:
                        task.beat(clock_ms)
            if is_beat:
                last_beat = time.monotonic()
                self._report()

    def _clock_ms(self, task: PartitionTask, number: int) -> int | None:
        """Broker time up to which all inputs of this partition number are folded."""
        times = []
        for topic in (*task.stage.inputs, task.stage.wakes):
            at_end = self._consumer_of_batches.clock_ms(TP(topic, number))
            known = at_end if at_end is not None else task.folded_ms.get(topic)
            if known is None:
                return None
            times.append(known)
        return min(times)

    async def _fire(self, task: PartitionTask, number: int, clock_ms: int) -> None:
        clocks = {clock_id(WALL): clock_ms * 1000, **task.partition.clocks}
        outputs = []
        for clock, now_us in clocks.items():
            for _ in range(WAKE_RECORDS):
                keys = task.partition.timers.pop_due(clock, now_us, WAKE_KEYS)
                if not keys:
                    break
                METRICS.wakes.labels(task.stage.name).inc(len(keys))
                task.partition.waking += len(keys)
                wake = msgspec.msgpack.encode(Wake(clock, now_us, tuple(keys)))
                outputs.append(Output(task.stage.wakes, number, None, wake))
        if outputs:
            await send_outputs(self.kafka_producer, outputs)

    def _report(self) -> None:
        for stage in self.stages:
            tasks = {number: task for (name, number), task in self.work.items() if name == stage.name}
            METRICS.timers.labels(stage.name).set(sum(len(task.partition.timers) for task in tasks.values()))
            for topic in stage.inputs:
                backlog = sum(self._consumer_of_batches.backlog(TP(topic, number)) for number in tasks)
                METRICS.backlog.labels(stage.name, topic).set(backlog)
            clocks = [self._clock_ms(task, number) for number, task in tasks.items()]
            known = [clock for clock in clocks if clock is not None]
            if known:
                METRICS.clock_lag_seconds.labels(stage.name).set(max(0.0, time.time() - min(known) / 1000))
            _report_tallies(stage, tasks.values())

    @property
    def kafka_producer(self) -> Any:
        """The aiokafka producer itself: batches are written past Faust's buffer."""
        return cast(Any, self.producer)._producer

    @property
    def _consumer_of_batches(self) -> BatchConsumer:
        return cast(BatchConsumer, self.consumer)

    @property
    def is_ready(self) -> bool:
        return bool(self.work) and not self.rebalancing


def _report_tallies(stage: Stage, tasks: Iterable[PartitionTask]) -> None:
    totals: dict[tuple[str, str], int] = {}
    for task in tasks:
        for topic, tallies in task.partition.position.tallies.items():
            for outcome, count in tallies.items():
                totals[topic, outcome] = totals.get((topic, outcome), 0) + count
    for (topic, outcome), count in totals.items():
        METRICS.records.labels(stage.name, topic, outcome).set(count)


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
    os._exit(EXIT_FENCED if isinstance(reason, Fenced) else EXIT_BUG)


ROCKSDB_OPTIONS = {
    "block_cache_size": 32 << 20,
    "write_buffer_size": 16 << 20,
    "max_write_buffer_number": 3,
    "bloom_filter_size": 10,
    "max_open_files": 512,
}


def _options(settings: WorkerSettings) -> dict[str, Any]:
    return {
        "version": 1,
        "broker": [f"kafka://{broker}" for broker in settings.brokers.split(",")],
        "broker_credentials": settings.credentials,
        "origin": None,
        "autodiscover": False,
        "datadir": str(settings.data_dir),
        "processing_guarantee": "at_least_once",
        "store": "rocksdb://",
        "value_serializer": "raw",
        "key_serializer": "raw",
        "agent_supervisor": mode.CrashingSupervisor,
        "broker_commit_interval": 1.0,
        "broker_commit_every": 1_000_000_000,
        "broker_max_poll_records": 4000,
        "stream_buffer_maxsize": 16,
        "broker_session_timeout": settings.session_timeout_s,
        "broker_heartbeat_interval": settings.session_timeout_s / 5,
        "broker_rebalance_timeout": 60,
        "broker_request_timeout": 40,
        "broker_max_poll_interval": 300,
        "consumer_group_instance_id": settings.instance,
        "consumer_auto_offset_reset": "earliest",
        "consumer_max_fetch_size": 4 << 20,
        "producer_acks": -1,
        "producer_linger": 0,
        "producer_max_batch_size": 900 << 10,
        "producer_max_request_size": 1 << 20,
        "producer_compression_type": "lz4",
        "producer_request_timeout": 60,
        "stream_wait_empty": True,
        "stream_recovery_delay": 0,
        "stream_processing_timeout": 60,
        "recovery_consistency_check": True,
        "table_standby_replicas": 0,
        "topic_partitions": settings.partitions,
        "topic_replication_factor": 1,
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        "web_enabled": False,
        "worker_redirect_stdouts": False,
    }
