"""The brokers' time, which deadlines run on, and up to when a partition is folded.

A topic that nothing comes to is folded up to the moment at which the worker asked for more. What time that
was for the broker is told by what the worker writes: the broker stamps it between the sending and the answer.
The worker's own moments are uptimes: clocks are set now and then, and no deadline shall move with them.
"""

import time
from collections.abc import Iterable

import structlog

from services.stream import metrics
from services.stream.producing import Landed
from services.stream.uptime import uptime_ms

log = structlog.get_logger()

#: From so much on somebody should set the clock; so often it is said.
OFF_MS = 1000
TELL_EVERY_MS = 600_000


class BrokerTime:
    """What time it is at the brokers: by this machine's clock, until something that was written tells."""

    def __init__(self) -> None:
        self._began_ms = time.time() * 1000 - uptime_ms()
        self._told_ms = float("-inf")

    def at_ms(self, uptime: float) -> int:
        """Broker time (ms) of a moment of ours."""
        return int(self._began_ms + uptime)

    def now_ms(self) -> float:
        return self._began_ms + uptime_ms()

    def note(self, written: Iterable[Landed]) -> None:
        """What the broker has answered now."""
        answered_ms = uptime_ms()
        for batch in written:
            if batch.stamped_ms is not None:
                earliest_ms, latest_ms = batch.stamped_ms - answered_ms, batch.stamped_ms - batch.sent_ms
                self._began_ms = min(max(self._began_ms, earliest_ms), latest_ms)

    def report(self) -> None:
        """Tells how far this machine's clock is off."""
        ahead_ms = time.time() * 1000 - self.now_ms()
        metrics.CLOCK_AHEAD_SECONDS.set(ahead_ms / 1000)
        if abs(ahead_ms) >= OFF_MS and uptime_ms() - self._told_ms >= TELL_EVERY_MS:
            self._told_ms = uptime_ms()
            log.warning(
                "this machine's clock is not the broker's: reckoned with, but set it",
                ahead_seconds=round(ahead_ms / 1000, 3),
            )


class FoldedTime:
    """Up to when the topics of a partition are folded."""

    def __init__(self) -> None:
        #: By topic: the broker's stamp of the newest record folded; and the uptime by which all was.
        self._stamped_ms: dict[str, int] = {}
        self._asked_ms: dict[str, float] = {}

    def fold(self, topic: str, stamped_ms: int) -> None:
        self._stamped_ms[topic] = max(stamped_ms, self._stamped_ms.get(topic, stamped_ms))

    def fold_all(self, topic: str, asked_ms: float | None) -> None:
        """All that there was when we asked is folded; None where it is not. What was folded stays folded."""
        if asked_ms is not None:
            self._asked_ms[topic] = max(asked_ms, self._asked_ms.get(topic, asked_ms))

    def by_ms(self, topics: Iterable[str], brokers: BrokerTime) -> int | None:
        """Broker time by which all of these are folded; None where that is not known of one.

        It goes back only where the broker's time turns out to be another one.
        """
        times: list[int] = []
        for topic in topics:
            stamped_ms, asked_ms = self._stamped_ms.get(topic), self._asked_ms.get(topic)
            known = [stamped_ms, None if asked_ms is None else brokers.at_ms(asked_ms)]
            latest = max((time_ms for time_ms in known if time_ms is not None), default=None)
            if latest is None:
                return None
            times.append(latest)
        return min(times)
