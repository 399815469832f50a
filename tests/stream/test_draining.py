"""What a task does with batches that wait: folds many together, and gives them back when it must go."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from msgspec import Struct

from services.stream import task as task_module
from services.stream.fetching import LogRecord
from services.stream.position import Record
from services.stream.stage import Partition
from services.stream.task import PartitionTask
from services.stream.values import WALL, clock_id
from services.stream.waiting import FOLD_SECONDS, RECORDS_MAX, RECORDS_MIN, Room, Waiting
from services.stream.wakes import Wake, read_wake, write_wake
from tests.stream.fakes import FakeApp, FakeProducer, FakeStore


class Message(Struct, eq=False):
    """A fetched batch."""

    value: list[LogRecord]
    topic: str = "in"
    is_acked: bool = False
    serialized_value_size: int = 0

    def ack(self, consumer: object) -> None:
        self.is_acked = True


class Counts:
    """Counts batches; `when_folding` is called within each."""

    name, inputs, wakes, changelog = "counts", ("in",), "wakes", "changelog"

    def __init__(self, when_folding: Any) -> None:
        self.folded: list[int] = []
        self._when_folding = when_folding

    def start(self, partition: Partition) -> None: ...

    def beat(self, partition: Partition, clock_ms: int) -> Iterator[None] | None: ...

    def fold(
        self, partition: Partition, records: Sequence[Record], wakes: Sequence[Wake]
    ) -> Iterator[None] | None:
        self.folded.append(len(records))
        self._when_folding()
        return None


def batch(first: int, count: int) -> Message:
    """Of ten bytes a record."""
    records = [LogRecord("in", 0, offset, 5, 1, b"k", b"v", ()) for offset in range(first, first + count)]
    return Message(records, serialized_value_size=10 * count)


def departing(kind: "type[Counts]", room: Room | None = None) -> tuple[Any, "Counts", PartitionTask]:
    """App, stage and task of a partition that must go as soon as it folds."""
    app: Any = FakeApp(FakeProducer())
    if room is not None:
        app.rooms[kind.name] = room
    stage = kind(lambda: setattr(app, "draining", True))
    return app, stage, PartitionTask(stage, 0, 1, FakeStore(), app, 0)  # type: ignore[arg-type]


async def given_back(app: Any, task: PartitionTask, messages: list[Message]) -> None:
    """Runs the task until it has given back so many, as the drain would, and stops it: it must be these."""
    running = asyncio.create_task(task.run())
    while len(app.batch_consumer.given_back) < len(messages):
        await asyncio.sleep(0)
    await task.stop(running)
    assert app.batch_consumer.given_back == messages


async def test_what_was_not_begun_is_given_back_when_the_partition_must_go() -> None:
    app, stage, task = departing(Counts)
    begun, waiting = batch(0, RECORDS_MIN), batch(RECORDS_MIN, 10)
    await task.put(begun)
    await task.put(waiting)
    await given_back(app, task, [waiting])
    assert stage.folded == [RECORDS_MIN]
    assert (begun.is_acked, waiting.is_acked) == (True, False)


class Slow(Counts):
    """Yields once a record."""

    def fold(self, partition: Partition, records: Sequence[Record], wakes: Sequence[Wake]) -> Iterator[None]:
        for _ in records:
            self._when_folding()
            yield
        self.folded.append(len(records))


async def test_others_have_their_turn_within_a_long_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_module, "SLICE_SECONDS", 0.0)
    turns = {"fold": 0, "others": 0}
    seen: list[int] = []

    def step() -> None:
        turns["fold"] += 1
        seen.append(turns["others"])

    async def others() -> None:
        while True:
            turns["others"] += 1
            await asyncio.sleep(0)

    app: Any = FakeApp(FakeProducer())
    task = PartitionTask(stage := Slow(step), 0, 1, FakeStore(), app, 0)  # type: ignore[arg-type]
    await task.put(only := batch(0, 20))
    running = [asyncio.create_task(task.run()), asyncio.create_task(others())]
    while not only.is_acked and not running[0].done():
        assert task.folded.get("in", 0) == 0, "what is not yet written is not folded"
        await asyncio.sleep(0)
    for one in running:
        one.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    assert (stage.folded, task.folded["in"]) == ([20], 20)
    assert seen == sorted(set(seen)), "others moved on between any two steps"


async def test_a_fold_is_given_up_where_its_partition_must_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_module, "SLICE_SECONDS", 0.0)
    app, stage, task = departing(Slow)
    begun, waiting = batch(0, RECORDS_MIN), batch(RECORDS_MIN, 10)
    await task.put(begun)
    await task.put(waiting)
    await given_back(app, task, [begun, waiting])
    assert stage.folded == []
    assert (begun.is_acked, app.kafka_producer.log, task.folded) == (False, {}, {})


async def test_a_fold_that_is_given_up_gives_its_room_to_whoever_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(task_module, "SLICE_SECONDS", 0.0)
    app, stage, task = departing(Slow, Room(6000))
    await task.put(begun := batch(0, 500))
    late = asyncio.create_task(task.put(waiting := batch(500, 200)))
    await asyncio.sleep(0)
    assert not late.done(), "there is no room for it"
    await given_back(app, task, [begun, waiting])
    assert (stage.folded, late.done()) == ([], True)


async def test_one_partition_folds_at_a_time_and_all_are_given_back_when_they_must_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(task_module, "SLICE_SECONDS", 0.0)
    app: Any = FakeApp(FakeProducer())
    one, other = Slow(lambda: None), Slow(lambda: None)
    tasks = [PartitionTask(stage, 0, 1, FakeStore(), app, 0) for stage in (one, other)]  # type: ignore[arg-type]
    begun, waiting = batch(0, 20), batch(0, 20)
    for task, message in zip(tasks, (begun, waiting), strict=True):
        await task.put(message)
    running = [asyncio.create_task(task.run()) for task in tasks]
    while not app.folding.locked():
        await asyncio.sleep(0)
    app.draining = True
    while len(app.batch_consumer.given_back) < 2:
        await asyncio.sleep(0)
    for each in running:
        each.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    assert (one.folded, other.folded) == ([], [])
    assert app.batch_consumer.given_back == [begun, waiting]


async def test_batches_that_wait_are_folded_together_up_to_a_limit() -> None:
    waiting = Waiting(Room(1 << 20))
    for number in range(5):
        await waiting.put(batch(200 * number, 200))
    assert RECORDS_MIN == 500
    assert [len(waiting.take()) for _ in range(3)] == [2, 2, 1]
    await waiting.put(batch(0, 900))
    assert len(waiting.take()) == 1


async def test_what_waits_is_bounded_for_all_partitions_together() -> None:
    room = Room(1000)
    one, other = Waiting(room), Waiting(room)
    await one.put(first := batch(0, 60))
    late = asyncio.create_task(other.put(second := batch(0, 60)))
    await asyncio.sleep(0)
    assert not other, "there is no room for it beside the first"
    assert one.take() == [first]
    one.release([first])
    await late
    assert other.take() == [second]
    larger = asyncio.create_task(one.put(batch(60, 500)))
    await asyncio.sleep(0)
    other.release([second])
    await larger
    assert [len(message.value) for message in one.take()] == [500], "alone it may be larger"


async def test_a_partition_that_went_keeps_no_room() -> None:
    room = Room(1000)
    gone, own = Waiting(room), Waiting(room)
    await gone.put(batch(0, 100))
    late = [asyncio.create_task(gone.put(batch(100, 100))), asyncio.create_task(own.put(batch(0, 100)))]
    await asyncio.sleep(0)
    gone.close()
    await asyncio.gather(*late)
    assert (bool(gone), bool(own)) == (False, True)
    own.clear()
    await asyncio.wait_for(gone.put(batch(0, 100)), 5)
    await asyncio.wait_for(own.put(batch(0, 100)), 5)


@pytest.mark.parametrize(("seconds", "limit"), [(10.0, RECORDS_MIN), (0.2, 5000), (0.0, RECORDS_MAX)])
async def test_the_limit_is_what_is_folded_in_time(seconds: float, limit: int) -> None:
    waiting = Waiting(Room(1 << 30))
    waiting.pace(2000, seconds)
    assert FOLD_SECONDS == 0.5
    for start in range(0, limit + 500, 100):
        await waiting.put(batch(start, 100))
    assert sum(len(message.value) for message in waiting.take()) == limit


def wake(clock: str, clock_us: int, written_ms: int) -> Wake:
    return read_wake(write_wake(Wake(clock_id(clock), clock_us, (b"k",))), written_ms)


def test_a_worker_whose_clock_is_ahead_wakes_nobody_before_the_time() -> None:
    assert wake(WALL, 9_000_000, written_ms=8_000).clock_us == 8_000_000
    assert wake(WALL, 7_000_000, written_ms=8_000).clock_us == 7_000_000
    assert wake("run", 9_000_000, written_ms=8_000).clock_us == 9_000_000
