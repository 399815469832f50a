"""What the number of customers costs on our runtime: events, recovery, memory, open timers."""

import asyncio
import shutil
import time
import urllib.request
from typing import Any, NamedTuple

from tests.bench.log import fill, make_topics, placed
from tests.bench.measure import Rate, Workers, Wrong, measure
from tests.bench.runtimes import PARTITIONS, RUNTIMES, Run
from tests.bench.traffic import Traffic

#: Customers silent for so long have their timer fire: not within the bench.
IDLE_MINUTES = 60
LOOK_SECONDS = 0.05


class Recovery(NamedTuple):
    """A worker that starts without its data: until it is ready, and its memory then.

    `start_s`: the same where there is no state.
    """

    seconds: float
    start_s: float
    rss_mb: float
    timers: int


async def cost(run: Run, customers: int, events: int, seed: int, limit_s: float) -> Rate:
    """Events of customers who all have a state, in bursts; each sets a timer anew."""
    traffic = Traffic(customers, seed)
    make_topics(run.brokers, [run.topic], PARTITIONS)
    known = await fill(run.brokers, placed(run.topic, PARTITIONS, traffic.everyone()))
    await fill(run.brokers, placed(run.topic, PARTITIONS, traffic.events(events)))
    return await measure(
        RUNTIMES["journeyline"], run, traffic.truth(run.topic), workers=1, limit_s=limit_s, warm=known
    )


async def recover(run: Run, port: int, limit_s: float) -> Recovery:
    """The data folder is lost: a worker of the same group restores everything from the changelog."""
    shutil.rmtree(run.folder)
    empty = run._replace(name=f"{run.name}-empty", topic=f"{run.name}-empty", folder=run.folder / "empty")
    ours = RUNTIMES["journeyline"]
    names = [empty.topic, empty.alerts, f"{empty.name}-wakes", ours.changelog(empty)]
    make_topics(run.brokers, names, PARTITIONS)
    start_s, _ = await _until_ready(empty, port, limit_s)
    seconds, worker = await _until_ready(run, port, limit_s)
    return Recovery(seconds, start_s, *worker)


async def _until_ready(run: Run, port: int, limit_s: float) -> tuple[float, tuple[float, int]]:
    """Seconds from the start of the process to `/readyz`; then its memory in MB, and its open timers."""
    started = time.monotonic()
    with Workers(RUNTIMES["journeyline"], run._replace(port=port)) as workers:
        while not await asyncio.to_thread(_answers, f"http://127.0.0.1:{port}/readyz"):
            workers.check()
            if time.monotonic() - started > limit_s:
                raise Wrong(f"not ready within {limit_s:.0f} s: {workers.last_words()}")
            await asyncio.sleep(LOOK_SECONDS)
        seconds = time.monotonic() - started
        await asyncio.sleep(3.0)  # metrics are told once a second
        return seconds, (workers.rss_mb(), _timers(port))


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1.0) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _timers(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10.0) as answer:
        lines = answer.read().decode().splitlines()
    told: list[Any] = [line.split()[-1] for line in lines if line.startswith("journeyline_stream_timers{")]
    return int(float(told[0])) if told else 0
