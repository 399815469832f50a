"""Replay runs in a partition of the contact stage.

Deadlines of a run wait on a clock of its own that never moves, so they pass only by later events of
their contact. When the run has ended and all of it is folded, they move to the wall clock. Who goes on
with a run later opens it again.
"""

import msgspec
from msgspec import Struct

from schemas import topics
from schemas.events import SEPARATOR
from schemas.replays import RunClock, RunMark, RunReport
from services.stream.stage import Partition
from services.stream.values import WALL, clock_id

RUN = b"r"
#: A run ends by itself when no partition has seen an event of it for so long (broker time).
SILENCE_MS = 60_000
#: How often a partition that sees events of a run tells the others.
MARK_MS = 5_000
#: What is received up to so long after the end was sent before it: brokers' clocks differ.
SLACK_MS = 5_000

#: Before every event.
NOWHERE_US = -(2**62)


class Run(Struct):
    """Times in ms of the broker, `newest_us` in µs of the events."""

    name: str
    events: int = 0
    newest_us: int = NOWHERE_US
    received_ms: int = 0
    alive_ms: int = 0
    marked_ms: int = 0
    ended_ms: int | None = None
    closed_ms: int | None = None
    done: bool = False
    reported: tuple[int, int, bool] = (0, 0, False)
    #: Deadlines that waited when it was closed.
    left: int = 0
    #: How often it was opened again after it had been closed.
    reopened: int = 0

    @property
    def clock(self) -> str:
        """What its deadlines wait on. A clock that was closed is used up."""
        return f"{self.name}{SEPARATOR}{self.reopened}" if self.reopened else self.name

    def reopen(self) -> None:
        if self.closed_ms is not None:
            self.reopened += 1
        self.ended_ms = self.closed_ms = None
        self.done = False


_run = msgspec.msgpack.Decoder(Run)


class ContactRuns:
    """The runs that this partition knows."""

    def __init__(self, partition: Partition) -> None:
        self._partition = partition
        self._runs = {run.name: run for run in (_run.decode(body) for _, body in partition.scan(RUN))}
        self._changed: set[str] = set()

    def clock(self, name: str | None) -> str:
        """What the deadlines of a contact wait on that is of this run."""
        run = None if name is None else self._runs.get(name)
        return WALL if run is None or run.closed_ms is not None else run.clock

    def note_event(self, name: str, received_ms: int, at_us: int) -> None:
        run = self._of(name, received_ms)
        run.events += 1
        run.newest_us = max(run.newest_us, at_us)
        run.received_ms = max(run.received_ms, received_ms)
        run.alive_ms = max(run.alive_ms, received_ms)

    def take_mark(self, mark: RunMark, received_ms: int) -> None:
        """A run is alive elsewhere, or its sender says that it has ended."""
        run = self._of(mark.run, mark.received_ms)
        run.alive_ms = max(run.alive_ms, received_ms)
        if mark.ended and run.ended_ms is None:
            run.ended_ms = received_ms

    def _of(self, name: str, received_ms: int) -> Run:
        """The run of an event that was received then."""
        self._changed.add(name)
        run = self._runs.setdefault(name, Run(name))
        if run.ended_ms is not None and received_ms > run.ended_ms + SLACK_MS:
            run.reopen()
        return run

    def save(self) -> None:
        """Stores what has changed, and tells the other partitions of runs they may not see."""
        for name in list(self._changed):
            run = self._runs[name]
            self._mark(run, run.received_ms)
            self._partition.put(RUN + name.encode(), msgspec.msgpack.encode(run))
        self._changed.clear()

    def beat(self, clock_ms: int) -> None:
        """All that was received by `clock_ms` is folded: tells the customer stage, and ends runs."""
        for run in self._runs.values():
            if not run.done:
                # Its last event may have come just after a mark.
                self._mark(run, clock_ms)
                self._advance(run, clock_ms)
                self._tell(run, clock_ms)
            report(self._partition, "contacts", run, self._deadlines(run))
        self.save()

    def _mark(self, run: Run, now_ms: int) -> None:
        """Tells the other partitions, now and then, that events of the run have come."""
        if run.received_ms > run.marked_ms and now_ms - run.marked_ms >= MARK_MS:
            run.marked_ms = run.received_ms
            self._changed.add(run.name)
            mark = RunMark(run=run.name, received_ms=run.received_ms)
            self._to_all(topics.REPLAYS.name, run.name, msgspec.json.encode(mark))

    def _advance(self, run: Run, clock_ms: int) -> None:
        before = (run.ended_ms, run.closed_ms, run.done)
        if run.ended_ms is None and clock_ms > run.alive_ms + SILENCE_MS:
            run.ended_ms = clock_ms
        elif run.ended_ms is not None and run.closed_ms is None and clock_ms > run.ended_ms:
            run.left = self._partition.timers.count_on(clock_id(run.clock))
            run.closed_ms = clock_ms
            self._partition.close_clock(run.clock)
        elif run.closed_ms is not None and self._partition.is_quiet(clock_ms):
            run.done = True
        if (run.ended_ms, run.closed_ms, run.done) != before:
            self._changed.add(run.name)

    def _tell(self, run: Run, clock_ms: int) -> None:
        clock = RunClock(
            run=run.name,
            partition=self._partition.number,
            folded_ms=clock_ms,
            received_ms=run.received_ms,
            newest_us=run.newest_us,
            done=run.done,
        )
        # By way of the identity stage: what it learns of this run's contacts is told before.
        body = msgspec.msgpack.encode(clock)
        self._partition.send(topics.CLAIMS.name, 0, run.name.encode(), body)

    def _deadlines(self, run: Run) -> int:
        """Those that wait. Once the run is closed, all that have passed by then fire together."""
        if run.closed_ms is None:
            return self._partition.timers.count_on(clock_id(run.clock))
        return 0 if run.done else run.left

    def _to_all(self, topic: str, key: str, value: bytes) -> None:
        for number in range(self._partition.count):
            self._partition.send(topic, number, key.encode(), value)


def report(partition: Partition, stage: str, run: "Run", deadlines: int) -> None:
    """Says how far this partition is with a run, if that is news."""
    news = (run.events, deadlines, run.done)
    if news == run.reported:
        return
    run.reported = news
    part = f"{stage}/{partition.number}"
    message = RunReport(run=run.name, part=part, events=run.events, deadlines=deadlines, done=run.done)
    partition.send(topics.RUNS.name, 0, f"{run.name}/{part}".encode(), msgspec.json.encode(message))
