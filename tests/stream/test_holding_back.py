"""The stages after one that is behind wait, for a while, and then fold together what came meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from services.stream import task as task_module
from services.stream.holding_back import BEHIND_SECONDS, WAIT_SECONDS_MAX, HoldingBack
from services.stream.task import PartitionTask
from services.stream.waiting import Room
from tests.stream.fakes import FakeApp, FakeProducer, FakeStore
from tests.stream.test_draining import Counts, batch

HOUR_S = 3600.0


def test_who_comes_after_one_that_is_behind_waits_for_half_of_it_at_most_for_so_long() -> None:
    holding_back = HoldingBack(["first", "second", "third"], ["first", "second", "third"])
    assert [holding_back.wait_s(stage) for stage in ("first", "second", "third")] == [0, 0, 0]
    holding_back.note("first", [10.0])
    assert [holding_back.wait_s(stage) for stage in ("first", "second", "third")] == [0, 5, 5]
    holding_back.note("second", [HOUR_S])
    assert [holding_back.wait_s(stage) for stage in ("second", "third")] == [5, WAIT_SECONDS_MAX]
    holding_back.note("third", [HOUR_S])
    holding_back.note("first", [BEHIND_SECONDS])
    assert holding_back.wait_s("second") == 0


def test_a_partition_that_is_behind_alone_makes_nobody_wait() -> None:
    holding_back = HoldingBack(["first", "second"], ["second"])
    for lags_s in ([HOUR_S, 0.1, 0.2], [HOUR_S, 0.1], [0.1, HOUR_S, HOUR_S, 0.1]):
        holding_back.note("first", lags_s)
        assert holding_back.wait_s("second") == 0


def test_who_may_not_wait_does_not() -> None:
    holding_back = HoldingBack(["first", "second", "third"], ["third"])
    holding_back.note("first", [10.0])
    assert [holding_back.wait_s(stage) for stage in ("first", "second", "third")] == [0, 0, 5]


def test_a_stage_of_which_no_partition_is_ours_any_more_makes_nobody_wait() -> None:
    holding_back = HoldingBack(["first", "second"], ["second"])
    holding_back.note("first", [HOUR_S])
    holding_back.note("first", [])
    assert holding_back.wait_s("second") == 0


class Later(Counts):
    name = "later"


async def until_folded(stage: Later, times: int) -> None:
    while len(stage.folded) < times:
        await asyncio.sleep(0)


@asynccontextmanager
async def one_that_waits(app: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Later, Any]]:
    """A stage that has folded once, and its task: the stage before it is an hour behind."""
    monkeypatch.setattr(task_module, "LOOK_SECONDS", 0.0)
    app.holding_back = HoldingBack(["counts", "later"], ["later"])
    app.holding_back.note("counts", [HOUR_S])
    stage = Later(lambda: None)
    task = PartitionTask(stage, 0, 1, FakeStore(), app, 0)  # type: ignore[arg-type]
    running = asyncio.create_task(task.run())
    await task.put(batch(0, 10))
    await until_folded(stage, 1)  # it is not kept waiting: its partition has just come
    for first in (10, 20, 30):
        await task.put(batch(first, 10))
    for _ in range(50):
        await asyncio.sleep(0)
    assert stage.folded == [10]
    yield stage, task
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_what_came_meanwhile_is_folded_together_once_the_first_has_caught_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app: Any = FakeApp(FakeProducer())
    async with one_that_waits(app, monkeypatch) as (stage, _):
        app.holding_back.note("counts", [0.0])
        await until_folded(stage, 2)
        assert stage.folded == [10, 30]


async def test_nobody_waits_whose_room_is_half_full(monkeypatch: pytest.MonkeyPatch) -> None:
    app: Any = FakeApp(FakeProducer())
    app.rooms["later"] = Room(1000)
    async with one_that_waits(app, monkeypatch) as (stage, task):
        await task.put(batch(40, 30))
        await until_folded(stage, 2)
        assert stage.folded == [10, 60]


async def test_nobody_waits_while_another_waits_for_room(monkeypatch: pytest.MonkeyPatch) -> None:
    app: Any = FakeApp(FakeProducer())
    app.rooms["later"] = Room(1000)
    async with one_that_waits(app, monkeypatch) as (stage, task):
        late = asyncio.create_task(task.put(batch(40, 80)))
        await until_folded(stage, 3)
        assert (stage.folded, late.done()) == ([10, 30, 80], True)


async def test_a_partition_that_must_not_wait_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    app: Any = FakeApp(FakeProducer())
    async with one_that_waits(app, monkeypatch) as (stage, task):
        task.partition.may_wait = False
        await until_folded(stage, 2)
        assert stage.folded == [10, 30]


async def test_what_waits_is_given_back_at_once_when_its_partition_must_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app: Any = FakeApp(FakeProducer())
    async with one_that_waits(app, monkeypatch) as (stage, _):
        app.draining = True
        while len(app.batch_consumer.given_back) < 3:
            await asyncio.sleep(0)
        assert stage.folded == [10]


async def test_the_time_is_told_also_to_one_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    app: Any = FakeApp(FakeProducer())
    beats: list[int] = []
    monkeypatch.setattr(Later, "beat", lambda self, partition, clock_ms: beats.append(clock_ms))
    async with one_that_waits(app, monkeypatch) as (stage, task):
        task.beat(77)
        while not beats:
            await asyncio.sleep(0)
        assert (beats, stage.folded) == ([77], [10])
