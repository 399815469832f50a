"""Ends a process that is stuck: Faust and its clients can wait for what never comes."""

import asyncio
import time
from collections.abc import Callable, Hashable
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

import structlog

from services.stream import metrics

if TYPE_CHECKING:
    from services.stream.app import StreamApp

log = structlog.get_logger()

TICK_SECONDS = 1.0
LAG_TICKS_MAX = 30
STUCK_TICKS_MAX = 60
#: A rebalance waits for members that do not answer, twice as long as Kafka lets it at the most.
REBALANCE_TICKS_MAX = 120
#: The first batch of a partition that waits to be folded may do so for long when all are behind.
FOLD_TICKS_MAX = 300
#: Before Faust gives up waiting for its thread, after a minute.
STOP_TICKS_MAX = 50
REPORT_TICKS = 3


class Stuck(Exception):
    """Something has not moved for too long. A restart continues where the log says."""


class Wait(NamedTuple):
    """Something that may be waited for, and what changes whenever there is progress with it."""

    what: str
    is_waited_for: bool
    progress: Hashable
    ticks_max: int = STUCK_TICKS_MAX


class Patience:
    """Counts looks, not seconds: a process that was stopped for an hour has waited for nothing."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[Hashable, int]] = {}

    def look(self, wait: Wait) -> bool:
        """Whether there was no progress in too many looks in a row."""
        progress, ticks = self._seen.get(wait.what, (None, 0))
        ticks = ticks + 1 if wait.is_waited_for and progress == wait.progress else 0
        self._seen[wait.what] = (wait.progress, ticks)
        return ticks >= wait.ticks_max


class Watchdog:
    """A thread that asks the event loop once a second how things are."""

    def __init__(
        self, app: "StreamApp", loop: asyncio.AbstractEventLoop, end: Callable[[Stuck], None]
    ) -> None:
        self._app = app
        self._loop = loop
        self._end = end
        self._patience = Patience()
        self._ticks = 0
        self._asked_s = 0.0
        self._has_answered = True

    def start(self) -> None:
        Thread(target=self._watch, name="watchdog", daemon=True).start()

    def _watch(self) -> None:
        unanswered = 0
        while not self._loop.is_closed():
            time.sleep(TICK_SECONDS)
            if not self._has_answered:
                unanswered += 1
                if unanswered >= LAG_TICKS_MAX:
                    self._end(Stuck("the event loop"))
                continue
            unanswered, self._has_answered, self._asked_s = 0, False, time.monotonic()
            try:
                self._loop.call_soon_threadsafe(self._look)
            except RuntimeError:
                return  # closed: the process is ending by itself

    def _look(self) -> None:
        self._has_answered = True
        metrics.LOOP_LAG_SECONDS.set(time.monotonic() - self._asked_s)
        self._ticks += 1
        left = self._app.restoring.left()
        metrics.RECOVERING.set(left)
        if left and self._ticks % REPORT_TICKS == 0:
            log.info("restoring state", records_left=left)
        for wait in self._waits(left):
            if self._patience.look(wait):
                self._end(Stuck(wait.what))

    def _waits(self, left: int) -> list[Wait]:
        app = self._app
        if app.started_consumer is None:
            return []
        consumer = app.started_consumer
        folds = consumer.flight.oldest().items() if not app.rebalancing else ()
        return [
            *(Wait(f"fold of {tp.topic}/{tp.partition}", True, at, FOLD_TICKS_MAX) for tp, at in folds),
            Wait("stop", app.should_stop, app.should_stop, STOP_TICKS_MAX),
            Wait("recovery", app.in_recovery and not app.restoring.is_overtaken, left),
            Wait("commit", consumer.has_uncommitted and not app.rebalancing, consumer.commits),
            Wait("revocation", app.draining, app.rebalancing_count),
            Wait(
                "rebalance", app.rebalancing and not (app.in_recovery or app.draining), app.rebalancing_count,
                REBALANCE_TICKS_MAX,
            ),
        ]  # fmt: skip
