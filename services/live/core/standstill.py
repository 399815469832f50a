"""Whether the journey builder stands still: events come, and what it has folded does not move.

A page that is blind must not say that nothing hurts. One that is behind and moves is no standstill.
"""

from collections.abc import Mapping

from msgspec import Struct

Place = tuple[str, int]
#: Of the builder's commits, some seconds apart, and of a worker's partitions that move to another.
PATIENCE_SECONDS = 60.0


class _Seen(Struct):
    """`end`: of the log when this offset was seen first; `since`: when there was more than that."""

    folded: int
    end: int
    since: float | None = None


class Standstill:
    def __init__(self) -> None:
        self._seen: dict[Place, _Seen] = {}

    def note(self, now: float, folded: Mapping[Place, int], ends: Mapping[Place, int]) -> None:
        """What is so at `now` (seconds): the builder's next offset and the log's end, by topic and partition.

        What lies between them when a place is first seen may be no records, but marks of transactions.
        """
        for place, end in ends.items():
            seen, offset = self._seen.get(place), folded.get(place, 0)
            if seen is None or seen.folded != offset:
                self._seen[place] = _Seen(offset, end)
            elif seen.since is None and end > seen.end:
                seen.since = now

    def since(self, now: float) -> float | None:
        """Since when events have waited at some place that does not move; None while that is not long."""
        waiting = [seen.since for seen in self._seen.values() if seen.since is not None]
        earliest = min(waiting, default=None)
        return earliest if earliest is not None and now - earliest >= PATIENCE_SECONDS else None
