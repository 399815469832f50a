"""One rebalance overtakes another: what the earlier one still does must not count."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import TP

from services.stream.app import StreamApp
from services.stream.fetching import FOLLOWED_RECORDS
from services.stream.options import WorkerSettings
from services.stream.watchdog import Stuck
from tests.stream.word_count import WordCount


@pytest.fixture
def app(tmp_path: Path) -> StreamApp:
    settings = WorkerSettings(
        group="g", instance="i", brokers="127.0.0.1:1", partitions=1, data_dir=tmp_path, session_timeout_s=6.0
    )
    return StreamApp(settings, [WordCount("run", 1000)])


def test_only_the_newest_rebalance_ends(app: StreamApp) -> None:
    app.on_rebalance_start()
    app.restoring.restored = 1
    app.on_rebalance_start()
    app.on_rebalance_end()
    assert app.rebalancing, "the second has not been restored"
    app.restoring.restored = 2
    app.on_rebalance_end()
    assert not app.rebalancing


@pytest.mark.parametrize(("is_interrupted", "taken"), [(False, [7]), (True, [])])
async def test_no_partition_is_taken_whose_restore_was_interrupted(
    app: StreamApp, monkeypatch: pytest.MonkeyPatch, is_interrupted: bool, taken: list[int]
) -> None:
    generations: list[int] = []

    async def take_partitions(generation: int) -> None:
        generations.append(generation)
        raise InterruptedError

    monkeypatch.setattr(app, "take_partitions", take_partitions)
    app.on_rebalance_start()
    app.restoring._rebalance = 1
    if is_interrupted:
        app.restoring.signal_recovery_start.set()
    with suppress(InterruptedError):
        await app.restoring.on_recovery_completed(7)
    assert generations == taken


async def test_a_restore_that_waits_in_vain_is_stuck_and_says_so(app: StreamApp) -> None:
    """Faust would take it for a stop in order, and restore nothing ever after."""
    with pytest.raises(Stuck, match=r"0\.01 s"):
        await app.restoring._wait(asyncio.Event().wait(), timeout=0.01)


async def test_what_is_followed_for_others_is_read_beside_the_inputs_and_a_little_at_a_time(
    app: StreamApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, words = TP("run-changelog", 0), TP("run-in", 0)
    asked: list[tuple[set[TP], float, int]] = []

    async def fetch(_: Any, __: Any, tps: set[TP], timeout: float, max_records: int) -> dict[TP, Any]:
        asked.append((set(tps), timeout, max_records))
        return {}

    monkeypatch.setattr(driver.AIOKafkaConsumerThread, "_fetch_records", fetch)
    thread = app.batch_consumer._thread
    for active in ({words}, {words, table}, {table}):
        await thread._fetch_records(None, active, 0.2, 64_000)
    app.in_recovery = True
    await thread._fetch_records(None, {table}, 0.2, 64_000)
    thread.thread_loop.close()
    assert asked == [
        ({words}, 0.2, 64_000),
        ({table}, 0, FOLLOWED_RECORDS), ({words}, 0.2, 64_000),
        ({table}, 0.2, FOLLOWED_RECORDS),
        ({table}, 0.2, 64_000),
    ]  # fmt: skip
