"""One rebalance overtakes another: what the earlier one still does must not count."""

from contextlib import suppress
from pathlib import Path

import pytest

from services.stream.app import StreamApp
from services.stream.options import WorkerSettings
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
