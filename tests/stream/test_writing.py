"""Batches to the log and back: cut at a size, written whole or not at all, restored in order."""

import sys
from pathlib import Path
from typing import Any

import pytest
from aiokafka.codec import lz4_encode
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from msgspec import Struct

from services.kafka import compress_lightly
from services.stream import outbox
from services.stream.batches import WholeBatches
from services.stream.cache import Memory
from services.stream.producing import Fenced, Item, _build, send_batches, send_outputs
from services.stream.stage import POSITION_KEY, Output, Partition
from services.stream.store import VERSION_HEADER, StateStore
from services.stream.task import PartitionTask
from services.stream.values import NEVER, body_of, pack, version
from tests.stream.fakes import BATCH_BYTES, FakeApp, FakeProducer, FakeStore, Stored

records: Any = sys.modules[DefaultRecordBatchBuilder.__module__]


class Change(Struct):
    """A changelog record."""

    offset: int
    key: bytes
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


def items(count: int, size: int = 300) -> list[Item]:
    return [(b"%d" % number, bytes(size)) for number in range(count)]


def test_records_are_cut_into_batches_that_a_broker_takes() -> None:
    assert [batch.record_count() for batch in _build(FakeProducer(), items(7), [], [])] == [3, 3, 1]


def test_records_are_compressed_at_the_light_level_and_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    value = b"".join(b"%d of the words that come again and again, " % (number**3) for number in range(2000))
    written = []
    monkeypatch.setattr(records, "lz4_encode", lz4_encode)
    for prepare in (bool, compress_lightly):
        prepare()
        one = BatchBuilder(1 << 20, 3)
        one.append(key=b"k", value=value, timestamp=1)
        written.append(bytes(one._build()))
    assert len(written[0]) < len(written[1]) < len(value)
    assert [[read.value for read in MemoryRecords(one).next_batch()] for one in written] == [[value]] * 2


def test_what_is_said_is_cut_into_values_that_a_record_holds_however_long_its_keys() -> None:
    partition = Partition(0, 1, Stored(), Memory(1 << 20))
    partition.begin(version(1, 1))
    for number in range(3000):
        partition.send("out", 0, b"%900d" % number, bytes(20))
    said = partition.outputs
    outbox.save(partition)
    assert len(partition.changes) > 1
    assert outbox.load(partition) == said


def test_a_record_larger_than_a_batch_goes_alone() -> None:
    mixed = [*items(1), *items(1, 2 * BATCH_BYTES), *items(1)]
    assert [batch.record_count() for batch in _build(FakeProducer(), mixed, [], [])] == [1, 1, 1]


async def test_offsets_are_those_the_broker_gave_batch_by_batch() -> None:
    written = await send_batches(FakeProducer(guests=(1,)), "t", 0, items(7))
    assert [(batch.start, batch.stop) for batch in written] == [(0, 3), (4, 7), (7, 8)]


async def test_outputs_of_others_between_ours_are_nothing_to_worry_about() -> None:
    producer = FakeProducer(guests=(0, 1, 2))
    await send_outputs(producer, [Output("t", number % 2, None, bytes(300)) for number in range(8)], [])
    assert {place: sum(one != "guest" for one in log) for place, log in producer.log.items()} == {
        ("t", 0): 4,
        ("t", 1): 4,
    }


class ThreeKeys:
    """Stores three keys a beat."""

    name, inputs, wakes, changelog = "three", (), "wakes", "changelog"

    def start(self, partition: Partition) -> None: ...

    def fold(self, partition: Partition, records: Any, wakes: Any) -> None: ...

    def beat(self, partition: Partition, clock_ms: int) -> None:
        for number in range(3):
            partition.put(b"%d" % number, bytes(300))


async def test_a_second_writer_of_the_changelog_is_noticed_between_batches_too() -> None:
    for guests in ((0,), (1,)):
        store = FakeStore()
        task = PartitionTask(ThreeKeys(), 0, 1, store, FakeApp(FakeProducer(guests)), 0)  # type: ignore[arg-type]
        with pytest.raises(Fenced, match="changelog/0: expected offset"):
            await task._fold_beat(0)
        assert store.written == []


async def test_a_batch_reaches_the_store_with_its_last_offset_and_rewrites_what_was_refused() -> None:
    store = FakeStore()
    task = PartitionTask(ThreeKeys(), 0, 1, store, FakeApp(FakeProducer()), 0)  # type: ignore[arg-type]
    await task._fold_beat(0)
    await task._fold_beat(0)
    keys = {b"0", b"1", b"2", POSITION_KEY}
    assert store.written == [(keys | {b"old"}, 4), (keys, 8)]


