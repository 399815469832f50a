"""Replay runs in a partition of the customer stage: how far a run may be judged.

Contacts are folded by many partitions, each at its own speed. Judging a customer by the contacts
that happen to have arrived would raise what must be corrected a moment later. So a friction of a
run shows once every contact partition has folded all that was received by about its time.
"""

import msgspec
from msgspec import field

from schemas.replays import RunClock
from services.journey_builder.core.customer import Portrait
from services.journey_builder.runs import NOWHERE_US, Run, report
from services.stream.stage import Partition
from services.stream.values import WALL

RUN = b"r"
#: One request's events reach their partitions within so long of one another.
SLACK_MS = 1_000
BUCKET_MS = 1_000
#: Contacts handed over between partitions arrive within so long of the run's end.
SETTLE_MS = 2_000


class CustomerRun(Run):
    """`folded_ms`: by contact partition. `newest`: by second of receipt, the latest event time by then."""

    folded_ms: dict[int, int] = field(default_factory=dict)
    finished: set[int] = field(default_factory=set)
    newest: dict[int, int] = field(default_factory=dict)
    safe_us: int = NOWHERE_US

    @property
    def ends(self) -> str:
        """The clock that its journeys wait on for their silence: it stands until the run is over."""
        return f"{self.clock}/end"


_run = msgspec.msgpack.Decoder(CustomerRun)


class CustomerRuns:
    """The runs that this partition knows."""

    def __init__(self, partition: Partition) -> None:
        self._partition = partition
        self._runs = {run.name: run for run in (_run.decode(body) for _, body in partition.scan(RUN))}
        self._changed: set[str] = set()
        for run in self._runs.values():
            if run.closed_ms is None:
                partition.set_clock(run.clock, run.safe_us)
        self._hurry()

    def note(self, name: str) -> None:
        """A contact of this run was seen."""
        self._of(name).events += 1

    def is_open(self, name: str) -> bool:
        return name in self._runs and self._runs[name].closed_ms is None

    def shows(self, name: str, at_us: int) -> bool:
        """Whether what happened at a moment of a run may be judged."""
        return not self.is_open(name) or at_us <= self._runs[name].safe_us

    def deadlines(self, portrait: Portrait) -> dict[str, int]:
        """When (µs) to look at a customer again, by clock. Of a run, one: what may show comes first."""
        due_us: dict[str, int] = {}
        for name, at_us in portrait.closes_us.items():
            due_us[WALL if name is None else self._runs[name].ends] = at_us
        for name, at_us in portrait.hidden_us.items():
            run = self._runs[name]
            due_us.pop(run.ends, None)
            due_us[run.clock] = at_us
        return due_us

    def take(self, clock: RunClock) -> None:
        run = self._of(clock.run)
        run.folded_ms[clock.partition] = clock.folded_ms
        if clock.done:
            run.finished.add(clock.partition)
        elif clock.partition in run.finished:
            run.finished.remove(clock.partition)
            run.reopen()
        if clock.received_ms:
            second = clock.received_ms // BUCKET_MS + 1
            run.newest[second] = max(run.newest.get(second, NOWHERE_US), clock.newest_us)
        self._move_clock(run)

    def beat(self, clock_ms: int) -> None:
        for run in self._runs.values():
            if run.done:
                continue
            if run.closed_ms is None and len(run.finished) == self._partition.count:
                run.closed_ms = clock_ms
                self._partition.close_clock(run.clock)
                self._partition.close_clock(run.ends)
            elif run.closed_ms is not None and clock_ms > run.closed_ms + SETTLE_MS:
                run.done = self._partition.is_quiet(clock_ms)
            self._changed.add(run.name)
            report(self._partition, "customers", run, 0)
        self.save()

    def _hurry(self) -> None:
        """All partitions of a run go on together: each relies on what others have told by then."""
        self._partition.may_wait = all(run.done for run in self._runs.values())

    def save(self) -> None:
        self._hurry()
        for name in self._changed:
            self._partition.put(RUN + name.encode(), msgspec.msgpack.encode(self._runs[name]))
        self._changed.clear()

    def _of(self, name: str) -> CustomerRun:
        self._changed.add(name)
        return self._runs.setdefault(name, CustomerRun(name))

    def _move_clock(self, run: CustomerRun) -> None:
        if len(run.folded_ms) < self._partition.count or run.closed_ms is not None:
            return
        waiting = [ms for number, ms in run.folded_ms.items() if number not in run.finished]
        folded_ms = min(waiting, default=max(run.folded_ms.values()))
        passed = [second for second in run.newest if second * BUCKET_MS <= folded_ms - SLACK_MS]
        for second in passed:
            run.safe_us = max(run.safe_us, run.newest.pop(second))
        # Deadlines fire strictly after; what happened at that very moment may be judged.
        self._partition.set_clock(run.clock, run.safe_us + 1)
