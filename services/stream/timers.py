"""Deadlines of one partition: in memory, rebuilt from the stored values' headers.

Each deadline runs on a clock. The wall clock is the partition's own; a stage may open others that
move only when it says so. Cancelling is lazy: the heap keeps stale entries, `_due` knows better. A
deadline far away that moves with every event would leave one each time, so heaps are swept.
"""

from collections import defaultdict
from collections.abc import Iterable
from heapq import heapify, heappop, heappush

#: Stale entries that a heap may keep beside as many as there are deadlines.
STALE_MAX = 1000


class Timers:
    def __init__(self) -> None:
        self._due: dict[bytes, tuple[int, int]] = {}
        self._heaps: defaultdict[int, list[tuple[int, bytes]]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self._due)

    def load(self, waiting: Iterable[tuple[bytes, int, int]]) -> None:
        """Many deadlines at once, of keys that have none: key, microseconds, clock."""
        for key, due_us, clock in waiting:
            self._due[key] = (due_us, clock)
            self._heaps[clock].append((due_us, key))
        for heap in self._heaps.values():
            heapify(heap)

    def set(self, key: bytes, due_us: int, clock: int) -> None:
        """The deadline of a key from now on."""
        if self._due.get(key) != (due_us, clock):
            self._due[key] = (due_us, clock)
            heap = self._heaps[clock]
            heappush(heap, (due_us, key))
            if len(heap) > 2 * len(self._due) + STALE_MAX:
                # Sorted, so a heap again.
                heap[:] = sorted((due, waiting) for waiting, (due, on) in self._due.items() if on == clock)

    def cancel(self, key: bytes) -> None:
        self._due.pop(key, None)

    def pop_due(self, clock: int, now_us: int, limit: int) -> list[bytes]:
        """Takes out the keys whose deadline the clock has passed, at most `limit`."""
        heap, keys = self._heaps[clock], list[bytes]()
        while heap and heap[0][0] < now_us and len(keys) < limit:
            due_us, key = heappop(heap)
            if self._due.get(key) == (due_us, clock):
                del self._due[key]
                keys.append(key)
        return keys

    def is_due(self, clock: int, now_us: int) -> bool:
        earliest_us = self.earliest_us(clock)
        return earliest_us is not None and earliest_us < now_us

    def earliest_us(self, clock: int) -> int | None:
        """The next deadline on this clock."""
        heap = self._heaps[clock]
        while heap and self._due.get(heap[0][1]) != (heap[0][0], clock):
            heappop(heap)
        return heap[0][0] if heap else None

    def count_on(self, clock: int) -> int:
        return sum(1 for _, on in self._due.values() if on == clock)

    def move(self, clock: int, to: int) -> bool:
        """All that waits on one clock waits on the other from now on; returns whether there was any."""
        moved = False
        for due_us, key in self._heaps.pop(clock, []):
            if self._due.get(key) == (due_us, clock):
                self.set(key, due_us, to)
                moved = True
        return moved
