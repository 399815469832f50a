"""Batches handed over and not yet committed, by partition, in order."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from typing import Any

from faust.types.tuples import TP


class Skipped(Exception):
    """A batch got lost between the fetch and the fold. A restart reads it again: nothing after it was
    committed."""


class Flight:
    """What was acknowledged is committed up to the first batch that was not."""

    def __init__(self) -> None:
        self._batches: defaultdict[TP, deque[Any]] = defaultdict(deque)

    def add(self, message: Any, first_offset: int) -> None:
        """One that was fetched again, after a seek, takes the place of the earlier."""
        batches = self._batches[message.tp]
        while batches and batches[-1].offset >= first_offset:
            batches.pop()  # nobody else may acknowledge that one
        batches.append(message)

    def clear(self) -> None:
        self._batches.clear()

    def committable(self) -> Iterator[TP]:
        """Partitions with something to commit."""
        return (tp for tp, batches in self._batches.items() if batches and batches[0].acked)

    def pop_offset(self, tp: TP) -> int | None:
        """Removes what may be committed; returns the offset after it."""
        batches, offset = self._batches[tp], None
        while batches and batches[0].acked:
            offset = batches.popleft().offset + 1
        return offset

    def has_acknowledged(self) -> bool:
        """Also behind a batch that is not: acknowledged in order, that one never will be."""
        return any(message.acked for batches in self._batches.values() for message in batches)

    def is_folded(self, tp: TP) -> bool:
        """Whether nothing of a partition waits to be folded."""
        batches = self._batches.get(tp)
        return not batches or batches[-1].acked

    def oldest(self) -> dict[TP, int]:
        """By partition, the offset of the first batch that is not acknowledged."""
        waiting = ((tp, self._unacknowledged(tp)) for tp in self._batches)
        return {tp: first.offset for tp, batches in waiting if (first := next(batches, None)) is not None}

    def check(self, messages: Iterable[Any]) -> None:
        """Whoever folds what is not next would lose what is."""
        waiting: dict[TP, Iterator[Any]] = {}
        for message in messages:
            tp = message.tp
            if (expected := next(waiting.setdefault(tp, self._unacknowledged(tp)), None)) is not message:
                ends = "nothing" if expected is None else f"the batch that ends at {expected.offset}"
                raise Skipped(f"{tp.topic}/{tp.partition}: {ends} is next, not {message.offset}")

    def _unacknowledged(self, tp: TP) -> Iterator[Any]:
        return (message for message in self._batches.get(tp, ()) if not message.acked)
