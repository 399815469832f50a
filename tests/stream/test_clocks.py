"""What time it is for the partitions of a worker; and that partitions which went leave nothing behind."""

import asyncio
import gc
import time
import weakref
from types import SimpleNamespace
from typing import Any

import pytest

from services.stream import metrics
from services.stream.broker_time import BrokerTime, FoldedTime
from services.stream.clockwork import Clockwork
from services.stream.producing import Landed
from services.stream.stage import Partition
from services.stream.task import PartitionTask
from services.stream.uptime import uptime_ms
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
    return SimpleNamespace(
        stages=stages, work=work, batch_consumer=consumer, broker_time=SimpleNamespace(at_ms=int)
    )


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


@pytest.mark.parametrize("ahead_ms", [-90_000, -700, 0, 3, 700, 90_000])
def test_the_brokers_time_is_told_by_what_is_written_whoever_sets_our_clock(
    ahead_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the time that an answer takes. Only at first, before anything is written, our clock counts."""
    up_ms, broker_ms, off_ms = 5_000.0, 1_000_000.0, ahead_ms
    monkeypatch.setattr(time, "clock_gettime", lambda _: up_ms / 1000)
    monkeypatch.setattr(time, "time", lambda: (broker_ms + off_ms) / 1000)
    brokers = BrokerTime()
    assert brokers.now_ms() == broker_ms + ahead_ms
    for off_ms in (ahead_ms, 0, ahead_ms):
        for there_ms, back_ms in ((40, 2), (1, 60), (5, 5)):
            sent_ms, stamped_ms = up_ms, int(broker_ms + there_ms)
            up_ms, broker_ms = up_ms + there_ms + back_ms, broker_ms + there_ms + back_ms
            brokers.note([Landed(0, 1, sent_ms, stamped_ms), Landed(0, 1, 0, None)])
            assert abs(brokers.now_ms() - broker_ms) <= there_ms + back_ms
        assert abs(brokers.now_ms() - broker_ms) <= 10
        brokers.report()
        assert abs(metrics.CLOCK_AHEAD_SECONDS._value.get() - off_ms / 1000) <= 0.01
        # What is set now is told when something is written, and moves nothing before.
        up_ms, broker_ms = up_ms + 60_000, broker_ms + 60_000
        assert abs(brokers.now_ms() - broker_ms) <= 10


def test_silence_is_reckoned_in_the_brokers_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "clock_gettime", lambda _: 10.0)
    monkeypatch.setattr(time, "time", lambda: 110.0)
    folded, brokers = FoldedTime(), BrokerTime()
    assert folded.by_ms(["a", "b"], brokers) is None
    folded.fold("a", 100_500)
    folded.fold_all("a", None)
    folded.fold_all("b", 9_000)
    assert folded.by_ms(["a", "b"], brokers) == 100_500
    folded.fold_all("a", 9_100)
    folded.fold("a", 100_400)
    folded.fold_all("a", 8_000)
    assert folded.by_ms(["a", "b"], brokers) == 109_000
    brokers.note([Landed(0, 1, 10_000, 105_000)])
    assert folded.by_ms(["a", "b"], brokers) == 104_000
    # What the broker has stamped was folded, whatever our clock said.
    brokers.note([Landed(0, 1, 10_000, 50_000)])
    assert folded.by_ms(["a"], brokers) == 100_500


async def test_a_worker_whose_clock_is_ahead_asks_once_for_what_is_not_due_yet() -> None:
    """Each time again it would be written to the changelog, ten times a second, until it is due."""
    producer = FakeProducer(ahead_ms=60_000)
    fake: Any = FakeApp(producer)
    task = PartitionTask(Counts(lambda: None), 0, 1, FakeStore(), fake, 0)  # type: ignore[arg-type]
    fake.work, fake.stages, fake.rebalancing = {("counts", 0): task}, [task.stage], False
    fake.batch_consumer.folded_ms = lambda _: uptime_ms()
    clockwork = Clockwork(fake)
    due_us = int((time.time() - 1) * 1_000_000)
    for _ in range(5):
        task.partition.timers.set(b"k", due_us, clock_id(WALL))
        clock_ms = clockwork._clocks()["counts", 0]
        assert clock_ms is not None
        await clockwork._fire(task, clock_ms)
    assert len(producer.log) == 1
    assert [len(wakes) for wakes in producer.log.values()] == [1]
