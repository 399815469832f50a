"""The brokers' time, which deadlines run on, and up to when a partition is folded.

A topic that nothing comes to is folded up to the moment at which the worker asked for more, and that is a
moment on its own clock. By how much that one is off is told by what it writes: the broker stamps it between
the worker's sending and its answer.
"""

import time
from collections.abc import Iterable

import structlog

from services.stream import metrics
from services.stream.producing import Landed

log = structlog.get_logger()

#: From so much on somebody should set the clock.
OFF_MS = 1000


class BrokerTime:
    """How far this machine's clock is ahead of the brokers'."""

    def __init__(self) -> None:
        #: Negative: behind.
        self.ahead_ms = 0.0

    def now_ms(self) -> float:
        return time.time() * 1000 - self.ahead_ms

    def note(self, written: Iterable[Landed]) -> None:
        """What the broker has answered now."""
        answered_ms, before_ms = time.time() * 1000, self.ahead_ms
        for batch in written:
            if batch.stamped_ms is not None:
                least_ms, most_ms = batch.sent_ms - batch.stamped_ms, answered_ms - batch.stamped_ms
                self.ahead_ms = min(max(self.ahead_ms, least_ms), most_ms)
        if self.ahead_ms != before_ms:
            metrics.CLOCK_AHEAD_SECONDS.set(self.ahead_ms / 1000)
        if abs(before_ms) < OFF_MS <= abs(self.ahead_ms):
            log.warning(
                "this machine's clock is not the broker's: reckoned with, but set it",
                ahead_seconds=round(self.ahead_ms / 1000, 3),
            )


class FoldedTime:
    """Up to when the topics of a partition are folded."""

    def __init__(self) -> None:
        #: By topic: the broker's stamp of the newest record folded; and the moment of ours by which all was.
        self._stamped_ms: dict[str, int] = {}
        self._asked_ms: dict[str, int] = {}

    def fold(self, topic: str, stamped_ms: int) -> None:
        self._stamped_ms[topic] = max(stamped_ms, self._stamped_ms.get(topic, stamped_ms))

    def ask(self, topic: str, asked_ms: int | None) -> None:
        """All that there was when we asked is folded; None where it is not. What was folded stays folded."""
        if asked_ms is not None:
            self._asked_ms[topic] = max(asked_ms, self._asked_ms.get(topic, asked_ms))

    def by_ms(self, topics: Iterable[str], ahead_ms: float) -> int | None:
        """Broker time by which all of these are folded; None where that is not known of one.

        It goes back only where our clock turns out to be ahead.
        """
        times: list[int] = []
        for topic in topics:
            stamped_ms, asked_ms = self._stamped_ms.get(topic), self._asked_ms.get(topic)
            known = [stamped_ms, None if asked_ms is None else int(asked_ms - ahead_ms)]
            latest = max((time_ms for time_ms in known if time_ms is not None), default=None)
            if latest is None:
                return None
            times.append(latest)
        return min(times)
