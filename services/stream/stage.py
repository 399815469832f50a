"""What a stage is, and what it may do with the partition it is given."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, takewhile
from typing import Any, NamedTuple, Protocol

import msgspec
from msgspec import Struct

from services.stream.cache import Cache
from services.stream.prefixes import Prefixes
from services.stream.timers import Timers
from services.stream.values import NEVER, WALL, body_of, clock_id, header, pack
from services.stream.wakes import Wake

#: Where the runtime keeps how far a partition is folded. No stage key may begin like it.
POSITION_KEY = b"\x00position"
#: What key and value of a record may take, compressed or not: a broker's limit of 1 MiB, less its overhead.
RECORD_BYTES_MAX = 1000 << 10
#: What an output takes besides while it waits in the outbox.
OUTBOX_ROOM = 1 << 10
#: What became of an offset that brought no record: a marker of a producer's transaction, or the topic
#: had lost it by age before it was read.
GAP = "gap"


class TooLarge(Exception):
    """A record exceeds what the log takes. Raised in the fold, before any effect of its batch."""


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
    """

    offsets: dict[str, int] = {}
    tallies: dict[str, dict[str, int]] = {}
    closed: list[int] = []
    first: int = 0
    last: int = -1


class Output(NamedTuple):
    topic: str
    partition: int
    key: bytes | None
    value: bytes
    #: To be written only once the other outputs of its batch are durable.
    is_last: bool = False


class Stage(Protocol):
    """One step of the dataflow. Pure but for the partition it is given; an exception ends the process."""

    name: str
    inputs: tuple[str, ...]
    wakes: str
    changelog: str

    def start(self, partition: "Partition") -> None:
        """The partition is ours and restored: set up what is not stored."""

    def fold(
        self, partition: "Partition", records: Sequence[Record], wakes: Sequence[Wake]
    ) -> Iterable[None] | None:
        """Takes a batch of records, in order, and the wakes that came with it.

        A stage with much to do yields now and then, so that other partitions and timers need not wait.
        """

    def beat(self, partition: "Partition", clock_ms: int) -> Iterable[None] | None:
        """Called about once a second with the clock: all received by then is folded. May yield, too."""


class Reader(Protocol):
    """The stored values of one partition."""

    def get(self, key: bytes) -> bytes | None: ...

    def items(self, from_key: bytes) -> Iterator[tuple[bytes, bytes]]: ...


