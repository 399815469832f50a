"""What time it is for the partitions of a worker; and that partitions which went leave nothing behind."""

import asyncio
import gc
import weakref
from types import SimpleNamespace
from typing import Any

import pytest

from services.stream.clockwork import Clockwork
from services.stream.stage import Partition
from services.stream.task import PartitionTask
from tests.stream.fakes import FakeApp, FakeProducer, FakeStore
from tests.stream.test_draining import Counts


def app(clocks: dict[str, list[int | None]]) -> Any:
    """Of a worker whose inputs are folded up to these times, by stage and partition."""
    stages = [SimpleNamespace(name=name, inputs=(f"to-{name}",), wakes=f"wakes-{name}") for name in clocks]
    work = {
        (stage.name, number): SimpleNamespace(stage=stage, folded_ms={})
        for stage in stages
        for number in range(len(clocks[stage.name]))
    }
    known = {f"{kind}-{name}": times for name, times in clocks.items() for kind in ("to", "wakes")}
    consumer = SimpleNamespace(clock_ms=lambda place: known[place.topic][place.partition])
    return SimpleNamespace(stages=stages, work=work, batch_consumer=consumer)


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
