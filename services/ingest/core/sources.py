"""How each source fares: when it was last heard of, its rate against its usual, and its mistakes."""

from collections import Counter, deque
from collections.abc import Iterable

from msgspec import Struct, field

BUCKET_SECONDS = 300
#: A day of them is what is usual; the newest whole one is now.
BUCKETS = 288
SOURCES_MAX = 1000
DETAIL_MAX = 300


#: Tenant and source.
Name = tuple[str, str]


class LastError(Struct, frozen=True):
    at: float
    reason: str
    detail: str


class Standing(Struct):
    """One source. Times are Unix seconds; rates are events a minute, None where it is too early to say."""

    first_seen: float
    last_seen: float | None = None
    accepted: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    last_error: LastError | None = None
    #: Events by bucket: its number and how many; empty ones are left out.
    buckets: deque[list[int]] = field(default_factory=deque)

    def add(self, events: int, now: float) -> None:
        number = int(now // BUCKET_SECONDS)
        if not self.buckets or self.buckets[-1][0] < number:
            self.buckets.append([number, 0])
        self.buckets[-1][1] += events
        while self.buckets[0][0] < number - BUCKETS:
            self.buckets.popleft()

    def per_minute(self, now: float) -> float:
        """In the last whole bucket and the one that runs."""
        number = int(now // BUCKET_SECONDS)
        events = sum(count for bucket, count in self.buckets if bucket >= number - 1)
        seconds = min(BUCKET_SECONDS + now % BUCKET_SECONDS, max(now - self.first_seen, 1.0))
        return round(events * 60 / seconds, 2)

    def usual_per_minute(self, now: float) -> float | None:
        """In the day before that, or as much of it as is known."""
        number = int(now // BUCKET_SECONDS)
        first = max(int(self.first_seen // BUCKET_SECONDS), number - BUCKETS)
        whole = number - 1 - first
        if whole < 1:
            return None
        events = sum(count for bucket, count in self.buckets if first <= bucket < number - 1)
        return round(events * 60 / (whole * BUCKET_SECONDS), 2)


class Sources:
    """All of them; of too many those that were silent longest are forgotten."""

    def __init__(self, sources_max: int = SOURCES_MAX) -> None:
        self._sources_max = sources_max
        self._standings: dict[Name, Standing] = {}

    def accept(self, names: Iterable[Name], now: float) -> None:
        """One name an event."""
        for name, events in Counter(names).items():
            standing = self._renewed(name, now)
            standing.last_seen = now
            standing.accepted += events
            standing.add(events, now)

    def blame(self, name: Name, reason: str, detail: str, now: float) -> None:
        """An event of the source that was refused or quarantined."""
        standing = self._renewed(name, now)
        standing.last_seen = now
        standing.errors[reason] += 1
        standing.last_error = LastError(now, reason, detail[:DETAIL_MAX])

    def of(self, tenant: str | None) -> list[tuple[Name, Standing]]:
        """A tenant's, or all; the one last heard of first."""
        mine = ((name, one) for name, one in self._standings.items() if tenant in (None, name[0]))
        return list(reversed(list(mine)))

    def _renewed(self, name: Name, now: float) -> Standing:
        standing = self._standings.pop(name, None) or Standing(first_seen=now)
        self._standings[name] = standing
        if len(self._standings) > self._sources_max:
            del self._standings[next(iter(self._standings))]
        return standing
