"""Which changelog records count: those of whole batches that lie where their writer expected.

A batch of changes may take several produce requests. Its writer may die between two of them, or
another one, that has lost the partition without knowing, may write at the same place. Half a batch
must not be restored: its keys would be ahead of the position, and their records folded twice.
"""

from typing import Any

import msgspec
from msgspec import Struct

from services.stream.stage import POSITION_KEY
from services.stream.values import body_of


class _Bounds(Struct):
    """What this module reads of a `Position`."""

    first: int
    last: int


_bounds = msgspec.msgpack.Decoder(_Bounds)


class WholeBatches:
    """The records of one changelog partition, in order, let through a batch at a time."""

    def __init__(self) -> None:
        self._open: list[Any] = []
        self._whole: list[Any] = []
        self._refused: set[bytes] = set()

    def take(self, records: list[Any]) -> list[Any]:
        """Returns those of the records so far that count, each once."""
        for record in records:
            if self._open and record.offset > self._open[-1].offset + 1:
                # Compaction took what followed. A batch ends with its position, which is rewritten by
                # every later one, so that is what is missing: the batch was whole.
                self._close(self._open[0].offset)
            self._open.append(record)
            if record.key == POSITION_KEY:
                bounds = _bounds.decode(body_of(record.value))
                self._close(bounds.first if bounds.last == record.offset else record.offset + 1)
        whole, self._whole = self._whole, []
        return whole

    def _close(self, first: int) -> None:
        """The open records count from this offset on."""
        for record in self._open:
            if record.offset < first:
                self._refused.add(record.key)
            else:
                self._refused.discard(record.key)
                self._whole.append(record)
        self._open.clear()

    def refused(self) -> set[bytes]:
        """Keys whose last record in the log does not count: compaction would keep just that one."""
        return (self._refused | {record.key for record in self._open}) - {POSITION_KEY}
