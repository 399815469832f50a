"""Both stages of the journey builder over topics in memory: no Kafka, no clock but the test's."""

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import orjson
from msgspec import Struct

from schemas import topics
from schemas.codec import parse_event
from schemas.contacts import ContactHead, CustomerHead
from schemas.frictions import Friction, State
from schemas.identities import JournalEntry
from schemas.journeys import Journey, JourneyState
from schemas.partitioning import partition_of
from schemas.replays import RunMark, RunReport
from services.journey_builder.contacts import ContactStage
from services.journey_builder.core.identity import policy
from services.journey_builder.core.identity.keys import Keys
from services.journey_builder.core.rule_book import SHIPPED, Fixed, RuleBook
from services.journey_builder.customers import CustomerStage
from services.journey_builder.identity.stage import IdentityStage
from services.stream.cache import Memory
from services.stream.stage import POSITION_KEY, Output, Partition, Stage
from services.stream.values import version
from services.stream.wakes import Wake

CACHE_BYTES = 1 << 22
#: Broker time of the first batch, long after all events; and a moment by which all deadlines have
#: passed, but too early for contacts to be forgotten.
RECEIVED_MS = 2_000_000_000_000
LATER_US = RECEIVED_MS * 1000 + 10 * 86_400_000_000
Raw = dict[str, Any]


class MemoryRecord(Struct):
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class MemoryStore:
    """The stored values of one partition, sorted as RocksDB has them."""

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}
        self._sorted: list[bytes] | None = None

    def get(self, key: bytes) -> bytes | None:
        return self.values.get(key)

    def items(self, from_key: bytes) -> Iterator[tuple[bytes, bytes]]:
        if self._sorted is None:
            self._sorted = sorted(self.values)
        for place in range(bisect_left(self._sorted, from_key), len(self._sorted)):
            yield (key := self._sorted[place]), self.values[key]

    def apply(self, changes: dict[bytes, bytes | None]) -> None:
        self._sorted = None
        for key, value in changes.items():
            if value is None:
                self.values.pop(key, None)
            else:
                self.values[key] = value