class Partition:
    """One partition of a stage: its state, its timers, and the effects of the batch in hand."""

    def __init__(self, number: int, count: int, reader: Reader, cache_bytes: int) -> None:
        self.number = number
        self.count = count
        self.position = Position()
        self.cache: Cache[Any] = Cache(cache_bytes)
        self.timers = Timers()
        #: What a stage likes to keep beside its state while the partition is ours.
        self.notes: Any = None
        #: Whether what comes may be left alone for a while where the worker is behind: for the stage to say.
        self.may_wait = True
        #: Clocks other than the wall: hash of the name -> microseconds.
        self.clocks: dict[int, int] = {}
        #: Whether a wake of ours is written, or being written, and not yet folded.
        self.waking = False
        #: Broker time (ms) of the newest record in the batch in hand, wakes included.
        self.now_ms = 0
        #: Stored values that hold the last batch's outputs.
        self.outbox = 0
        self.outputs: list[Output] = []
        self.changes: dict[bytes, bytes | None] = {}
        #: Whether the position says something new that no change goes with.
        self.is_moved = False
        self._reader = reader
        self._version = self._timeless = b""
        self._prefixes = Prefixes(self.changes)

    def restore(self, items: Iterable[tuple[bytes, bytes]]) -> bytes:
        """Rebuilds timers and position from all stored values; returns the newest version among them."""
        newest = b""
        waiting: list[tuple[bytes, int, int]] = []
        for key, stored in items:
            version, due_us, clock = header(stored)
            if version > newest:
                newest = version
            if due_us != NEVER:
                waiting.append((key, due_us, clock))
            elif key == POSITION_KEY:
                self.position = msgspec.msgpack.decode(body_of(stored), type=Position)
        self.timers.load(waiting)
        wall = clock_id(WALL)
        self.position.closed = [clock for clock in self.position.closed if self.timers.move(clock, wall)]
        return newest

    def begin(self, version: bytes) -> None:
        """Starts a batch; its writes carry this version."""
        self.outputs, self.changes, self.is_moved, self._version = [], {}, False, version
        self._prefixes = Prefixes(self.changes)
        self._timeless = pack(version, NEVER, clock_id(WALL), b"")

    @property
    def order(self) -> int:
        """A number that grows with every batch, also from one owner of the partition to the next."""
        generation, batch = int.from_bytes(self._version[:4]), int.from_bytes(self._version[4:])
        return generation << 32 | batch

    def get(self, key: bytes) -> bytes | None:
        """The stage's bytes under this key, with the changes of this batch."""
        stored = self.changes[key] if key in self.changes else self._reader.get(key)
        return None if stored is None else body_of(stored)

    def scan(self, prefix: bytes) -> list[tuple[bytes, bytes]]:
        """All keys that begin so, with the stage's bytes."""
        found: dict[bytes, bytes | None] = {}
        for key, stored in self._reader.items(from_key=prefix):
            if not key.startswith(prefix):
                break
            found[key] = stored
        found.update((key, self.changes[key]) for key in self._prefixes.beginning(prefix))
        return [(key, body_of(stored)) for key, stored in sorted(found.items()) if stored is not None]

    def stored_keys(self, prefix: bytes, after: bytes, count: int) -> list[bytes]:
        """Of the keys that begin so and were stored before this batch, the next ones after a key."""
        later = (key for key, _ in self._reader.items(from_key=max(prefix, after)) if key > after)
        return list(islice(takewhile(lambda key: key.startswith(prefix), later), count))

    def put(self, key: bytes, body: bytes, due_us: int | None = None, clock: str = WALL) -> None:
        """Stores bytes, to be woken once `clock` has passed `due_us`."""
        if len(key) + len(body) > RECORD_BYTES_MAX:
            _refuse("the state of", key, body)
        self._prefixes.note(key)
        if due_us is None:
            self.changes[key] = self._timeless + body
            self.timers.cancel(key)
        else:
            on = clock_id(clock)
            self.changes[key] = pack(self._version, due_us, on, body)
            self.timers.set(key, due_us, on)

    def delete(self, key: bytes) -> None:
        self._prefixes.note(key)
        self.changes[key] = None
        self.timers.cancel(key)

    def send(
        self, topic: str, partition: int, key: bytes | None, value: bytes, is_last: bool = False
    ) -> None:
        if len(key or b"") + len(value) + OUTBOX_ROOM > RECORD_BYTES_MAX:
            _refuse(f"a record for {topic} with", key or b"", value)
        self.outputs.append(Output(topic, partition, key, value, is_last))

    def tally(self, topic: str, outcomes: Counter[str]) -> None:
        """Counts what became of records of a topic, durably."""
        self.is_moved = True
        tallies = self.position.tallies.setdefault(topic, {})
        for outcome, count in outcomes.items():
            tallies[outcome] = tallies.get(outcome, 0) + count

    def advance(self, topic: str, records: Sequence[Record]) -> Sequence[Record]:
        """Takes records of one topic, in order; returns those that were not taken before.

        The ledger knows of offsets that brought no record.
        """
        expected = self.position.offsets.get(topic, 0)
        if records[0].offset < expected:
            records = [record for record in records if record.offset >= expected]
            if not records:
                return records
        end = records[-1].offset + 1
        gap = end - expected - len(records)
        if gap:
            self.tally(topic, Counter({GAP: gap}))
        self.position.offsets[topic] = end
        return records

    def set_clock(self, name: str, now_us: int) -> None:
        """Moves a clock of the stage's own."""
        self.clocks[clock_id(name)] = now_us

    def close_clock(self, name: str) -> None:
        """What waited on this clock waits on the wall clock from now on. The name is used up."""
        clock = clock_id(name)
        self.clocks.pop(clock, None)
        if self.timers.move(clock, clock_id(WALL)) and clock not in self.position.closed:
            self.position.closed.append(clock)
            self.is_moved = True

    def is_quiet(self, clock_ms: int) -> bool:
        """Whether every deadline that the wall clock has passed was folded."""
        return not self.waking and not self.timers.is_due(clock_id(WALL), clock_ms * 1000)

    def save_position(self, changelog_next: int) -> None:
        """The last change of a batch whose records are expected to begin at this changelog offset."""
        self.position.first = changelog_next
        self.position.last = changelog_next + len(self.changes)
        self.changes[POSITION_KEY] = self._timeless + msgspec.msgpack.encode(self.position)


def _refuse(what: str, key: bytes, value: bytes) -> None:
    size = len(key) + len(value)
    raise TooLarge(f"{what} key {key[:200]!r} takes {size} bytes, and {RECORD_BYTES_MAX} are possible")
