"""The local store: one RocksDB a partition, always an exact prefix of the changelog."""

import shutil
import time
from collections import defaultdict
from collections.abc import Iterator
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


class StateStore(Store):
    """Faust's RocksDB store, written in batches together with the changelog offset they end at."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._batches: defaultdict[int, WholeBatches] = defaultdict(WholeBatches)
        #: When the oldest write that may be in memory alone was made, by partition.
        self._unflushed: dict[int, float] = {}

    def reader(self, partition: int) -> Any:
        return self._db_for_partition(partition)

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
        for key, value in self._db_for_partition(partition).items():
            if key not in (self.offset_key, WRITTEN_KEY):
                yield key, value

    def _open_for_partition(self, partition: int) -> Any:
        db = super()._open_for_partition(partition)
        age_s = _age_s(db) if db.get(self.offset_key) is not None else 0.0
        if age_s > AGE_SECONDS_MAX:
            path = self.partition_path(partition)
            log.warning("a store is too old, and restored anew", path=str(path), age_s=age_s)
            db.close()
            shutil.rmtree(path)
            db = super()._open_for_partition(partition)
        return db

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


def _age_s(db: Any) -> float:
    written = db.get(WRITTEN_KEY)
    return float("inf") if written is None else time.time() - int(written)


def _version_in(record: Any) -> bytes:
    if record.value is not None:
        return version_of(record.value)
    return next((value for name, value in record.headers if name == VERSION_HEADER), b"")
