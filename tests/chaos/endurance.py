"""Hours of traffic, and what grows with them: it shows in a worker that is left alone all the time."""

import asyncio
import os
import random
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.chaos.hall import Hall, Trouble
from tests.chaos.rows import Ledger, batter
from tests.processes import rss_mb

SAMPLE_SECONDS = 10.0
#: How long the group has its peace between two deeds.
PEACE_SECONDS = (30.0, 180.0)
#: No pauses: what a zombie writes when it wakes ends those that have its partitions, too.
DEEDS = ("stop", "kill", "wipe")
#: How much more may be taken in the last quarter of the time than in the second: caches have filled by then.
#: Not of the data: RocksDB tidies up by amount, which is small here.
GROWTH_MAX = 1.2
MUST_NOT_GROW = ("memory", "files", "threads")
TOLD_MINUTES = 10


class Sample(NamedTuple):
    """What a worker takes: memory and data folder in MB, open files, threads."""

    memory: float
    data: float
    files: int
    threads: int


async def endure(hall: Hall, ledger: Ledger, minutes: int) -> None:
    """Traffic as ever; one worker has its peace, and to one of the others something is done now and then."""
    spared, *others = hall.names
    dice = random.Random(hall.dice.random())
    await hall.until_speaking(*hall.names)
    samples: list[Sample] = []
    started = told = time.monotonic()
    next_deed = started + dice.uniform(*PEACE_SECONDS)
    while (now := time.monotonic()) < started + minutes * 60:
        await asyncio.sleep(SAMPLE_SECONDS)
        if hall.lives[spared] != 1 or hall.workers[spared].poll() is not None:
            raise Trouble(f"{spared} was left alone and ended all the same\n{hall.last_words()}")
        samples.append(_look(hall, spared))
        if now >= next_deed:
            await batter(hall, ledger, dice.choice(others), dice, 1, DEEDS)
            next_deed = now + dice.uniform(*PEACE_SECONDS)
        if now - told >= TOLD_MINUTES * 60:
            told = now
            print(f"  {(now - started) / 60:.0f} min, {hall.sent:,} events: {samples[-1]}", flush=True)
    ledger.growth = _growth(samples)
    ledger.compacted = await _compacted(hall)


def _look(hall: Hall, name: str) -> Sample:
    pid = hall.workers[name].pid
    files, threads = (len(os.listdir(f"/proc/{pid}/{what}")) for what in ("fd", "task"))
    return Sample(rss_mb(pid), _folder_mb(hall.data_of(name)), files, threads)


def _folder_mb(folder: Path) -> float:
    """RocksDB removes files meanwhile."""
    size = 0
    for path in folder.rglob("*"):
        try:
            size += path.stat().st_size
        except FileNotFoundError:
            continue
    return size / 1e6


def _growth(samples: list[Sample]) -> dict[str, tuple[float, float]]:
    """Of each thing the median in the second and in the last quarter of the time."""
    quarter = len(samples) // 4
    second, last = samples[quarter : 2 * quarter], samples[-quarter:]
    return {
        name: (
            median(getattr(sample, name) for sample in second),
            median(getattr(sample, name) for sample in last),
        )
        for name in Sample._fields
    }


def has_grown(growth: dict[str, tuple[float, float]]) -> bool:
    pairs = [growth[name] for name in MUST_NOT_GROW if name in growth]
    return any(late > early * GROWTH_MAX for early, late in pairs)


async def _compacted(hall: Hall) -> tuple[int, int]:
    """Of the changelog: how many records are left, and how many offsets were written."""
    places = [TopicPartition(f"{hall.run}-changelog", number) for number in range(hall.partitions)]
    consumer = AIOKafkaConsumer(bootstrap_servers=hall.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        left = 0
        while any([await consumer.position(place) < ends[place] for place in places]):
            for place, records in (await consumer.getmany(timeout_ms=500)).items():
                left += sum(record.offset < ends[place] for record in records)
    finally:
        await consumer.stop()
    return left, sum(ends.values())
