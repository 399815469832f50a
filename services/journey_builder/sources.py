"""The sources that a worker hears: how often, how late, and whether one has fallen silent."""

from collections import Counter

import msgspec

from schemas.times import SECOND_US
from services.journey_builder.core.silence import Pace
from services.journey_builder.metrics import (
    SOURCE_DELAY,
    SOURCE_EVENTS,
    SOURCE_SEEN,
    SOURCE_SILENT,
    SOURCES_UNWATCHED,
)
from services.stream.stage import Partition

SOURCE = b"s"
#: Names come from outside: no more are watched.
SOURCES_MAX = 500
#: How often a partition stores what is known of a source.
SAVE_MS = 30_000

_pace = msgspec.msgpack.Decoder(Pace)


class Heard:
    """The live events of one batch, by source. `delays`: from the newest one to its receipt, in seconds."""

    def __init__(self) -> None:
        self.events: Counter[str] = Counter()
        self.delays: dict[str, float] = {}

    def note(self, source: str, received_ms: int, at_us: int) -> None:
        self.events[source] += 1
        self.delays[source] = received_ms / 1000 - at_us / SECOND_US


class Sources:
    """Of one worker, over all of its partitions: each alone would hear too little to know the usual."""

    def __init__(self) -> None:
        self._paces: dict[str, Pace] = {}
        self._saved: dict[tuple[int, str], int] = {}

    def start(self, partition: Partition) -> None:
        for name, body in partition.scan(SOURCE):
            pace = _pace.decode(body)
            known = self._paces.get(source := name[len(SOURCE) :].decode())
            if known is None or known.last_ms < pace.last_ms:
                self._paces[source] = pace

    def hear(self, partition: Partition, heard: Heard) -> None:
        for source, events in heard.events.items():
            pace = self._paces.get(source)
            if pace is None:
                if len(self._paces) >= SOURCES_MAX:
                    SOURCES_UNWATCHED.inc(events)
                    continue
                pace = self._paces[source] = Pace(partition.now_ms, partition.now_ms)
            pace.hear(events, partition.now_ms)
            SOURCE_EVENTS.labels(source).inc(events)
            SOURCE_SEEN.labels(source).set(pace.last_ms / 1000)
            SOURCE_DELAY.labels(source).set(heard.delays[source])
            place = (partition.number, source)
            if pace.is_known and partition.now_ms - self._saved.get(place, 0) >= SAVE_MS:
                self._saved[place] = partition.now_ms
                partition.put(SOURCE + source.encode(), msgspec.msgpack.encode(pace))

    def is_silent(self, source: str, now_ms: int) -> bool:
        pace = self._paces.get(source)
        return pace is not None and pace.is_silent(now_ms)

    def tell(self, now_ms: int) -> None:
        for source, pace in self._paces.items():
            SOURCE_SILENT.labels(source).set(pace.is_silent(now_ms))
