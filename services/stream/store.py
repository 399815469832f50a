"""The local store: one RocksDB a partition, always an exact prefix of the changelog."""

import shutil
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import rocksdict
import structlog
from faust.stores.rocksdb import Store

from services.stream.batches import WholeBatches
from services.stream.values import version_of

log = structlog.get_logger()

#: No log of its own: the changelog is that. After a kill the store is what it was some batches before, with
#: the offset of then, and the rest is restored.
_WRITE = rocksdict.WriteOptions()
_WRITE.disable_wal = True  # type: ignore[assignment, method-assign]  # an attribute, whatever its stub says
#: After so long what is written is on disk, full buffer or not. The changelog forgets deletions after a day
#: (`delete.retention.ms`); a store from before them would bring back what was deleted.
FLUSH_SECONDS = 600.0
#: A store that was last written longer ago is not used any more, for the same reason.
AGE_SECONDS_MAX = 86_400.0
#: When it was written last, in Unix seconds.
WRITTEN_KEY = b"__journeyline\0written__"

#: Name of the record header that carries the version of a deletion, which has no value to carry it.
VERSION_HEADER = "version"


class Rows:
    """Reads one partition's database."""

    def __init__(self, db: Any) -> None:
        self.get = db.get
        self._db = db

    def items(self, from_key: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """In order of the keys. The database's own `items` ends at a damaged row as if it were the last."""
        rows = self._db.iter()
        rows.seek(from_key)
        while rows.valid():
            yield rows.key(), rows.value()
            rows.next()
        rows.status()


class StateStore(Store):
    """Faust's RocksDB store, written in batches together with the changelog offset they end at."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._batches: defaultdict[int, WholeBatches] = defaultdict(WholeBatches)
        #: When the oldest write that may be in memory alone was made, by partition.
        self._unflushed: dict[int, float] = {}

    def reader(self, partition: int) -> "Rows":
        return Rows(self._db_for_partition(partition))

    def write(self, partition: int, changes: dict[bytes, bytes | None], changelog_offset: int) -> None:
        """Applies changes and remembers the changelog offset of the last one, atomically."""
        batch = rocksdict.WriteBatch(raw_mode=True)
        put, delete = batch.put, batch.delete
        for key, value in changes.items():
            if value is None:
                delete(key)
            else:
                put(key, value)
        put(self.offset_key, str(changelog_offset).encode())
        put(WRITTEN_KEY, str(int(time.time())).encode())
        self._db_for_partition(partition).write(batch, _WRITE)
        self._unflushed.setdefault(partition, time.monotonic())

    def flush_old(self) -> None:
        """Brings to disk what was written too long ago. To be called each second or so, also in silence: it
        takes one partition at a time, since others wait meanwhile."""
        now = time.monotonic()
        old = (number for number, written in self._unflushed.items() if now - written > FLUSH_SECONDS)
        partition = next(old, None)
        if partition is not None:
            self._db_for_partition(partition).flush()
            del self._unflushed[partition]

    def begin_restore(self) -> None:
        """The changelog is read again from the offsets in the store."""
        self._batches.clear()

    def refused(self, partition: int) -> set[bytes]:
        """Keys that must be written again, since the log ends with a record of theirs that does not count."""
        return self._batches[partition].refused()

    def restore(self, partition: int, records: list[Any]) -> None:
        """Applies whole batches of changelog records, unless the store has a later version of a key."""
        records = self._batches[partition].take(records)
        if not records:
            return
        db = self._db_for_partition(partition)
        changes: dict[bytes, bytes | None] = {}
        for record in records:
            stored = changes[record.key] if record.key in changes else db.get(record.key)
            if stored is None or _version_in(record) >= version_of(stored):
                changes[record.key] = record.value
        self.write(partition, changes, records[-1].offset)

    def all_items(self, partition: int) -> Iterator[tuple[bytes, bytes]]:
        """All stored values. Read it to its end: an open iterator keeps the database locked."""
        try:
            for key, value in self.reader(partition).items():
                if key not in (self.offset_key, WRITTEN_KEY):
                    yield key, value
        except Exception as error:
            if _is_damage(error):
                self._damaged(partition).touch()
            raise

    def _open_for_partition(self, partition: int) -> Any:
        if self._damaged(partition).exists():
            return self._open_anew(partition, "a row could not be read")
        try:
            db = super()._open_for_partition(partition)
        except Exception as error:
            if not _is_damage(error):
                raise
            return self._open_anew(partition, str(error))
        age_s = _age_s(db) if db.get(self.offset_key) is not None else 0.0
        if age_s > AGE_SECONDS_MAX:
            db.close()
            return self._open_anew(partition, f"it was last written {age_s:.0f} s ago")
        return db

    def _open_anew(self, partition: int, why: str) -> Any:
        path = self.partition_path(partition)
        log.warning("a store is of no use, and restored anew", path=str(path), why=why)
        shutil.rmtree(path)
        self._damaged(partition).unlink(missing_ok=True)
        return super()._open_for_partition(partition)

    def _damaged(self, partition: int) -> Path:
        """A file that says that the partition's store is not to be used again."""
        path: Path = self.partition_path(partition)
        return path.with_name(f"{path.name}.damaged")

    def revoke_partitions(self, table: Any, tps: Any) -> None:
        for tp in tps:
            if tp.topic in table.changelog_topic.topics:
                self._close(tp.partition)

    async def stop(self) -> None:
        for partition in list(self._dbs):
            self._close(partition)

    def _close(self, partition: int) -> None:
        # Faust only drops its reference, and the lock lives on with the garbage.
        db = self._dbs.pop(partition, None)
        self._unflushed.pop(partition, None)
        if db is not None:
            db.flush()
            db.close()


def _is_damage(error: Exception) -> bool:
    """Of a lock that another holds, or a full disk, a new store is no cure."""
    return str(error).startswith("Corruption")


def _age_s(db: Any) -> float:
    written = db.get(WRITTEN_KEY)
    return float("inf") if written is None else time.time() - int(written)


def _version_in(record: Any) -> bytes:
    if record.value is not None:
        return version_of(record.value)
    return next((value for name, value in record.headers if name == VERSION_HEADER), b"")
