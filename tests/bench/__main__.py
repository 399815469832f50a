"""`make bench`: the runtime beside its peers, on one broker, in one run. The last line is one JSON object."""

import argparse
import asyncio
import json
import logging
import os
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import Any

from services.broker import ApacheBroker
from services.kafka import compress_lightly
from tests.bench.builder import measure_builder, simulate
from tests.bench.log import fill, make_topics, placed
from tests.bench.measure import Rate, Wrong, measure
from tests.bench.named import calls
from tests.bench.picture import Bar, draw
from tests.bench.runtimes import BUILD, PARTITIONS, RUNTIMES, Run
from tests.bench.sizes import IDLE_MINUTES, Crowd, recover
from tests.bench.traffic import Traffic, Truth
from tests.conftest import free_port

TELL = ["journeyline", "faust", "kafka_streams", "quix_streams", "bare"]
PARTS = ["peers", "sizes", "builder", "identity"]
#: Of the events that name two identifiers of their customer.
LINKING_SHARES = (0.0, 0.05)
#: The whole builder does more for an event, and gets so many times the limit.
BUILDER_SHARE = 3
BURSTS, UNIFORM = "bursts of about 10 events, 2 % of customers active", "uniform keys"


class Bench:
    """One run: collects figures, tells them as they come, goes on where one part fails."""

    def __init__(self, brokers: str, folder: Path, choice: argparse.Namespace) -> None:
        self._brokers, self._folder, self._choice = brokers, folder, choice
        self._events = 120_000 if choice.quick else 1_000_000
        self._customers = 10_000 if choice.quick else 100_000
        #: By runtime, traffic and number of workers: of each round.
        self.rates: defaultdict[tuple[str, str, int], list[Rate]] = defaultdict(list)
        self.figures: dict[str, float | None] = {
            "whole_builder_events_per_s": None,
            "no_links_events_per_s": None,
            "identity_events_per_s": None,
            "cost_ratio_1m_to_10k": None,
            "recovery_1m_s": None,
            "rss_1m_timers_mb": None,
        }
        self.failures: list[str] = []

    async def run(self) -> None:
        parts = self._choice.parts
        for traffic in (BURSTS, UNIFORM) if "peers" in parts else ():
            await self._peers(traffic)
        if "sizes" in parts:
            await self._guard("sizes", self._sizes())
        if "builder" in parts:
            await self._guard("the whole builder", self._builder())
        for share in LINKING_SHARES if "identity" in parts else ():
            await self._guard("identity", self._identity(share))

    async def _guard(self, what: str, work: Any) -> None:
        try:
            await work
        except (Wrong, AssertionError, OSError) as error:
            self.failures.append(what)
            say(f"FAILED {what}: {str(error)[-1500:]}")

    async def _peers(self, traffic: str) -> None:
        """Each round begins with another one: the first finds a broker that is not yet warm."""
        runners = [(name, 1) for name in self._choice.runtimes]
        if "journeyline" in self._choice.runtimes:
            runners.append(("journeyline", 2))
        logs: dict[int, Truth] = {}
        for number in range(self._choice.rounds):
            turn = number % len(runners)
            for name, workers in runners[turn:] + runners[:turn]:
                share = int(self._events * RUNTIMES[name].share)
                if share not in logs:
                    logs[share] = await self._log(traffic, share)
                raced = self._peer(name, traffic, logs[share], workers, number)
                await self._guard(f"{name}, {workers} of them, {traffic}", raced)

    async def _log(self, traffic: str, events: int) -> Truth:
        """A log of so many events, written before anybody reads it."""
        told = Traffic(self._customers, self._choice.seed, traffic == UNIFORM)
        topic = f"in-{events}-{'uniform' if traffic == UNIFORM else 'bursts'}"
        say(f"writing {events:,} events, {traffic}")
        make_topics(self._brokers, [topic], PARTITIONS)
        await fill(self._brokers, placed(topic, PARTITIONS, told.events(events)))
        return told.truth(topic)

    async def _peer(self, name: str, traffic: str, truth: Truth, workers: int, number: int) -> None:
        kind = "u" if traffic == UNIFORM else "b"
        title = f"{name.replace('_', '-')}-{kind}{workers}-{number}"
        run = Run(title, self._brokers, truth.topic, self._folder / title)
        rate = await measure(RUNTIMES[name], run, truth, workers, self._choice.limit)
        self.rates[name, traffic, workers].append(rate)
        say(f"{title}: {rate.events_per_s:,.0f} events/s, {rate.cpu_us:.1f} us of processor each, {load()}")
        shutil.rmtree(run.folder)

    async def _sizes(self) -> None:
        sizes = (1_000, 10_000) if self._choice.quick else (10_000, 100_000, 1_000_000)
        async with AsyncExitStack() as stack:
            crowds = [
                await stack.enter_async_context(self._crowd(customers).at_work()) for customers in sizes
            ]
            # Side by side, and one after the other: the machine is not as fast at all times.
            rounds = [
                [self._tell_cost(crowd, "running", await crowd.burst(self._events)) for crowd in crowds]
                for _ in range(self._choice.rounds)
            ]
        ratio = median(costs[-1] / costs[0] for costs in rounds)
        self.figures["cost_ratio_1m_to_10k"] = ratio
        restarted = [
            self._tell_cost(crowd, "restarted", await crowd.restarted(self._events)) for crowd in crowds
        ]
        say(
            f"{sizes[-1]:,} over {sizes[0]:,} customers: {ratio:.2f} x the processor time, the median; "
            f"just restarted {restarted[-1] / restarted[0]:.2f} x"
        )
        await self._recovery(crowds[-1])

    def _crowd(self, customers: int) -> Crowd:
        title = f"size-{customers}"
        run = Run(title, self._brokers, f"{title}-in", self._folder / title, IDLE_MINUTES)
        return Crowd(run, customers, self._choice.seed, self._choice.limit)

    def _tell_cost(self, crowd: Crowd, how: str, rate: Rate) -> float:
        """Processor time, which neighbours on the machine change less than the rate."""
        told = f"{rate.events_per_s:,.0f} events/s, {rate.cpu_us:.1f} us of processor each"
        say(f"{crowd.customers:,} customers, {how} worker: {told}, {load()}")
        return rate.cpu_us

    async def _recovery(self, crowd: Crowd) -> None:
        recovery = await recover(crowd.run, free_port(), self._choice.limit)
        self.figures["recovery_1m_s"] = recovery.seconds
        self.figures["rss_1m_timers_mb"] = recovery.rss_mb
        say(
            f"{crowd.customers:,} customers restored in {recovery.seconds:.1f} s "
            f"({recovery.start_s:.1f} s from the start of the process); {recovery.rss_mb:.0f} MB "
            f"with {recovery.timers:,} open timers, {load()}"
        )

    async def _builder(self) -> None:
        rates = await measure_builder(
            self._brokers, self._folder / "builder",
            simulate(self._choice.seed, 10 if self._choice.quick else 200),
            free_port(), BUILDER_SHARE * self._choice.limit,
        )  # fmt: skip
        self.figures["whole_builder_events_per_s"] = rates
        say(f"the whole builder, both stages, one worker: {rates:,.0f} events/s, {load()}")

    async def _identity(self, share: float) -> None:
        """On a broker of its own: the builder's topics have one name."""
        folder = self._folder / f"identity-{share}"
        events = 60_000 if self._choice.quick else 600_000
        with ApacheBroker(folder / "broker", free_port(), BUILD.parent / "kafka-jars") as broker:
            rate = await measure_builder(
                broker.bootstrap, folder / "builder", calls(self._choice.seed, events, share),
                free_port(), BUILDER_SHARE * self._choice.limit,
            )  # fmt: skip
        self.figures["identity_events_per_s" if share else "no_links_events_per_s"] = rate
        say(f"three names a customer, {share:.0%} linking events: {rate:,.0f} events/s, {load()}")

    def rate(self, name: str, traffic: str = BURSTS, workers: int = 1) -> float | None:
        """The median of the rounds."""
        found = self.rates[name, traffic, workers]
        return median(one.events_per_s for one in found) if found else None


