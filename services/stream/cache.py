"""Decoded states, kept while there is room: what was not asked for of late goes out first."""

from collections import OrderedDict
from typing import Any, Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")

#: Python objects take about this many times the bytes they are stored in, and an entry this much besides.
OBJECT_OVERHEAD = 8
ENTRY_BYTES = 400
#: So many get a second chance for one that comes, so that no one pays for all.
CHANCES = 16


class _Entry(Struct, gc=False):
    """`is_used`: whether it was asked for since it came, or had its second chance."""

    value: Any
    size: int
    is_used: bool = False


class Memory:
    """What some caches may take together, in bytes: how much each needs, nobody can foresee."""

    def __init__(self, limit_bytes: int) -> None:
        self.left = limit_bytes
        self._limit = limit_bytes
        self._caches: list[Cache[Any]] = []

    def join(self, cache: "Cache[Any]") -> None:
        self._caches.append(cache)

    def leave(self, cache: "Cache[Any]") -> None:
        self._caches.remove(cache)

    def make_room(self, asking: "Cache[Any]") -> None:
        """Who has more than an equal share gives way itself, else who has most does."""
        is_large = asking.used * len(self._caches) > self._limit
        (asking if is_large else max(self._caches, key=_used)).make_room()


def _used(cache: "Cache[Any]") -> int:
    return cache.used


class Cache(Generic[T]):
    """`cost` is the stored size in bytes; the limit is on memory, so the overhead is counted in.

    The order is that of coming; who was used meanwhile may stay once more. To move each one that is asked for
    would touch its neighbours, too, and in memory that is full of states that costs more than to find it.
    `hits` and `misses` count what was asked for.
    """

    def __init__(self, memory: Memory) -> None:
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()
        self._memory = memory
        self._memory.join(self)
        self.used = 0
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: bytes) -> T | None:
        entry = self._entries.get(key)
        if entry is None:
            self.misses += 1
            return None
        self.hits += 1
        entry.is_used = True
        value: T = entry.value
        return value

    def put(self, key: bytes, value: T, cost: int) -> None:
        size = ENTRY_BYTES + OBJECT_OVERHEAD * cost
        entry = self._entries.get(key)
        if entry is None:
            self._entries[key] = _Entry(value, size)
            more = size
        else:
            more = size - entry.size
            entry.value, entry.size = value, size
        self.used += more
        self._memory.left -= more
        if self._memory.left < 0:
            self._memory.make_room(self)

    def drop(self, key: bytes) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._give(entry.size)

    def close(self) -> None:
        """Its partition is not ours any more."""
        self._entries.clear()
        self._give(self.used)
        self._memory.leave(self)

    def _give(self, size: int) -> None:
        self.used -= size
        self._memory.left += size

    def make_room(self) -> None:
        chances = min(CHANCES, len(self._entries) // 2)
        while self._memory.left < 0 and self._entries:
            key, entry = self._entries.popitem(last=False)
            if entry.is_used and chances:
                chances -= 1
                entry.is_used = False
                self._entries[key] = entry
            else:
                self._give(entry.size)
