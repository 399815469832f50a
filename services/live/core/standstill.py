"""Whether the journey builder stands still: events come, and what it has folded does not move.

A page that is blind must not say that nothing hurts. One that is behind and moves is no standstill.
"""

from collections.abc import Mapping

from msgspec import Struct

Place = tuple[str, int]
#: Looks in a row that find the same: more than between commits, or while partitions go to another worker.
LOOKS = 6


class _Seen(Struct):
    """An offset that is folded. `end`: of the log when that was seen first, or when nothing was to be folded.

    `since`: when there was more than that, in seconds; `looks`: how often that was seen since.
    """

    folded: int
    end: int
    since: float = 0.0
    looks: int = 0


class Standstill:
    def __init__(self) -> None:
        self._seen: dict[Place, _Seen] = {}

    def note(self, now: float, folded: Mapping[Place, int], ends: Mapping[Place, int]) -> None:
        """A look: the builder's next offset and the log's end, by topic and partition."""
        for place, end in ends.items():
            seen, offset = self._seen.get(place), folded.get(place, 0)
            if seen is None or seen.folded != offset:
                self._seen[place] = _Seen(offset, end)
            elif end > seen.end:
                seen.since = seen.since or now
                seen.looks += 1

    def waiting(self) -> dict[Place, int]:
        """Where events seem to wait, and from which offset on."""
        return {place: seen.folded for place, seen in self._seen.items() if seen.looks >= LOOKS}

    def dismiss(self, place: Place, end: int) -> None:
        """Up to this end there is nothing to fold: marks of transactions, which take offsets, too."""
        self._seen[place] = _Seen(self._seen[place].folded, end)

    def since(self) -> float | None:
        """Since when events wait at some place that does not move."""
        return min((self._seen[place].since for place in self.waiting()), default=None)
