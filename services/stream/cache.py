"""Decoded states, kept while there is room: least recently used out first."""

from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")

#: Python objects take about this many times the bytes they are stored in.
OBJECT_OVERHEAD = 8


class Cache(Generic[T]):
    """`cost` is the stored size in bytes; the limit is on memory, so the overhead is counted in."""

    def __init__(self, limit_bytes: int) -> None:
        self._items: OrderedDict[bytes, tuple[T, int]] = OrderedDict()
        self._room = limit_bytes // OBJECT_OVERHEAD

    def __len__(self) -> int:
        return len(self._items)

    def get(self, key: bytes) -> T | None:
        item = self._items.get(key)
        if item is None:
            return None
        self._items.move_to_end(key)
        return item[0]

    def put(self, key: bytes, value: T, cost: int) -> None:
        self.drop(key)
        self._items[key] = (value, cost)
        self._room -= cost
        while self._room < 0 and self._items:
            _, (_, freed) = self._items.popitem(last=False)
            self._room += freed

    def drop(self, key: bytes) -> None:
        item = self._items.pop(key, None)
        if item is not None:
            self._room += item[1]
