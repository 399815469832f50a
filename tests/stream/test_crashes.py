"""Workers that die at the worst moment, twice, or too late: counts stay exact."""

import asyncio
import shutil
import signal
from collections.abc import Awaitable
from pathlib import Path

import pytest

from tests.stream.town import DEADLINE_S, Town, ended, town

CRASH_POINTS = ["before_outputs:4", "after_outputs:4", "after_changelog:4", "after_store:4", "after_ack:4"]


async def until_counting(place: Town, worker: str) -> None:
    before = place.counted_by(worker)
    await place.until(f"{worker} counts", lambda: place.counted_by(worker) > before)


async def test_it_counts_exactly_whatever_point_it_crashes_at(broker: str, tmp_path: Path) -> None:
    async with town(broker, tmp_path, silence_ms=1500) as place:
        async with place.speaking(per_second=200):
            for point in CRASH_POINTS:
                assert await ended(place.work(FAULT_AT=point)) == 70
            place.work()
            await until_counting(place, "one")
        await place.until_all_is_said()


async def test_it_counts_exactly_when_killed_behind_even_without_its_disk(
    broker: str, tmp_path: Path
) -> None:
    async with town(broker, tmp_path, silence_ms=1500) as place:
        async with place.speaking(per_second=3000):
            for is_disk_lost in (False, True, False):
                worker = place.work()
                await until_counting(place, "one")
                worker.kill()
                await ended(worker)
                if is_disk_lost:
                    shutil.rmtree(place.data_of("one"))
        place.work()
        await place.until_all_is_said()


async def test_a_second_worker_takes_its_share_and_the_first_may_die_and_return(
    broker: str, tmp_path: Path
) -> None:
    async with town(broker, tmp_path, silence_ms=1500) as place:
        async with place.speaking(per_second=300):
            first = place.work("one")
            await until_counting(place, "one")
            place.work("two")
            await until_counting(place, "two")
            first.kill()
            await ended(first)
            place.work("one")
            await until_counting(place, "one")
        await place.until_all_is_said()


@pytest.mark.real_broker("the embedded one does not evict members that stay silent")
async def test_a_worker_that_wakes_too_late_changes_nothing(broker: str, tmp_path: Path) -> None:
    async with town(broker, tmp_path, silence_ms=1500) as place:
        await wake_late(place, 300, until_counting(place, "heir"))


@pytest.mark.real_broker("the embedded one does not evict members that stay silent")
async def test_a_worker_stopped_when_it_was_about_to_speak_says_nothing_late(
    broker: str, tmp_path: Path
) -> None:
    """Its batch was in the changelog, and not yet said: the heir said it, and newer things."""
    async with town(broker, tmp_path, silence_ms=1500) as place:
        async with place.speaking(300):
            late = place.work("late", FAULT_AT="before_outputs:40", FAULT_STOPS="1")
            await until_counting(place, "late")
            place.keep("heir")
            await until_everywhere(place, "heir")
            late.send_signal(signal.SIGCONT)
            assert await ended(late) == 75, place.last_words()
            assert "let us go" in (tmp_path / "late.log").read_text()
        await place.until_all_is_said()
        assert place.speech.late == 0


@pytest.mark.real_broker("the embedded one does not evict members that stay silent")
async def test_a_worker_paused_while_it_takes_its_partitions_skips_nothing(
    broker: str, tmp_path: Path
) -> None:
    """It wakes within a rebalance that another has overtaken: it was restored, and about to look up where it
    goes on."""
    async with town(broker, tmp_path, silence_ms=1500) as place:
        await wake_late(place, 3000, until_logged(place, "late", "worker ready", times=2))


async def wake_late(place: Town, per_second: float, moment: Awaitable[None]) -> None:
    """A second worker comes, at that moment the first is paused, and wakes after the group gave it up."""
    async with place.speaking(per_second):
        late = place.keep("late")
        await until_counting(place, "late")
        place.keep("heir")
        await moment
        late.send_signal(signal.SIGSTOP)
        await until_everywhere(place, "heir")
        late.send_signal(signal.SIGCONT)
        await until_counting(place, "late")
        await until_counting(place, "heir")
    await place.until_all_is_said()


@pytest.mark.real_broker("the embedded one refuses a commit within a rebalance, so that nobody leaves")
async def test_a_worker_told_to_stop_within_a_rebalance_leaves_in_order(broker: str, tmp_path: Path) -> None:
    async with town(broker, tmp_path, silence_ms=1500) as place:
        async with place.speaking(per_second=300):
            leaving = place.work("leaving")
            await until_counting(place, "leaving")
            place.work("heir")
            await until_logged(place, "leaving", "rebalance begins", times=2)
            leaving.send_signal(signal.SIGTERM)
            assert await ended(leaving) == 0, place.last_words()
            await until_everywhere(place, "heir")
        await place.until_all_is_said()


async def until_logged(place: Town, worker: str, words: str, times: int = 1) -> None:
    """Looks often: what comes next is soon done."""
    log = place.folder / f"{worker}.log"
    async with asyncio.timeout(DEADLINE_S):
        while log.read_text().count(words) < times:
            await asyncio.sleep(0)


async def until_everywhere(place: Town, worker: str) -> None:
    """The worker has counted every word anew: it has all partitions."""
    before = {word: place.counted_by(worker, word) for word in place.heard}
    await place.until(
        f"{worker} has everything",
        lambda: all(place.counted_by(worker, word) > count for word, count in before.items()),
        deadline_s=12.0,
    )
