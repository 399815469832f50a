"""How far a partition is folded, and what became of each record: what ends every batch of its changelog."""

import secrets
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct, field

from services.repeats import Batch, batch_of, is_older

#: What became of an offset that brought no record: a marker of a producer's transaction, as a rule.
GAP = "gap"
#: Of those that a topic had lost by age, or by hand, before they were read.
EXPIRED = "expired"
#: And of a record that was there already, written late by a worker that was replaced.
DUPLICATE = "duplicate"


class Record(Protocol):
    """A record as the Kafka client hands it over. `timestamp`: broker time, ms."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


class Position(Struct):
    """How far a partition is folded: next offset by topic, and what became of the records.

    It ends each batch in the changelog, and says where its writer expected that batch to lie.
    `closed`: clocks that stored values may still name, and that are the wall clock by now.
    `newest`: of what other workers wrote, each writer's newest batch, by topic.
    `life`: names this state, so that batches of one that begins anew are not taken for older ones.
    """

    offsets: dict[str, int] = {}
    tallies: dict[str, dict[str, int]] = {}
    closed: list[int] = []
    first: int = 0
    last: int = -1
    newest: dict[str, dict[str, Batch]] = {}
    life: str = field(default_factory=lambda: secrets.token_hex(4))

    def advance(self, topic: str, records: Sequence[Record]) -> tuple[Sequence[Record], Counter[str]]:
        """Takes records of one topic, in order.

        Returns those that were not taken before, and what became of the offsets that are not among them.
        """
        expected = self.offsets.get(topic, 0)
        if records[0].offset < expected:
            records = [record for record in records if record.offset >= expected]
            if not records:
                return records, Counter()
        end = records[-1].offset + 1
        left = Counter({GAP: end - expected - len(records)})
        self.offsets[topic] = end
        fresh = [record for record in records if not (record.headers and self._is_repeat(topic, record))]
        left[DUPLICATE] = len(records) - len(fresh)
        return fresh, +left

    def _is_repeat(self, topic: str, record: Record) -> bool:
        if (found := batch_of(record.headers)) is None:
            return False
        return is_older(self.newest.setdefault(topic, {}), *found)

    def tally(self, topic: str, outcomes: Counter[str]) -> None:
        tallies = self.tallies.setdefault(topic, {})
        for outcome, count in outcomes.items():
            tallies[outcome] = tallies.get(outcome, 0) + count

    def expire(self, topic: str, first: int) -> int:
        """The topic begins at `first` now: returns how many of its records went before they were read."""
        lost = max(0, first - self.offsets[topic])
        if lost:
            self.offsets[topic] = first
            self.tally(topic, Counter({EXPIRED: lost}))
        return lost

    def forget(self, topic: str) -> None:
        """Its log begins again."""
        for known in (self.offsets, self.tallies, self.newest):
            known.pop(topic, None)