class Pipeline:
    """Feed it events, let time pass, and read what was published."""

    def __init__(
        self, partitions: int = 2, book: RuleBook = SHIPPED, chosen: policy.Policy = policy.DEFAULT
    ) -> None:
        self.rules = rules = Fixed(book)
        keys = Keys(b"secret")
        self.count = partitions
        self.now_ms = 0
        self.log: defaultdict[str, list[Output]] = defaultdict(list)
        self._offsets: defaultdict[tuple[str, int], int] = defaultdict(int)
        self._stages: tuple[Stage, ...] = (
            ContactStage(keys, rules, chosen),
            IdentityStage(keys, chosen),
            CustomerStage(rules),
        )
        self._stores = {(stage.name, p): MemoryStore() for stage in self._stages for p in range(partitions)}
        self._partitions: dict[tuple[str, int], Partition] = {}
        self._batches = 0
        self._readers = {topics.REPLAYS.name: 0, topics.CLAIMS.name: 1, topics.SUMMARIES.name: 2}
        self.restart()

    def choose(self, chosen: policy.Policy, others_know: bool = True) -> None:
        """Starts again with other terms; or only the worker that decides who is who does."""
        keys, (contacts, _, customers) = Keys(b"secret"), self._stages
        if others_know:
            contacts = ContactStage(keys, self.rules, chosen)
        self._stages = (contacts, IdentityStage(keys, chosen), customers)
        self.restart()

    def restart(self) -> None:
        """As after a crash: memory is gone, stores are there."""
        for stage in self._stages:
            for number in range(self.count):
                store = self._stores[stage.name, number]
                partition = Partition(number, self.count, store, Memory(CACHE_BYTES))
                partition.restore(store.items(b""))
                partition.begin(version(1, 1))
                stage.start(partition)
                self._partitions[stage.name, number] = partition

    def feed(self, events: Iterable[Raw], now_ms: int) -> None:
        """One batch, received at `now_ms`, and all that follows from it."""
        self.now_ms = now_ms
        batches: defaultdict[int, list[MemoryRecord]] = defaultdict(list)
        for raw in events:
            event = parse_event(raw)
            number = partition_of(event.key, self.count)
            topic = topics.EVENTS[event.channel].name
            batches[number].append(self._record(Output(topic, number, event.key, orjson.dumps(raw))))
        for number, records in batches.items():
            self._run(self._stages[0], number, records, [])

    def pass_time(self, clock_us: int = LATER_US) -> None:
        """The wall clock of every partition passes this moment."""
        for stage in self._stages:
            for number in range(self.count):
                timers = self._partitions[stage.name, number].timers
                if keys := timers.pop_due(0, clock_us, 1 << 30):
                    self._run(stage, number, [], [Wake(0, clock_us, tuple(keys))])

    def beat(self, clock_ms: int) -> None:
        """The clock of every partition is here: all that was received by then is folded."""
        self.now_ms = clock_ms
        for stage in self._stages:
            for number in range(self.count):
                self._begin(partition := self._partitions[stage.name, number])
                for _ in stage.beat(partition, clock_ms) or ():
                    pass
                self._end(stage, number)
                self._pass_run_clocks(stage, number)

    def _pass_run_clocks(self, stage: Stage, number: int) -> None:
        partition = self._partitions[stage.name, number]
        for clock, now_us in list(partition.clocks.items()):
            if keys := partition.timers.pop_due(clock, now_us, 1 << 30):
                self._run(stage, number, [], [Wake(clock, now_us, tuple(keys))])

    def end_run(self, run: str, now_ms: int) -> None:
        """Its sender says that a replay run has ended."""
        self._mark(RunMark(run=run, ended=True), now_ms)

    def mark_run(self, run: str, alive_ms: int, now_ms: int) -> None:
        """A partition says that it has seen an event of a run that was received then."""
        self._mark(RunMark(run=run, received_ms=alive_ms), now_ms)

    def _mark(self, mark: RunMark, now_ms: int) -> None:
        self.now_ms = now_ms
        for number in range(self.count):
            output = Output(topics.REPLAYS.name, number, mark.run.encode(), msgspec.json.encode(mark))
            self._run(self._stages[0], number, [self._record(output)], [])

    def _run(self, stage: Stage, number: int, records: Sequence[MemoryRecord], wakes: Sequence[Wake]) -> None:
        partition = self._partitions[stage.name, number]
        self._begin(partition)
        deque(stage.fold(partition, records, wakes) or (), maxlen=0)
        self._end(stage, number)

    def _begin(self, partition: Partition) -> None:
        self._batches += 1
        partition.begin(version(1, self._batches))
        partition.now_ms = self.now_ms

    def _end(self, stage: Stage, number: int) -> None:
        """Stores what changed, publishes, and feeds the next stage."""
        partition = self._partitions[stage.name, number]
        outputs = partition.outputs
        partition.save_position(0)
        self._stores[stage.name, number].apply(partition.changes)
        passed: defaultdict[tuple[int, int], list[MemoryRecord]] = defaultdict(list)
        for output in outputs:
            self.log[output.topic].append(output)
            if output.topic in self._readers:
                passed[self._readers[output.topic], output.partition].append(self._record(output))
        for (reader, home), records in passed.items():
            self._run(self._stages[reader], home, records, [])

    def _record(self, output: Output) -> MemoryRecord:
        offset = self._offsets[output.topic, output.partition]
        self._offsets[output.topic, output.partition] += 1
        return MemoryRecord(output.topic, output.partition, offset, self.now_ms, output.key, output.value)

    def frictions(self) -> dict[str, Friction]:
        """The last record of each friction."""
        return {friction.friction_id: friction for friction in self._decoded(topics.FRICTIONS.name, Friction)}

    def raised(self) -> list[Friction]:
        return [friction for friction in self.frictions().values() if friction.state is State.RAISED]

    def customers(self) -> list[CustomerHead]:
        heads = self._decoded(topics.CUSTOMERS.name, CustomerHead)
        return list({head.customer_key: head for head in heads}.values())

    def contacts(self) -> dict[tuple[str, str, str], ContactHead]:
        """The last head of each contact, by tenant, source and subject."""
        heads = self._decoded(topics.CONTACTS.name, ContactHead)
        return {(head.tenant, head.contact.source, head.contact.subject): head for head in heads}

    def journal(self) -> list[JournalEntry]:
        """What was decided of identifiers."""
        return self._decoded(topics.IDENTITY_JOURNAL.name, JournalEntry)

    def superseded(self) -> list[Journey]:
        last = {journey.journey_id: journey for journey in self._decoded(topics.JOURNEYS.name, Journey)}
        return [journey for journey in last.values() if journey.state is JourneyState.SUPERSEDED]

    def run_reports(self) -> list[RunReport]:
        return self._decoded(topics.RUNS.name, RunReport)

    def may_wait(self, stage: str) -> set[bool]:
        """What its partitions say: whether they may be kept waiting while the worker is behind."""
        return {self._partitions[stage, number].may_wait for number in range(self.count)}

    def stored(self, stage: str) -> dict[bytes, bytes]:
        """All values of a stage, whatever the partition."""
        stores = [store for (name, _), store in self._stores.items() if name == stage]
        return {key: value for store in stores for key, value in store.values.items() if key != POSITION_KEY}

    def journeys(self) -> list[Journey]:
        last = {journey.journey_id: journey for journey in self._decoded(topics.JOURNEYS.name, Journey)}
        return [journey for journey in last.values() if journey.state is not JourneyState.SUPERSEDED]

    def published(self, friction_id: str) -> list[Friction]:
        every = self._decoded(topics.FRICTIONS.name, Friction)
        return [friction for friction in every if friction.friction_id == friction_id]

    def _decoded(self, topic: str, model: Any) -> list[Any]:
        return [msgspec.json.decode(output.value, type=model) for output in self.log[topic]]
