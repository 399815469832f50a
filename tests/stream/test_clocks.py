"""What time it is for the partitions of a worker; and that partitions which went leave nothing behind."""

import asyncio
import gc
import time
import weakref
from types import SimpleNamespace
from typing import Any

import pytest

from services.stream.broker_time import BrokerTime, FoldedTime
from services.stream.clockwork import Clockwork
from services.stream.producing import Landed
from services.stream.stage import Partition
from services.stream.task import PartitionTask
from services.stream.values import WALL, clock_id
from tests.stream.fakes import FakeApp, FakeProducer, FakeStore
from tests.stream.test_draining import Counts


def app(clocks: dict[str, list[int | None]]) -> Any:
    """Of a worker whose inputs are folded up to these times, by stage and partition."""
    stages = [SimpleNamespace(name=name, inputs=(f"to-{name}",), wakes=f"wakes-{name}") for name in clocks]
    work = {
        (stage.name, number): SimpleNamespace(stage=stage, folded_time=FoldedTime())
        for stage in stages
        for number in range(len(clocks[stage.name]))
    }
    known = {f"{kind}-{name}": times for name, times in clocks.items() for kind in ("to", "wakes")}
    consumer = SimpleNamespace(folded_ms=lambda place: known[place.topic][place.partition])
    return SimpleNamespace(stages=stages, work=work, batch_consumer=consumer, broker_time=BrokerTime())


@pytest.mark.parametrize(("first", "second", "wanted"), [
    ([50, 90], [70, 40], [50, 40]),
    ([None, 90], [70, 40], [None, None]),
    ([], [70, 40], [70, 40]),
])  # fmt: skip
def test_a_stage_does_not_run_ahead_of_those_that_tell_it(
    first: list[int | None], second: list[int | None], wanted: list[int | None]
) -> None:
    """What they have not folded yet may be just what its deadlines wait for."""
    clocks = Clockwork(app({"first": first, "second": second}))._clocks()
    assert [clocks["first", number] for number in range(len(first))] == first
    assert [clocks["second", number] for number in range(len(second))] == wanted


class Noting(Counts):
    """Keeps what refers back, as stages do."""

    def start(self, partition: Partition) -> None:
        partition.notes = SimpleNamespace(partition=partition)


async def test_a_partition_that_went_is_free_without_the_garbage_collector() -> None:
    """It is told to leave alone what is there when partitions are taken."""
    gc.disable()
    try:
        fake: Any = FakeApp(FakeProducer())
        task = PartitionTask(Noting(lambda: None), 0, 1, FakeStore(), fake, 0)  # type: ignore[arg-type]
        left = weakref.ref(task.partition)
        running = asyncio.create_task(task.run())
        await asyncio.sleep(0)
        await task.stop(running)
        await asyncio.wait([running])
        del task, running
        assert left() is None
    finally:
        gc.enable()


def landed(sent_ms: float, stamped_ms: int | None) -> Landed:
    return Landed(0, 1, sent_ms, stamped_ms)


@pytest.mark.parametrize("ahead_ms", [-90_000, -700, 0, 3, 700, 90_000])
def test_by_how_much_our_clock_is_off_is_told_by_what_is_written(
    ahead_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the time that an answer takes, and also if the clock is set meanwhile."""
    time_of_broker = BrokerTime()
    now_ms = 1_000_000.0
    monkeypatch.setattr(time, "time", lambda: now_ms / 1000)
    for off_ms in (ahead_ms, 0, ahead_ms):
        for there_ms, back_ms in ((40, 2), (1, 60), (5, 5)):
            sent_ms, now_ms = now_ms, now_ms + there_ms + back_ms
            time_of_broker.note([landed(sent_ms, int(sent_ms + there_ms - off_ms)), landed(0, None)])
            assert abs(time_of_broker.ahead_ms - off_ms) <= there_ms + back_ms
        assert abs(time_of_broker.ahead_ms - off_ms) <= 10
        assert abs(now_ms - off_ms - time_of_broker.now_ms()) <= 10


def test_silence_is_reckoned_in_the_brokers_time() -> None:
    folded = FoldedTime()
    assert folded.by_ms(["a", "b"], 0.0) is None
    folded.fold("a", 500)
    folded.ask("a", None)
    folded.ask("b", 9_000)
    assert folded.by_ms(["a", "b"], 0.0) == 500
    folded.ask("a", 9_100)
    folded.fold("a", 400)
    folded.ask("a", 8_000)
    assert folded.by_ms(["a", "b"], 0.0) == 9_000
    assert folded.by_ms(["a", "b"], 5_000.0) == 4_000
    # What the broker has stamped was folded, whatever our clock says.
    assert folded.by_ms(["a"], 50_000.0) == 500


async def test_a_worker_whose_clock_is_ahead_asks_once_for_what_is_not_due_yet() -> None:
    """Each time again it would be written to the changelog, ten times a second, until it is due."""
    producer = FakeProducer(ahead_ms=60_000)
    fake: Any = FakeApp(producer)
    task = PartitionTask(Counts(lambda: None), 0, 1, FakeStore(), fake, 0)  # type: ignore[arg-type]
    fake.work, fake.stages, fake.rebalancing = {("counts", 0): task}, [task.stage], False
    fake.batch_consumer.folded_ms = lambda _: int(time.time() * 1000)
    clockwork = Clockwork(fake)
    due_us = int((time.time() - 1) * 1_000_000)
    for _ in range(5):
        task.partition.timers.set(b"k", due_us, clock_id(WALL))
        clock_ms = clockwork._clocks()["counts", 0]
        assert clock_ms is not None
        await clockwork._fire(task, clock_ms)
    assert len(producer.log) == 1
    assert [len(wakes) for wakes in producer.log.values()] == [1]
