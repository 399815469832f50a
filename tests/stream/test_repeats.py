"""What a worker that was replaced writes late is told from what is new, by every reader."""

import random

import pytest

from services.repeats import HEADER, WRITERS_MAX, Batch, Heard, batch_of, header_of
from services.stream import outbox
from services.stream.cache import Memory
from services.stream.fetching import LogRecord
from services.stream.position import Position
from services.stream.stage import Partition
from services.stream.task import PartitionTask
from services.stream.values import order_of, version
from tests.stream.fakes import FakeApp, FakeProducer, FakeStore, Stored

TOPIC = "said"


def record(offset: int, number: int, partition: int = 0, writer: str = "w/0", life: str = "a") -> LogRecord:
    return LogRecord(TOPIC, partition, offset, 0, 1, b"", b"", (header_of(writer, Batch(life, number)),))


def test_a_header_is_read_as_it_was_written() -> None:
    batch = Batch("0a1f", 7 << 32)
    assert batch_of([("other", b"x"), header_of("counts/3", batch)]) == ("counts/3", batch)


@pytest.mark.parametrize("junk", [
    b"", b":", b"7", b":7", b"w/0/a:", b"w/0/a:x", b"w/0/a:-1", b"w/0:7", b"w/0/life:7", b"\xff/0/a:7",
    b"w\x00/0/a:7",
    b"w/0/a:%d" % 2**63, b"w/0/a:" + b"9" * 40, "w/0/a:²".encode(), b"w" * 6000 + b"/0/a:7",
])  # fmt: skip
def test_somebody_elses_header_makes_no_repeat(junk: bytes) -> None:
    alien = LogRecord(TOPIC, 0, 0, 0, 1, b"", b"", ((HEADER, junk),))
    heard = Heard({})
    assert not heard.is_repeat(record(0, 5))
    assert not heard.is_repeat(alien)
    assert len(heard.take_news()) == 1
    assert Position().advance(TOPIC, [alien])[0] == [alien]


def test_foreign_writers_find_an_end() -> None:
    position = Position()
    aliens = [record(n, 1, writer=f"w/{n}") for n in range(WRITERS_MAX + 10)]
    assert len(position.advance(TOPIC, aliens)[0]) == len(aliens)
    assert len(position.newest[TOPIC]) == WRITERS_MAX


def test_only_older_batches_of_the_same_writer_in_the_same_partition_are_repeats() -> None:
    heard = Heard({(TOPIC, 0, "w/0"): Batch("a", 3)})
    given = [
        record(0, 2), record(1, 3), record(2, 5), record(3, 3), record(4, 2, partition=1),
        record(5, 1, writer="v/0"), record(6, 5), record(7, 1, life="b"), record(8, 2, life="b"),
    ]  # fmt: skip
    assert [heard.is_repeat(one) for one in given] == [one.offset in (0, 3) for one in given]
    wanted = {(0, "w/0"): Batch("b", 2), (1, "w/0"): Batch("a", 2), (0, "v/0"): Batch("a", 1)}
    assert heard.take_news() == {(TOPIC, *key): batch for key, batch in wanted.items()}
    assert heard.take_news() == {}


def test_a_stage_passes_over_repeats_and_counts_them_also_after_a_restart() -> None:
    partition = Partition(0, 1, Stored(), Memory(1024))
    partition.begin(version(1, 1))
    fresh = partition.advance(TOPIC, [record(0, 1), record(1, 4), record(2, 1)])
    assert [one.offset for one in fresh] == [0, 1]
    partition.save_position(0)
    stored = Stored()
    stored.take(partition)
    heir = Partition(0, 1, stored, Memory(1024))
    heir.restore(stored.items())
    heir.begin(version(2, 1))
    assert heir.position.life == partition.position.life
    assert heir.advance(TOPIC, [record(5, 3)]) == []
    assert heir.position.tallies == {TOPIC: {"duplicate": 2, "gap": 2}}
    heir.position.forget(TOPIC)
    assert len(heir.advance(TOPIC, [record(0, 1)])) == 1


def test_a_state_that_begins_anew_is_another_writer() -> None:
    lives = set()
    for _ in range(2):
        partition = Partition(0, 1, Stored(), Memory(1024))
        partition.begin(version(1, 1))
        lives.add(partition.position.life)
    assert len(lives) == 2
    assert all(lives)


async def test_what_is_said_again_is_of_the_batch_that_decided_it() -> None:
    """The heir says it before anything of its own, so readers take neither for older than it is."""
    partition = Partition(0, 1, Stored(), Memory(1024))
    partition.begin(decided := version(4, 17))
    partition.send("out", 0, b"k", b"v")
    outbox.save(partition)
    partition.save_position(0)
    stored = Stored()
    stored.take(partition)
    producer = FakeProducer()
    store = FakeStore(stored)
    task = PartitionTask(Echo(), 0, 1, store, FakeApp(producer), 0)  # type: ignore[arg-type]
    await task.say_again()
    await task._fold_beat(0)
    said = [batch_of(headers) for headers in producer.headers["out", 0]]
    assert said[0] == ("echo/0", Batch(partition.position.life, order_of(decided)))
    assert said[1] is not None
    assert said[1][0] == "echo/0"
    assert said[1][1].life == partition.position.life
    assert said[1][1].number > order_of(decided)


class Echo:
    """Says something with every beat."""

    name, inputs, wakes, changelog = "echo", (), "wakes", "changelog"

    def start(self, partition: Partition) -> None: ...

    def fold(self, partition: Partition, records: object, wakes: object) -> None: ...

    def beat(self, partition: Partition, clock_ms: int) -> None:
        partition.put(b"k", b"")
        partition.send("out", 0, b"k", b"v")


def test_a_reader_never_goes_back_however_workers_are_replaced(request: pytest.FixtureRequest) -> None:
    """Each heir says the last batch of the one before again; what that one had under way lands later."""
    seed = random.randrange(1 << 32)
    request.node.add_report_section("call", "seed", str(seed))
    chance = random.Random(seed)
    for _ in range(300):
        log: list[int] = []
        late: list[list[int]] = []
        for number in range(chance.randrange(2, 12)):
            log.append(number)
            if chance.random() < 0.4:
                # Replaced with this batch under way, for the first time or again: the heir says it.
                late.append([number])
            if late and chance.random() < 0.5:
                log += late.pop(chance.randrange(len(late)))
        log += [number for batch in late for number in batch]
        heard = Heard({})
        taken = [n for n in log if not heard.is_repeat(record(0, n))]
        assert taken == sorted(taken), seed
        assert set(taken) == set(log), seed
