"""Decoded states, kept while there is room: least recently used out first."""

from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")

#: Python objects take about this many times the bytes they are stored in, and an entry this much besides.
OBJECT_OVERHEAD = 8
ENTRY_BYTES = 400


class Cache(Generic[T]):
    """`cost` is the stored size in bytes; the limit is on memory, so the overhead is counted in.

    `hits` and `misses` count what was asked for.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._items: OrderedDict[bytes, tuple[T, int]] = OrderedDict()
        self._room = limit_bytes
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._items)

    def get(self, key: bytes) -> T | None:
        item = self._items.get(key)
        if item is None:
            self.misses += 1
            return None
        self.hits += 1
        self._items.move_to_end(key)
        return item[0]

    def put(self, key: bytes, value: T, cost: int) -> None:
        items = self._items
        size = ENTRY_BYTES + OBJECT_OVERHEAD * cost
        known = items.get(key)
        items[key] = (value, size)
        if known is None:
            self._room -= size
        else:
            items.move_to_end(key)
            self._room -= size - known[1]
        while self._room < 0 and self._items:
            _, (_, freed) = self._items.popitem(last=False)
            self._room += freed

    def drop(self, key: bytes) -> None:
        item = self._items.pop(key, None)
        if item is not None:
            self._room += item[1]
