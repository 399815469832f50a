"""One run of one runtime over one log: how fast, and whether its states and alerts are exact."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NamedTuple

import orjson

from tests.bench.log import Ends, Sample, Watcher, make_topics, read
from tests.bench.runtimes import PARTITIONS, Run, Runtime, environment
from tests.bench.traffic import Sums, Truth
from tests.processes import rss_mb

#: The first part of the log does not count: start, first assignment, warming up.
WARM = 0.2
LOOK_SECONDS = 0.1
#: After the last alert, how long states must have been silent to be complete.
QUIET_SECONDS = 3.0
STOP_SECONDS = 30.0


class Wrong(Exception):
    """A runtime did not do the job; the text says what is missing."""


class Rate(NamedTuple):
    """`cpu_us`: processor time of the workers for an event."""

    events_per_s: float
    cpu_us: float


class Workers:
    """The processes of one run."""

    def __init__(self, runtime: Runtime, run: Run, count: int = 1) -> None:
        self._runtime, self._run, self._count = runtime, run, count
        self.processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Workers":
        self._run.folder.mkdir(parents=True, exist_ok=True)
        for number in range(self._count):
            with (self._run.folder / f"w{number}.log").open("ab") as log:
                command = self._runtime.command(self._run, number)
                worker = subprocess.Popen(command, stdout=log, stderr=log, env=environment())
            self.processes.append(worker)
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.processes:
            worker.terminate()
        for worker in self.processes:
            try:
                worker.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """They stand still meanwhile, and their brokers know nothing of it."""
        for worker in self.processes:
            worker.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for worker in self.processes:
                worker.send_signal(signal.SIGCONT)

    def check(self) -> None:
        for worker in self.processes:
            if worker.poll() is not None:
                raise Wrong(
                    f"a worker of {self._run.name} ended with {worker.returncode}: {self.last_words()}"
                )

    def last_words(self) -> str:
        logs = sorted(self._run.folder.glob("*.log"))
        return "\n".join(log.read_text(errors="replace")[-2000:] for log in logs)

    def rss_mb(self) -> float:
        """Memory of the first worker."""
        return rss_mb(self.processes[0].pid)

    def cpu_s(self) -> float:
        """Processor time of the workers so far."""
        ticks = 0
        for worker in self.processes:
            with open(f"/proc/{worker.pid}/stat") as stat:
                fields = stat.read().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


async def measure(runtime: Runtime, run: Run, truth: Truth, workers: int, limit_s: float) -> Rate:
    """Runs it over the whole log, of which the first part does not count: see `WARM`.

    Raises `Wrong` if it does not come to the end in time.
    """
    prepare(runtime, run)
    return await race(runtime, run, truth, workers, limit_s, int(WARM * truth.sums.events))


def prepare(runtime: Runtime, run: Run) -> None:
    """Makes the topics that it writes to."""
    topics = [run.alerts] if runtime.makes_topics else [run.alerts, f"{run.name}-wakes"]
    make_topics(run.brokers, topics, PARTITIONS)
    if not runtime.makes_topics:
        make_topics(run.brokers, [runtime.changelog(run)], PARTITIONS, **{"cleanup.policy": "compact"})


async def race(runtime: Runtime, run: Run, truth: Truth, workers: int, limit_s: float, warm: int) -> Rate:
    """Runs it to the end of the log, of which the first `warm` events do not count."""
    alerts = truth.sums.alerts
    async with working(runtime, run, workers) as (watcher, processes):
        samples = await watch(watcher, processes, lambda sample: sample.alerts >= alerts, limit_s)
    return rate_of(samples, truth, warm, await verify(runtime, run, truth))


@asynccontextmanager
async def working(runtime: Runtime, run: Run, count: int) -> AsyncIterator[tuple[Watcher, Workers]]:
    """Workers at work, and who watches them."""
    watching = Watcher(run.brokers, run.alerts, runtime.changelog(run), PARTITIONS)
    async with watching as watcher:
        with Workers(runtime, run, count) as workers:
            yield watcher, workers


async def watch(
    watcher: Watcher, workers: Workers, is_done: Callable[[Sample], bool], limit_s: float
) -> list[Sample]:
    """Until it is done, and then silent."""
    samples: list[Sample] = []
    ends = time.monotonic() + limit_s
    while True:
        sample = await watcher.look(workers.cpu_s())
        samples.append(sample)
        last_change = next(one for one in samples if _counts(one) == _counts(sample))
        if is_done(sample) and sample.at_s - last_change.at_s > QUIET_SECONDS:
            return samples
        if sample.at_s > ends:
            raise Wrong(
                f"{sample.alerts} alerts, {sample.states} states in {limit_s:.0f} s: {workers.last_words()}"
            )
        workers.check()
        await asyncio.sleep(LOOK_SECONDS)


def rate_of(samples: list[Sample], truth: Truth, warm: int, ends: Ends) -> Rate:
    """From the end of the warm part of the log to the moment when all results were in it."""
    alerts = len(truth.alert_after)
    told = [(truth.alert_after[min(one.alerts, alerts) - 1] if one.alerts else 0, one) for one in samples]
    done, start = next(pair for pair in told if pair[0] >= warm)
    last = next(one for one in samples if all(one.ends.get(place, 0) >= end for place, end in ends.items()))
    events = truth.sums.events - done
    return Rate(events / (last.at_s - start.at_s), (last.cpu_s - start.cpu_s) / events * 1e6)


def _counts(sample: Sample) -> tuple[int, int]:
    return sample.alerts, sample.states


async def verify(runtime: Runtime, run: Run, truth: Truth) -> Ends:
    """Compares the last state of each customer, and the alerts, with the truth. At least once: alerts may
    come again, as they do where a second worker joins, and are known by their number.

    Returns where the last of them lie: what a runtime writes for itself may go on after that.
    """
    states: dict[bytes, tuple[int, int, int]] = {}
    alerts: set[int] = set()
    ends: Ends = {}

    def take_state(record: Any) -> None:
        state = runtime.decode(record.key, record.value) if record.value is not None else None
        if state is not None:
            states[record.key] = state
            ends[record.topic, record.partition] = record.offset + 1

    def take_alert(record: Any) -> None:
        alerts.add(orjson.loads(record.value)["n"])
        ends[record.topic, record.partition] = record.offset + 1

    await read(run.brokers, runtime.changelog(run), PARTITIONS, take_state)
    await read(run.brokers, run.alerts, PARTITIONS, take_alert)
    events, transfers, chains = (sum(column) for column in zip(*states.values(), strict=True))
    got = Sums(len(states), events, transfers, chains, len(alerts))
    if got != truth.sums:
        raise Wrong(f"{run.name} came to {got}, and {truth.sums} is right")
    return ends
