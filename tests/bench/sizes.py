"""What the number of customers costs on our runtime: events, recovery, memory, open timers."""

import asyncio
import shutil
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from tests.bench.log import fill, make_topics, placed
from tests.bench.measure import WARM, Rate, Workers, Wrong, prepare, race, rate_of, verify, watch, working
from tests.bench.runtimes import PARTITIONS, RUNTIMES, Run
from tests.bench.traffic import Traffic, Truth

#: Customers silent for so long have their timer fire: not within the bench.
IDLE_MINUTES = 60
OURS = RUNTIMES["journeyline"]
LOOK_SECONDS = 0.05


class Recovery(NamedTuple):
    """A worker that starts without its data. `seconds`: from the assignment of its partitions until all is
    restored and it is ready; `start_s`: from the start of the process. Its memory then."""

    seconds: float
    start_s: float
    rss_mb: float
    timers: int


class Crowd:
    """Customers who all have a state, and each event sets a timer anew."""

    def __init__(self, run: Run, customers: int, seed: int, limit_s: float) -> None:
        self.customers = customers
        self.run = run
        self._traffic, self._limit_s = Traffic(customers, seed), limit_s
        self._told = 0

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator["Crowd"]:
        """With a worker that has folded an event of each."""
        make_topics(self.run.brokers, [self.run.topic], PARTITIONS)
        prepare(OURS, self.run)
        known = await self._tell(self._traffic.everyone())
        async with working(OURS, self.run, 1) as (self._watcher, self._workers):
            await watch(self._watcher, self._workers, lambda sample: sample.states >= known, self._limit_s)
            yield self

    async def burst(self, events: int) -> Rate:
        """Of the worker that is running, over so many events in bursts."""
        before = self._told
        with self._workers.paused():
            truth = await self._burst(events)
        alerts = truth.sums.alerts
        samples = await watch(
            self._watcher, self._workers, lambda sample: sample.alerts >= alerts, self._limit_s
        )
        return rate_of(samples, truth, before + int(WARM * events), await verify(OURS, self.run, truth))

    async def restarted(self, events: int) -> Rate:
        """Of a worker that was just started, on the same data, once the first one has ended."""
        before = self._told
        truth = await self._burst(events)
        return await race(OURS, self.run, truth, 1, self._limit_s, before + int(WARM * events))

    async def _burst(self, events: int) -> Truth:
        await self._tell(self._traffic.events(events))
        return self._traffic.truth(self.run.topic)

    async def _tell(self, events: Iterator[tuple[bytes, bytes]]) -> int:
        self._told += await fill(self.run.brokers, placed(self.run.topic, PARTITIONS, events))
        return self._told


async def recover(run: Run, port: int, limit_s: float) -> Recovery:
    """The data folder is lost: a worker of the same group restores everything from the changelog."""
    shutil.rmtree(run.folder)
    started = time.monotonic()
    with Workers(OURS, run._replace(port=port)) as workers:
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
