"""What the number of customers costs on our runtime: events, recovery, memory, open timers."""

import asyncio
import shutil
import time
import urllib.request
from typing import NamedTuple

from tests.bench.log import fill, make_topics, placed
from tests.bench.measure import WARM, Rate, Workers, Wrong, prepare, race, rate_of, verify, watch, working
from tests.bench.runtimes import PARTITIONS, RUNTIMES, Run
from tests.bench.traffic import Traffic, Truth

#: Customers silent for so long have their timer fire: not within the bench.
IDLE_MINUTES = 60
LOOK_SECONDS = 0.05


class Recovery(NamedTuple):
    """A worker that starts without its data. `seconds`: from the assignment of its partitions until all is
    restored and it is ready; `start_s`: from the start of the process. Its memory then."""

    seconds: float
    start_s: float
    rss_mb: float
    timers: int


class Cost(NamedTuple):
    """Of the worker that has folded an event of each customer before, and of one that was just started."""

    running: Rate
    restarted: Rate


async def cost(run: Run, customers: int, events: int, seed: int, limit_s: float) -> Cost:
    """Events in bursts, each of which sets a timer anew, of customers who all have a state."""
    ours = RUNTIMES["journeyline"]
    traffic = Traffic(customers, seed)
    make_topics(run.brokers, [run.topic], PARTITIONS)
    prepare(ours, run)

    async def burst() -> Truth:
        await fill(run.brokers, placed(run.topic, PARTITIONS, traffic.events(events)))
        return traffic.truth(run.topic)

    known = await fill(run.brokers, placed(run.topic, PARTITIONS, traffic.everyone()))
    async with working(ours, run, 1) as (watcher, workers):
        await watch(watcher, workers, lambda sample: sample.states >= known, limit_s)
        with workers.paused():
            truth = await burst()
        samples = await watch(watcher, workers, lambda sample: sample.alerts >= truth.sums.alerts, limit_s)
    warm = known + int(WARM * events)
    running = rate_of(samples, truth, warm, await verify(ours, run, truth))
    return Cost(running, await race(ours, run, await burst(), 1, limit_s, events + warm))


async def recover(run: Run, port: int, limit_s: float) -> Recovery:
    """The data folder is lost: a worker of the same group restores everything from the changelog."""
    shutil.rmtree(run.folder)
    started = time.monotonic()
    with Workers(RUNTIMES["journeyline"], run._replace(port=port)) as workers:
        while not await asyncio.to_thread(_answers, f"http://127.0.0.1:{port}/readyz"):
            workers.check()
            if time.monotonic() - started > limit_s:
                raise Wrong(f"not ready within {limit_s:.0f} s: {workers.last_words()}")
            await asyncio.sleep(LOOK_SECONDS)
        start_s = time.monotonic() - started
        await asyncio.sleep(3.0)  # metrics are told once a second
        told = await asyncio.to_thread(_metrics, port)
        timers = int(told['journeyline_stream_timers{stage="transfers"}'])
        return Recovery(told["journeyline_stream_recovery_seconds"], start_s, workers.rss_mb(), timers)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1.0) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _metrics(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10.0) as answer:
        lines = [line for line in answer.read().decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}
