"""Deadlines of one partition: in memory, rebuilt from the stored values' headers.

Each deadline runs on a clock. The wall clock is the partition's own; a stage may open others that
move only when it says so. Cancelling is lazy: the heap keeps stale entries, `_due` knows better. A
deadline far away that moves with every event would leave one each time, so heaps are swept.
"""

from collections import defaultdict
from collections.abc import Iterable
from heapq import heapify, heappop, heappush, heapreplace

from services.stream.values import NEVER

#: Stale entries that a heap may keep beside as many as there are deadlines.
STALE_MAX = 1000


class Timers:
    def __init__(self) -> None:
        #: By clock: key -> microseconds. A key is on one clock at a time.
        self._due: defaultdict[int, dict[bytes, int]] = defaultdict(dict)
        self._heaps: defaultdict[int, list[tuple[int, bytes]]] = defaultdict(list)

    def __len__(self) -> int:
        return sum(map(len, self._due.values()))

    def load(self, waiting: Iterable[tuple[bytes, int, int]]) -> None:
        """Many deadlines at once, of keys that have none: key, microseconds, clock."""
        for key, due_us, clock in waiting:
            self._due[clock][key] = due_us
            self._heaps[clock].append((due_us, key))
        for heap in self._heaps.values():
            heapify(heap)

    def set(self, key: bytes, due_us: int, clock: int) -> None:
        """The deadline of a key from now on."""
        due = self._due[clock]
        if len(self._due) > 1:
            for others in self._due.values():
                if others is not due:
                    others.pop(key, None)
        known_us = due.get(key)
        due[key] = due_us
        if known_us is not None and known_us <= due_us:
            return  # its entry comes up early, and then moves on: see `earliest_us`
        heap = self._heaps[clock]
        heappush(heap, (due_us, key))
        if len(heap) > 2 * len(due) + STALE_MAX:
            # Sorted, so a heap again.
            heap[:] = sorted((waiting_us, waiting) for waiting, waiting_us in due.items())

    def cancel(self, key: bytes) -> None:
        for due in self._due.values():
            due.pop(key, None)

    def pop_due(self, clock: int, now_us: int, limit: int) -> list[bytes]:
        """Takes out the keys whose deadline the clock has passed, at most `limit`."""
        keys = list[bytes]()
        while len(keys) < limit and (due_us := self.earliest_us(clock)) is not None and due_us < now_us:
            _, key = heappop(self._heaps[clock])
            del self._due[clock][key]
            keys.append(key)
        return keys

    def is_due(self, clock: int, now_us: int) -> bool:
        earliest_us = self.earliest_us(clock)
        return earliest_us is not None and earliest_us < now_us

    def earliest_us(self, clock: int) -> int | None:
        """The next deadline on this clock; its entry is first in the heap then."""
        heap, due = self._heaps[clock], self._due[clock]
        while heap:
            entry_us, key = heap[0]
            due_us = due.get(key, NEVER)
            if due_us == entry_us:
                return entry_us
            if due_us > entry_us:
                heapreplace(heap, (due_us, key))
            else:
                heappop(heap)
        return None

    def count_on(self, clock: int) -> int:
        return len(self._due[clock])

    def move(self, clock: int, to: int) -> bool:
        """All that waits on one clock waits on the other from now on; returns whether there was any."""
        waiting = self._due.pop(clock, {})
        self._heaps.pop(clock, None)
        for key, due_us in waiting.items():
            self.set(key, due_us, to)
        return bool(waiting)
