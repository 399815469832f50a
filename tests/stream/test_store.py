"""The store after a kill: a copy of its files while it is open is what a killed process leaves."""

import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import faust
import pytest

from services.stream import store as store_module
from services.stream.options import ROCKSDB_OPTIONS
from services.stream.store import StateStore


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[list[StateStore]]:
    """Stores that are closed in the end."""
    stores: list[StateStore] = []
    yield stores
    for store in stores:
        for partition in list(store._dbs):
            store._close(partition)


def open_store(folder: Path, opened: list[StateStore]) -> StateStore:
    app = faust.App("store", datadir=str(folder), store="memory://")
    store = StateStore(
        "rocksdb://", app, app.Table("t", partitions=1), table_name="t", key_type=bytes, value_type=bytes,
        key_serializer="raw", value_serializer="raw", options=dict(ROCKSDB_OPTIONS),
    )  # fmt: skip
    opened.append(store)
    return store


def kill(folder: Path, opened: list[StateStore]) -> StateStore:
    """What is there after the process was killed now."""
    left = folder.with_name(f"{folder.name}-{len(opened)}")
    for _ in range(50):
        try:
            shutil.copytree(folder, left, dirs_exist_ok=True)
        except shutil.Error:  # what a flush has made useless goes a moment later
            shutil.rmtree(left)
        else:
            return open_store(left, opened)
    raise AssertionError("the files change all the time")


@pytest.mark.parametrize("what", ["CURRENT", "MANIFEST*", "*.sst"])
def test_a_damaged_store_is_restored_anew(tmp_path: Path, opened: list[StateStore], what: str) -> None:
    folder = tmp_path / "data"
    store = open_store(folder, opened)
    rows: dict[bytes, bytes | None] = {
        b"k%d" % number: b"\0" * 28 + random.Random(number).randbytes(100) for number in range(5000)
    }
    store.write(0, rows, 10)
    store._close(0)
    (file,) = folder.rglob(what)
    file.write_bytes(file.read_bytes()[: 1000 if what == "*.sst" else 0])
    assert read_surely(folder, opened) == {}


def test_a_row_that_cannot_be_read_is_restored_anew(tmp_path: Path, opened: list[StateStore]) -> None:
    folder = tmp_path / "data"
    store = open_store(folder, opened)
    store.write(0, {b"k%d" % number: b"\0" * 28 + b"%d" % number * 100 for number in range(5000)}, 10)
    store._close(0)
    (file,) = folder.rglob("*.sst")
    data = bytearray(file.read_bytes())
    data[len(data) // 3] ^= 0xFF
    file.write_bytes(data)
    with pytest.raises(Exception, match="Corruption"):
        read_surely(folder, opened)
    assert read_surely(folder, opened) == {}


def read_surely(folder: Path, opened: list[StateStore]) -> dict[bytes, bytes]:
    """All rows, as a worker that starts reads them."""
    store = open_store(folder, opened)
    try:
        return dict(store.all_items(0))
    finally:
        store._close(0)


def test_a_kill_takes_the_newest_batches_and_their_offset_with_them(
    tmp_path: Path, opened: list[StateStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(tmp_path / "data", opened)
    store.write(0, {b"a": b"1", b"b": b"1"}, 10)
    monkeypatch.setattr(store_module, "FLUSH_SECONDS", 0.0)
    store.flush_old()
    store.write(0, {b"a": None, b"b": b"2"}, 20)
    assert dict(store.all_items(0)) == {b"b": b"2"}
    left = kill(tmp_path / "data", opened)
    assert dict(left.all_items(0)) == {b"a": b"1", b"b": b"1"}
    assert left.reader(0).get(left.offset_key) == b"10"


def test_what_was_written_long_ago_is_on_disk_without_more_writes(
    tmp_path: Path, opened: list[StateStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(tmp_path / "data", opened)
    store.write(0, {b"a": b"1"}, 10)
    store.flush_old()
    assert dict(kill(tmp_path / "data", opened).all_items(0)) == {}
    monkeypatch.setattr(store_module, "FLUSH_SECONDS", 0.0)
    store.flush_old()
    assert dict(kill(tmp_path / "data", opened).all_items(0)) == {b"a": b"1"}


def test_one_that_lay_for_days_is_not_used(tmp_path: Path, opened: list[StateStore]) -> None:
    """The changelog may have forgotten by now what was deleted since."""
    store = open_store(tmp_path / "data", opened)
    store.write(0, {b"a": b"1"}, 10)
    store.write(1, {b"a": b"1"}, 10)
    store._db_for_partition(0).put(store_module.WRITTEN_KEY, str(int(time.time()) - 2 * 86_400).encode())
    for number in (0, 1):
        store._close(number)
    again = open_store(tmp_path / "data", opened)
    assert [dict(again.all_items(number)) for number in (0, 1)] == [{}, {b"a": b"1"}]
    assert [again.reader(number).get(again.offset_key) for number in (0, 1)] == [None, b"10"]


def test_they_are_brought_to_disk_one_at_a_time(
    tmp_path: Path, opened: list[StateStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(tmp_path / "data", opened)
    for number in range(3):
        store.write(number, {b"a": b"1"}, 10)
    monkeypatch.setattr(store_module, "FLUSH_SECONDS", 0.0)
    left = []
    for _ in range(4):
        left.append(len(store._unflushed))
        store.flush_old()
    assert left == [3, 2, 1, 0]


def test_one_that_was_closed_in_order_has_all(tmp_path: Path, opened: list[StateStore]) -> None:
    store = open_store(tmp_path / "data", opened)
    store.write(0, {b"a": b"1"}, 10)
    store._close(0)
    again = kill(tmp_path / "data", opened)
    assert (dict(again.all_items(0)), again.reader(0).get(again.offset_key)) == ({b"a": b"1"}, b"10")