def say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", flush=True)


def load() -> str:
    return f"load {os.getloadavg()[0]:.1f}"


def table(bench: Bench) -> str:
    """Ratios first: ours over each runtime's."""
    lines = ["", f"{'':44}{'bursts':>10}{'events/s':>12}{'uniform':>12}{'events/s':>12}"]
    for name, runtime in RUNTIMES.items():
        cells = ""
        for traffic in (BURSTS, UNIFORM):
            ours, theirs = bench.rate("journeyline", traffic), bench.rate(name, traffic)
            ratio = f"{ours / theirs:.2f} x" if ours and theirs else "-"
            cells += f"{ratio:>10}{theirs:>12,.0f}  " if theirs else f"{'-':>10}{'-':>12}  "
        lines.append(f"{runtime.title:44}{cells}")
    two = [bench.rate("journeyline", traffic, 2) for traffic in (BURSTS, UNIFORM)]
    lines.append(f"{'two workers of ours':44}" + "".join(f"{rate or 0:>22,.0f}  " for rate in two))
    return "\n".join([*lines, ""])


def write_picture(bench: Bench, path: Path) -> None:
    bars = [
        Bar(runtime.title, rate, name == "journeyline")
        for name, runtime in RUNTIMES.items()
        if (rate := bench.rate(name)) is not None
    ]
    if any(bar.is_ours for bar in bars):
        path.write_text(draw("Events a second, one worker, durable state, at least once", BURSTS, bars))
        say(f"the picture is in {path}")


def summary(bench: Bench) -> str:
    rates = {name: bench.rate(name) for name in TELL}
    figures = {"events_per_s": rates, **bench.figures}
    return json.dumps(figures, default=float)


def main() -> None:
    words = argparse.ArgumentParser(prog="make bench", description=__doc__)
    words.add_argument("--quick", action="store_true", help="small logs: whether all works, in 3 minutes")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--rounds", type=int, default=3, help="races of the peers; the median counts")
    words.add_argument("--limit", type=float, default=90.0, help="seconds for each run")
    words.add_argument("--runtimes", type=lambda names: names.split(","), default=list(RUNTIMES))
    words.add_argument("--parts", type=lambda names: names.split(","), default=PARTS, help=",".join(PARTS))
    words.add_argument("--picture", type=Path, default=BUILD / "bench.svg")
    choice = words.parse_args()
    compress_lightly()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # each retry is told, and none matters
    say(f"seed {choice.seed}, {os.cpu_count()} cores for workers and broker, {load()}")
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=BUILD))
    try:
        with ApacheBroker(folder / "broker", free_port(), BUILD.parent / "kafka-jars") as broker:
            bench = Bench(broker.bootstrap, folder, choice)
            asyncio.run(bench.run())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(table(bench))
    write_picture(bench, choice.picture)
    print(summary(bench))
    sys.exit(1 if bench.failures else 0)


if __name__ == "__main__":
    main()
