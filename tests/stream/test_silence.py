"""Deadlines on broker time: soon after they pass, and never because a worker was away."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.stream.town import Town, ended, town

SILENCE_MS = 2000
LATE_MS = 1000


async def test_silence_is_noticed_within_a_second_on_a_silent_stream(broker: str, tmp_path: Path) -> None:
    async with town(broker, tmp_path, SILENCE_MS) as place:
        place.work()
        await place.speak(40)
        await place.until("it counts", lambda: place.counted_by("one") > 0)
        spoken_ms = int(time.time() * 1000)
        await place.speak(200)
        await place.until_all_is_said()
        assert max(late_by_ms(place, spoken_ms)) < LATE_MS


def late_by_ms(place: Town, spoken_ms: int) -> list[float]:
    """How long after its moment each silence was told, of what was said since then."""
    return [
        written_ms - last_ms - SILENCE_MS
        for said in place.said.values()
        for (what, _, _, last_ms), (_, written_ms) in said.items()
        if what == "silent" and last_ms >= spoken_ms
    ]


@pytest.mark.parametrize("ahead_s", [30, -30])
async def test_a_worker_whose_clock_is_off_tells_the_time_from_the_broker(
    broker: str, tmp_path: Path, ahead_s: int
) -> None:
    async with town(broker, tmp_path, SILENCE_MS) as place:
        place.work(CLOCK_AHEAD_S=str(ahead_s))
        await place.speak(40)  # of the first silence it learns
        await place.until_all_is_said()
        before = await place.changed()
        spoken_ms = int(time.time() * 1000)
        await place.speak(40)
        await place.until("we heard it, too", lambda: sum(map(len, place.heard.values())) == 80)
        await place.until_all_is_said()
        assert max(late_by_ms(place, spoken_ms)) < LATE_MS
        # Each word three times at most, as with any clock: counted, silent, and what of the batches is kept.
        assert await place.changed() - before < 40 * 3


async def test_a_backlog_is_not_silence(broker: str, tmp_path: Path) -> None:
    words = [b"a", b"b", b"c"]
    async with town(broker, tmp_path, SILENCE_MS) as place:
        worker = place.work()

        async def speak_for(seconds: int) -> None:
            for _ in range(seconds):
                await asyncio.gather(*(place.speak(1, words=[word]) for word in words))
                await asyncio.sleep(1.0)

        await speak_for(1)
        await place.until("it counts", lambda: place.counted_by("one") > 0)
        await place.speak(3, words=words)
        worker.kill()
        await ended(worker)
        await speak_for(5)
        place.work()
        await speak_for(3)
        await place.until_all_is_said()
