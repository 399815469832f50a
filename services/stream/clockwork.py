"""Time for the partitions: fires deadlines, tells stages what time it is, reports how they fare."""

import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from faust.types.tuples import TP

from services.stream import metrics
from services.stream.position import EXPIRED
from services.stream.stage import Stage
from services.stream.task import PartitionTask
from services.stream.values import WALL, clock_id
from services.stream.wakes import Wake

if TYPE_CHECKING:
    from services.stream.app import StreamApp

TICK_SECONDS = 0.1
BEAT_SECONDS = 1.0
#: Keys in one record of wakes, and records in one tick: a flood of deadlines is spread out.
WAKE_KEYS = 500
WAKE_RECORDS = 20


class Clockwork:
    def __init__(self, app: "StreamApp") -> None:
        self._app = app
        #: By stage: topic and outcome of the tallies that are told.
        self._told: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)

    async def run(self) -> None:
        """Fires deadlines, ten times a second; once a second tells stages the time."""
        last_beat = time.monotonic()
        while not self._app.should_stop:
            await self._app.sleep(TICK_SECONDS)
            if self._app.rebalancing:
                continue
            is_beat = time.monotonic() - last_beat >= BEAT_SECONDS
            self._note_lags()
            clocks = self._clocks()
            for (name, number), task in list(self._app.work.items()):
                if self._app.work.get((name, number)) is not task:
                    continue  # revoked while another one's wakes were written
                clock_ms = clocks[name, number]
                if clock_ms is not None:
                    await self._fire(task, clock_ms)
                    if is_beat:
                        task.beat(clock_ms)
            if is_beat:
                last_beat = time.monotonic()
                for store in self._app.stores.values():
                    store.flush_old()
                self._report()

    def _clocks(self) -> dict[tuple[str, int], int | None]:
        """What time it is for each partition: no later than for the stages that tell it something.

        What they have not folded yet may be just what its deadlines wait for. Only our own partitions are
        known; those of other workers are behind for the same reasons, and about as far.
        """
        clocks: dict[tuple[str, int], int | None] = {}
        bound: int | None = sys.maxsize
        for stage in self._app.stages:
            own = {
                at: self._clock_ms(task, at[1]) for at, task in self._app.work.items() if at[0] == stage.name
            }
            clocks |= {at: _earliest(bound, clock_ms) for at, clock_ms in own.items()}
            bound = _earliest(bound, *own.values())
        return clocks

    def _clock_ms(self, task: PartitionTask, number: int) -> int | None:
        """Broker time up to which all inputs of this partition number are folded."""
        topics = (*task.stage.inputs, task.stage.wakes)
        for topic in topics:
            task.folded_time.fold_all(topic, self._app.batch_consumer.folded_ms(TP(topic, number)))
        return task.folded_time.by_ms(topics, self._app.broker_time)

    def _lags_s(self, stage: Stage) -> list[float]:
        """How far each partition of a stage is behind now, where that is known."""
        tasks = [(number, task) for (name, number), task in self._app.work.items() if name == stage.name]
        clocks = [self._clock_ms(task, number) for number, task in tasks]
        now_ms = self._app.broker_time.now_ms()
        return [max(0.0, (now_ms - clock_ms) / 1000) for clock_ms in clocks if clock_ms is not None]

    def _note_lags(self) -> None:
        for stage in self._app.stages:
            self._app.holding_back.note(stage.name, self._lags_s(stage))

    async def _fire(self, task: PartitionTask, clock_ms: int) -> None:
        clocks = {clock_id(WALL): clock_ms * 1000, **task.partition.clocks}
        wakes = []
        for clock, now_us in clocks.items():
            for _ in range(WAKE_RECORDS):
                keys = task.partition.timers.pop_due(clock, now_us, WAKE_KEYS)
                if not keys:
                    break
                metrics.WAKES.labels(task.stage.name).inc(len(keys))
                wakes.append(Wake(clock, now_us, tuple(keys)))
        if wakes:
            await task.wake(wakes)

    def _report(self) -> None:
        self._app.broker_time.report()
        for stage in self._app.stages:
            tasks = {number: task for (name, number), task in self._app.work.items() if name == stage.name}
            self._report_offsets(stage, tasks)
            self._report_timers(stage, tasks)
            self._report_standbys(stage)
            self._report_cache(stage, tasks.values())
            self._report_tallies(stage, tasks.values())

    def _report_offsets(self, stage: Stage, tasks: dict[int, PartitionTask]) -> None:
        consumer = self._app.batch_consumer
        for topic in stage.inputs:
            folded = {TP(topic, number): task.folded.get(topic, 0) for number, task in tasks.items()}
            ends = [max(consumer.end_offset(place) or 0, offset) for place, offset in folded.items()]
            metrics.BACKLOG.labels(stage.name, topic).set(sum(map(consumer.backlog, folded)))
            metrics.END_OFFSET.labels(stage.name, topic).set(sum(ends))
            metrics.FOLDED_OFFSET.labels(stage.name, topic).set(sum(folded.values()))

    def _report_timers(self, stage: Stage, tasks: dict[int, PartitionTask]) -> None:
        now_seconds, wall = self._app.broker_time.now_ms() / 1000, clock_id(WALL)
        timers = [task.partition.timers for task in tasks.values()]
        dues = [due_us for each in timers if (due_us := each.earliest_us(wall)) is not None]
        late_seconds = now_seconds - min(dues) / 1e6 if dues else 0.0
        metrics.TIMERS.labels(stage.name).set(sum(map(len, timers)))
        metrics.TIMER_LATE_SECONDS.labels(stage.name).set(max(0.0, late_seconds))
        lags_s = self._lags_s(stage)
        if lags_s:
            metrics.CLOCK_LAG_SECONDS.labels(stage.name).set(max(lags_s))

    def _report_standbys(self, stage: Stage) -> None:
        followed = self._app.restoring.followed(stage.changelog)
        ends = {tp: end for tp in followed if (end := self._app.batch_consumer.end_offset(tp)) is not None}
        metrics.STANDBYS.labels(stage.name).set(len(followed))
        if len(ends) == len(followed):  # of one whose end is not known yet, nor is what is left
            left = sum(max(0, end - followed[tp]) for tp, end in ends.items())
            metrics.STANDBY_BACKLOG.labels(stage.name).set(left)

    def _report_cache(self, stage: Stage, tasks: Iterable[PartitionTask]) -> None:
        caches = [task.partition.cache for task in tasks]
        for result, count in (
            ("hit", sum(cache.hits for cache in caches)),
            ("miss", sum(cache.misses for cache in caches)),
        ):
            metrics.CACHE_READS.labels(stage.name, result).set(count)

    def _report_tallies(self, stage: Stage, tasks: Iterable[PartitionTask]) -> None:
        # What only a partition told that is no longer ours is zero here now, and its next owner tells it.
        totals = dict.fromkeys(self._told[stage.name], 0)
        for task in tasks:
            for topic, tallies in task.partition.position.tallies.items():
                totals.setdefault((topic, EXPIRED), 0)  # so that the first ones are seen to come
                for outcome, count in tallies.items():
                    totals[topic, outcome] = totals.get((topic, outcome), 0) + count
        for (topic, outcome), count in totals.items():
            metrics.RECORDS.labels(stage.name, topic, outcome).set(count)
        self._told[stage.name] = set(totals)


def _earliest(*clocks_ms: int | None) -> int | None:
    """None where one is not known."""
    known = [clock_ms for clock_ms in clocks_ms if clock_ms is not None]
    return min(known) if len(known) == len(clocks_ms) else None
