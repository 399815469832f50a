"""The ledger of a partition: every offset that is folded is known to have become something."""

from collections import Counter
from collections.abc import Iterator

from services.stream.cache import Memory
from services.stream.fetching import LogRecord
from services.stream.stage import Partition
from services.stream.timers import Timers


class Nothing:
    def get(self, key: bytes) -> bytes | None:
        return None

    def items(self, from_key: bytes) -> Iterator[tuple[bytes, bytes]]:
        return iter(())


def record(offset: int) -> LogRecord:
    return LogRecord("events.call", 0, offset, 0, 1, b"", b"", ())


def test_offsets_without_a_record_are_gaps() -> None:
    partition = Partition(0, 1, Nothing(), Memory(1024))
    for offsets in ((3, 4), (3, 4, 7), (7,)):
        fresh = partition.advance("events.call", [record(offset) for offset in offsets])
        partition.tally("events.call", Counter(processed=len(fresh)))
    assert partition.position.offsets == {"events.call": 8}
    assert partition.position.tallies == {"events.call": {"gap": 5, "processed": 3}}
    assert sum(partition.position.tallies["events.call"].values()) == 8


def test_the_earliest_deadline_of_a_clock_is_known_and_no_cancelled_one() -> None:
    timers = Timers()
    assert timers.earliest_us(0) is None
    timers.set(b"a", 100, 0)
    timers.set(b"b", 200, 0)
    timers.set(b"c", 50, 1)
    timers.set(b"a", 300, 0)
    assert timers.earliest_us(0) == 200
    assert not timers.is_due(0, 200)
    assert timers.is_due(0, 201)
