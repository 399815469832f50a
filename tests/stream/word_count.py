"""Somebody else's stage: counts words, and says so when one was not heard for a while."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import faust
import msgspec

from services.logs import configure_logs
from services.stream.app import StreamApp
from services.stream.options import WorkerSettings
from services.stream.position import Record
from services.stream.stage import Partition
from services.stream.wakes import Wake


class Count(msgspec.Struct, array_like=True):
    """`chain` tells any loss, repetition and change of order. `worker`: who wrote it, for the tests."""

    n: int = 0
    chain: int = 0
    last_ms: int = 0
    said: bool = True


class WordCount:
    name = "words"

    def __init__(self, run: str, silence_ms: int, worker: str = "") -> None:
        self.inputs: tuple[str, ...] = (f"{run}-in",)
        self.wakes, self.changelog = f"{run}-wakes", f"{run}-changelog"
        self._out, self._silence_ms, self._worker = f"{run}-out", silence_ms, worker

    def start(self, partition: Partition) -> None: ...

    def beat(self, partition: Partition, clock_ms: int) -> None: ...

    def fold(self, partition: Partition, records: Sequence[Record], wakes: Sequence[Wake]) -> None:
        counts: dict[bytes, Count] = {}
        for record in records:
            count = self._count(partition, counts, record.key or b"")
            self._listen(partition, record.key or b"", count, record.timestamp)
            chain = crc32(b"%d" % record.offset, count.chain)
            count.n, count.chain, count.last_ms, count.said = count.n + 1, chain, record.timestamp, False
        touched = list(counts.items())
        for wake in wakes:
            for word in wake.keys:
                self._listen(partition, word, self._count(partition, counts, word), wake.clock_us // 1000)
        for word, count in touched:
            self._send(partition, word, "count", count)
        for word, count in counts.items():
            due_us = None if count.said else (count.last_ms + self._silence_ms) * 1000
            partition.put(word, msgspec.msgpack.encode(count), due_us)

    def _count(self, partition: Partition, counts: dict[bytes, Count], word: bytes) -> Count:
        if word not in counts:
            body = partition.get(word)
            counts[word] = Count() if body is None else msgspec.msgpack.decode(body, type=Count)
        return counts[word]

    def _listen(self, partition: Partition, word: bytes, count: Count, now_ms: int) -> None:
        if not count.said and now_ms - count.last_ms > self._silence_ms:
            count.said = True
            self._send(partition, word, "silent", count)

    def _send(self, partition: Partition, word: bytes, what: str, count: Count) -> None:
        value = (what, count.n, count.chain, count.last_ms, self._worker)
        partition.send(self._out, partition.number, word, msgspec.json.encode(value))


def shift_clock(ahead_s: float) -> None:
    """As if this were a machine whose clock is off."""
    now = time.time
    time.time = lambda: now() + ahead_s


def main(
    run: str, silence_ms: str, worker: str, brokers: str, partitions: str, data_dir: str, standbys: str
) -> None:
    settings = WorkerSettings(
        group=run, instance=worker, brokers=brokers, partitions=int(partitions),
        data_dir=Path(data_dir), session_timeout_s=6.0, standbys=int(standbys),
    )  # fmt: skip
    configure_logs("INFO", worker)
    shift_clock(float(os.environ.get("CLOCK_AHEAD_S", "0")))
    app = StreamApp(settings, [WordCount(run, int(silence_ms), worker)])
    sys.argv[1:] = []
    faust.Worker(app, loglevel="WARNING", quiet=True, redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    main(*sys.argv[1:])
