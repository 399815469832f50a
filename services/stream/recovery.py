"""Restoring state from the changelog in whole batches.

Faust's own recovery takes each record through its event path and never ends on a changelog whose
tail holds no records; these overrides apply fetched batches at once and look at positions too.
"""

import time
from typing import Any, cast

import mode
from faust.tables.recovery import RebalanceAgain, Recovery, ServiceStopped
from faust.types.tuples import TP

from services.stream import metrics
from services.stream.watchdog import Stuck


class BatchRecovery(Recovery):
    """Faust's recovery state machine, fed by `BatchConsumer`."""

    #: Number of the rebalance whose partitions were restored last.
    restored = 0
    #: Records that this took, or takes.
    restored_records = 0
    _rebalance = 0
    _began_s = 0.0

    async def crash(self, reason: BaseException) -> None:
        # Faust starts it beside its other services, and none of them would hear of it: a worker that
        # owns partitions, and never folds them.
        cast(Any, self.app)._crash(reason)

    @mode.Service.task
    async def _slurp_changelogs(self) -> None:
        """Nothing to do: batches are applied as they are fetched."""

    def _set_recovery_started(self) -> None:
        self.signal_recovery_end.clear()
        # Faust asks for this twice. What is read between would be the head of a batch whose tail comes after.
        cast(Any, self.app).consumer.pause_partitions(self.active_tps | self.standby_tps)
        for table in self.tables.values():
            cast(Any, table).data.begin_restore()
        super()._set_recovery_started()

    async def _wait(self, coro: Any, timeout: Any = None) -> None:
        # Faust takes a wait that was too long for its own end, and would never restore again.
        try:
            await super()._wait(coro, timeout)
        except ServiceStopped:
            if self.should_stop:
                raise
            raise Stuck(f"a restore waited for {timeout} s for what the broker did not answer") from None

    async def _build_highwaters(self, consumer: Any, tps: Any, destination: Any, title: str) -> None:
        # Those of standbys only delay what is ours: it is taken after they are known.
        destination.clear()
        if title != "standby":
            await super()._build_highwaters(consumer, tps, destination, title)

    def apply(self, tp: TP, records: list[Any]) -> None:
        """Applies a fetched batch of changelog records, active or standby."""
        is_active = tp in self.active_tps
        offsets = self.active_offsets if is_active else self.standby_offsets
        seen = offsets.get(tp)
        fresh = records if seen is None else [record for record in records if record.offset > seen]
        table = self.tp_to_table.get(tp)
        if fresh and table is not None:
            cast(Any, table).data.restore(tp.partition, fresh)
            offsets[tp] = fresh[-1].offset
            if is_active:
                self.restored_records += len(fresh)
            (metrics.RESTORED if is_active else metrics.FOLLOWED).inc(len(fresh))
        self._end_if_restored()

    def check_end_after_silence(self, delivered: dict[TP, int]) -> None:
        """After a fetch that found nothing, a position past the last record means its tail is markers."""
        if not self.in_recovery:
            return
        for tp, highwater in self.active_highwaters.items():
            if highwater is not None and delivered.get(tp, -1) > highwater:
                self.active_offsets[tp] = highwater
        self._end_if_restored()

    def _end_if_restored(self) -> None:
        if self.in_recovery and not self.need_recovery():
            self._set_recovery_ended()
            self.signal_recovery_end.set()

    async def on_rebalance(self, *args: Any, **options: Any) -> None:
        self._rebalance = cast(Any, self.app).rebalances
        self._began_s = time.monotonic()
        self.restored_records = 0
        # What was read goes beyond the whole batches that are in the store; the rest is read again.
        self.active_offsets.clear()
        self.standby_offsets.clear()
        await super().on_rebalance(*args, **options)

    async def on_recovery_completed(self, generation_id: int = 0) -> None:
        # One that a later rebalance interrupts ends here, too, with half of its changelogs read.
        is_interrupted = self.signal_recovery_start.is_set()
        if not (is_interrupted or self.is_overtaken):
            self.restored = self._rebalance
            await cast(Any, self.app).take_partitions(generation_id)
            await super().on_recovery_completed(generation_id)
            metrics.RECOVERY_SECONDS.set(time.monotonic() - self._began_s)

    def end_if_overtaken(self) -> None:
        """Looking up where to go on takes time: another rebalance may have begun, and stopped the flow."""
        if not self.is_newest:
            raise RebalanceAgain

    @property
    def is_newest(self) -> bool:
        """Whether no rebalance began since the one whose partitions were restored last."""
        return bool(cast(Any, self.app).rebalances == self.restored)

    @property
    def is_overtaken(self) -> bool:
        """Whether a rebalance began that has not assigned yet: what is to restore is not known until then.

        Until the group has a new generation, only the count tells.
        """
        return bool(cast(Any, self.app).rebalances != self._rebalance)

    def followed(self, changelog: str) -> dict[TP, int]:
        """Where reading goes on in a changelog's partitions that we keep up to date for their owners."""
        offsets = {tp: self.standby_offsets.get(tp) for tp in self.standby_tps if tp.topic == changelog}
        return {tp: 0 if offset is None else offset + 1 for tp, offset in offsets.items()}

    def left(self) -> int:
        """Changelog records still to restore."""
        return sum(max(0, left) for left in self.active_remaining().values()) if self.in_recovery else 0
