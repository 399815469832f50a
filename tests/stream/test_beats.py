"""What a stage does once a second, and what becomes of it when the partition must go."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from services.stream import task as task_module
from services.stream.stage import Partition
from services.stream.task import PartitionTask
from tests.stream.fakes import FakeApp, FakeProducer, FakeStore
from tests.stream.test_draining import Counts, departing


class Beating(Counts):
    """Has much to do at a beat."""

    def beat(self, partition: Partition, clock_ms: int) -> Iterator[None]:
        partition.put(b"begun", b"")
        self._when_folding()
        yield
        self.folded.append(clock_ms)


async def test_a_beat_is_given_up_where_its_partition_must_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_module, "SLICE_SECONDS", 0.0)
    app, stage, task = departing(Beating)
    task.beat(5)
    running = asyncio.create_task(task.run())
    while not app.draining:
        await asyncio.sleep(0)
    await task.stop(running)
    with pytest.raises(asyncio.CancelledError):  # it has not ended by itself, which would end the process
        await running
    assert (stage.folded, app.kafka_producer.log) == ([], {})


async def test_a_beat_that_took_long_is_written_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_module, "SLICE_SECONDS", 0.0)
    app: Any = FakeApp(FakeProducer())
    task = PartitionTask(stage := Beating(lambda: None), 0, 1, FakeStore(), app, 0)  # type: ignore[arg-type]
    task.beat(5)
    running = asyncio.create_task(task.run())
    while not app.kafka_producer.log:
        await asyncio.sleep(0)
    await task.stop(running)
    assert stage.folded == [5]
