"""Who keeps another's state up to date takes its partitions over without reading their changelogs first."""

import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.stream.test_crashes import until_counting, until_everywhere
from tests.stream.town import Town, ended, town

#: Of the changelog, before the first worker goes; and what the other may still have to read then.
RECORDS, SHARE = 5000, 0.1


@asynccontextmanager
async def pair(broker: str, folder: Path) -> AsyncIterator[tuple[Town, "subprocess.Popen[bytes]"]]:
    """Two workers, each with a part of the words and the state of the other's; and the first of them."""
    async with town(broker, folder, silence_ms=1500, standbys=1) as place:
        async with place.speaking(per_second=2000):
            first = place.work("one")
            await until_counting(place, "one")
            place.work("two")
            await until_counting(place, "two")
            while await place.changed() < RECORDS:
                await place.listen()
            yield place, first
        await place.until_all_is_said()


async def test_it_takes_over_from_one_that_leaves_and_follows_one_that_comes(
    broker: str, tmp_path: Path
) -> None:
    async with pair(broker, tmp_path) as (place, first):
        first.terminate()
        assert await ended(first) == 0
        await until_everywhere(place, "two")
        assert restored(place, "two")[-1] < SHARE * await place.changed()
        shutil.rmtree(place.data_of("one"))
        place.work("one")
        await until_counting(place, "one")


@pytest.mark.real_broker("the embedded one does not evict members that stay silent")
async def test_it_takes_over_from_one_that_was_killed(broker: str, tmp_path: Path) -> None:
    async with pair(broker, tmp_path) as (place, first):
        first.kill()
        await ended(first)
        await until_everywhere(place, "two")
        assert restored(place, "two")[-1] < SHARE * await place.changed()


def restored(place: Town, worker: str) -> list[int]:
    """Changelog records that it had to read before it was ready, each time."""
    lines = (place.folder / f"{worker}.log").read_text().splitlines()
    told = [json.loads(line) for line in lines if '"worker ready"' in line]
    return [line["restored"] for line in told]
