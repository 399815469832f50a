"""What a stage is, and what it may do with the partition it is given."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, takewhile
from typing import Any, NamedTuple, Protocol

import msgspec

from services.stream.cache import Cache, Memory
from services.stream.position import Position, Record
from services.stream.prefixes import Prefixes
from services.stream.timers import Timers
from services.stream.too_large import RECORD_BYTES_MAX, refuse
from services.stream.values import NEVER, WALL, body_of, clock_id, header, order_of, pack
from services.stream.wakes import Wake

#: Where the runtime keeps how far a partition is folded. No stage key may begin like it.
POSITION_KEY = b"\x00position"
#: What an output takes besides while it waits in the outbox.
OUTBOX_ROOM = 1 << 10


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

    def __init__(self, number: int, count: int, reader: Reader, memory: Memory) -> None:
        self.number = number
        self.count = count
        self.position = Position()
        self.cache: Cache[Any] = Cache(memory)
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
        return order_of(self._version)

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
            refuse("the state of", key, body)
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
            refuse(f"a record for {topic} with", key or b"", value)
        self.outputs.append(Output(topic, partition, key, value, is_last))

    def tally(self, topic: str, outcomes: Counter[str]) -> None:
        """Counts what became of records of a topic, durably."""
        self.is_moved = True
        self.position.tally(topic, outcomes)

    def advance(self, topic: str, records: Sequence[Record]) -> Sequence[Record]:
        """Takes records of one topic, in order; returns those that were not taken before.

        The ledger knows of offsets that brought no record, and of what was said again long before.
        """
        fresh, left = self.position.advance(topic, records)
        if left:
            self.tally(topic, left)
        return fresh

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
