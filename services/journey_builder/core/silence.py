"""Whether a source has fallen silent against its usual: a dead feed turns every queued call into a wait."""

from math import exp

from msgspec import Struct

#: The usual is that of about the last so many minutes.
MEMORY_MS = 10 * 60_000
#: What has not been heard for longer, or more often, than this has no usual yet.
KNOWN_MS = 5 * 60_000
KNOWN_EVENTS = 100
#: Silent is who misses so many of his usual events in a row, for at least so long.
MISSED_EVENTS = 50
SILENT_MS = 60_000


class Pace(Struct, array_like=True):
    """How a source has been heard, in broker time. `rate`: events per ms."""

    since_ms: int
    last_ms: int
    events: int = 0
    rate: float = 0.0

    def hear(self, events: int, now_ms: int) -> None:
        """So many events arrived, the newest of them now."""
        passed_ms = max(now_ms - self.last_ms, 1)
        share = 1 - exp(-passed_ms / MEMORY_MS)
        self.rate += share * (events / passed_ms - self.rate)
        self.events += events
        self.last_ms = max(self.last_ms, now_ms)

    @property
    def is_known(self) -> bool:
        return self.events >= KNOWN_EVENTS and self.last_ms - self.since_ms >= KNOWN_MS

    def is_silent(self, now_ms: int) -> bool:
        missed = (now_ms - self.last_ms) * self.rate
        return self.is_known and now_ms - self.last_ms > SILENT_MS and missed > MISSED_EVENTS