def batch(
    at: int, values: dict[bytes, bytes | None], generation: int = 1, expected: int | None = None
) -> Any:
    """A batch as it lies in the changelog from offset `at`; its writer expected it at another, maybe."""
    partition = Partition(0, 1, {}, Memory(0))  # type: ignore[arg-type]
    current = version(generation, 1)
    partition.begin(current)
    for key, value in values.items():
        partition.changes[key] = None if value is None else pack(current, NEVER, 0, value)
    partition.save_position(at if expected is None else expected)
    headers = ((VERSION_HEADER, current),)
    return [
        Change(at + index, key, value, () if value is not None else headers)
        for index, (key, value) in enumerate(partition.changes.items())
    ]


def keys_of(records: list[Any]) -> list[bytes]:
    return [record.key for record in records if record.key != POSITION_KEY]


def test_a_batch_counts_once_all_of_it_is_there() -> None:
    whole, log = WholeBatches(), batch(0, {b"a": b"1", b"b": b"2"})
    assert [keys_of(whole.take([record])) for record in log] == [[], [], [b"a", b"b"]]


def test_half_a_batch_of_a_dead_writer_does_not_count() -> None:
    whole = WholeBatches()
    log = batch(0, {b"a": b"1", b"b": b"2"})[:2] + batch(2, {b"a": b"1"})
    assert keys_of(whole.take(log)) == [b"a"]
    assert whole.refused() == {b"b"}


def test_a_batch_that_lies_elsewhere_than_its_writer_expected_does_not_count() -> None:
    whole = WholeBatches()
    log = batch(0, {b"a": b"1"}) + batch(2, {b"a": b"x", b"b": b"x"}, expected=0) + batch(5, {b"c": b"1"})
    assert keys_of(whole.take(log)) == [b"a", b"c"]
    assert whole.refused() == {b"a", b"b"}
    whole.take(batch(7, {b"a": b"1", b"b": None}))
    assert whole.refused() == set()


def test_batches_written_into_one_another_do_not_count() -> None:
    whole, ours = WholeBatches(), batch(0, {b"a": b"1", b"b": b"2"})
    theirs = batch(1, {b"z": b"x"}, expected=0)
    late = [Change(record.offset + 2, record.key, record.value) for record in ours[1:]]
    assert whole.take([ours[0], *theirs, *late]) == []
    assert whole.refused() == {b"a", b"b", b"z"}


def test_a_batch_whose_position_was_compacted_away_counts() -> None:
    log = batch(0, {b"a": b"1", b"b": b"2"})[:2] + batch(3, {b"c": b"3"})
    assert keys_of(WholeBatches().take(log)) == [b"a", b"b", b"c"]


class MemoryStore(StateStore):
    """The store's own rules over a dictionary."""

    def __init__(self, folder: Path) -> None:
        self.stored: dict[bytes, bytes] = {}
        self.offset = -1
        self._batches = {0: WholeBatches()}  # type: ignore[assignment]

    def _db_for_partition(self, partition: int) -> Any:
        return self.stored

    def write(self, partition: int, changes: dict[bytes, bytes | None], changelog_offset: int) -> None:
        self.offset = changelog_offset
        for key, value in changes.items():
            if value is None:
                self.stored.pop(key, None)
            else:
                self.stored[key] = value


def test_restoring_takes_the_latest_version_and_remembers_where_it_ends(tmp_path: Path) -> None:
    store = MemoryStore(tmp_path)
    newer, older = batch(0, {b"a": b"new", b"b": b"new"}, generation=2), batch(3, {b"a": b"old", b"b": None})
    store.restore(0, newer + older + batch(6, {b"c": b"half"})[:1])
    assert {key: body_of(store.stored[key]) for key in (b"a", b"b")} == {b"a": b"new", b"b": b"new"}
    assert b"c" not in store.stored
    assert store.offset == 5
    assert store.refused(0) == {b"c"}


def test_restoring_deletes_by_a_deletion_of_the_same_or_a_later_version(tmp_path: Path) -> None:
    store = MemoryStore(tmp_path)
    store.restore(0, batch(0, {b"a": b"1"}) + batch(2, {b"a": None}, generation=2))
    assert b"a" not in store.stored
