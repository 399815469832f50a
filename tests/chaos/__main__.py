"""`make chaos`: workers are killed, paused and crashed under traffic, and an oracle judges.

The last line is one JSON object. DOSE=short, for CI: 10 kills and a little of every other row. DOSE=full:
100 kills, and all of them. DOSE=brokers: three brokers go and come back, one by one and all at once.
DOSE=long: two hours, or MINUTES=n, with a deed now and then; one worker has its peace, and must not grow.
"""

import argparse
import asyncio
import json
import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple, TextIO

from services.broker import ApacheBroker
from tests.chaos.cluster import Node, cluster
from tests.chaos.endurance import endure, has_grown
from tests.chaos.hall import Hall, Trouble, hall
from tests.chaos.oracle import Verdict
from tests.chaos.rows import Ledger, bounce, crash, kill, pause, restart, storm
from tests.conftest import free_port

BUILD = Path(__file__).resolve().parents[2] / "build"


class Dose(NamedTuple):
    """How often each row's deed is done; `crashes`: at each point."""

    partitions: int
    workers: int
    kills: int
    restarts: int
    pauses: int
    crashes: int
    storms: int
    bounces: int = 0
    minutes: int = 0


DOSES = {
    "short": Dose(4, 2, 10, 2, 1, 1, 8),
    "full": Dose(12, 3, 100, 20, 10, 20, 60),
    "brokers": Dose(12, 3, 0, 0, 0, 0, 0, bounces=2),
    "long": Dose(12, 3, 0, 0, 0, 0, 0, minutes=120),
}


#: What is done to workers in each dose; the dose `brokers` leaves them alone.
ROWS = (
    ("kill -9 while it lags", kill, "kills"),
    ("SIGTERM, one after the other", restart, "restarts"),
    ("SIGSTOP beyond the session", pause, "pauses"),
    ("crash points", crash, "crashes"),
    ("all at once", storm, "storms"),
    ("minutes of traffic, with a deed now and then", endure, "minutes"),
)


async def run(place: Hall, dose: Dose, ledger: Ledger, nodes: Sequence[Node]) -> Verdict:
    async with hall(place, replicas=max(1, len(nodes))):
        if nodes:
            say(f"brokers, clean and hard: {dose.bounces} rounds, and all at once")
            await bounce(place, ledger, dose.bounces, nodes)
        for title, row, name in ROWS:
            if times := getattr(dose, name):
                say(f"{title}: {times}")
                await row(place, ledger, times)
        place.hush()
        say("the end: every word once more, from the workers' own stores")
        await place.close_round()
        await place.until_all_is_said()
        say("and again from the changelog alone, all data folders lost")
        place.stop_workers()
        for name in place.names:
            place.lose_data(name)
            place.start(name)
        await place.close_round()
        await place.until_all_is_said()
        return place.verdict()


def report(place: Hall, ledger: Ledger, verdict: Verdict) -> None:
    said = len(place.said.records)
    say(
        f"{len(place.heard):,} records in, {said:,} said, {verdict.repeats:,} of them again "
        f"({verdict.repeats / max(1, said):.2%}), {place.said.late:,} late by a batch, "
        f"quarantine repeats {verdict.poison_repeats}"
    )
    say(
        f"{ledger.kills} kills (lag at least {min(ledger.lags, default=0)}, {ledger.wiped} lost their data), "
        f"{ledger.terms} SIGTERM, {ledger.pauses} SIGSTOP, {ledger.faults} crash points"
    )
    say(f"other ends of workers, by exit code: {dict(sorted(place.endings.items()))}")
    if ledger.returns_s:
        say(f"{ledger.bounces} bounces of brokers; then all was folded within {max(ledger.returns_s):.1f} s")
    for what, (early, late) in ledger.growth.items():
        say(f"the worker left alone, {what}: {early:,.1f} in the second quarter, {late:,.1f} in the last")
    if ledger.compacted is not None:
        left, written = ledger.compacted
        say(f"compaction has left {left:,} records of {written:,} in the changelog")
    if ledger.takeovers_s:
        say(f"longest silence of a partition after a kill: {max(ledger.takeovers_s):.1f} s")
    if ledger.restarts_s:
        say(f"longest silence of a partition at a planned restart: {max(ledger.restarts_s):.1f} s")


def say(words: str, to: TextIO = sys.stdout) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", file=to, flush=True)


def main() -> None:
    words = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    words.add_argument("--dose", choices=DOSES, default="full")
    words.add_argument("--seed", type=int, default=int(time.time()) % 1_000_000)
    words.add_argument("--minutes", type=int, help="of the long dose")
    choice = words.parse_args()
    dose = DOSES[choice.dose]
    if choice.minutes and not dose.minutes:
        words.error("--minutes is for --dose long alone")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # each retry is told, and none matters
    say(f"seed {choice.seed}, load {os.getloadavg()[0]:.1f}")
    BUILD.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="chaos-", dir=BUILD))
    dose = dose._replace(minutes=choice.minutes or dose.minutes)
    if is_right := _suffer(folder, dose, choice.seed):
        shutil.rmtree(folder, ignore_errors=True)
    else:
        say(f"the workers' logs are kept in {folder}", sys.stderr)
    sys.exit(0 if is_right else 1)


def _suffer(folder: Path, dose: Dose, seed: int) -> bool:
    """Gives the dose; returns whether everything is right, and says so at last in JSON."""
    ledger, is_finished = Ledger(), True
    with ExitStack() as stack:
        bootstrap, nodes = _start_brokers(stack, folder, dose)
        place = Hall(bootstrap, folder, seed, dose.partitions, dose.workers)
        try:
            verdict = asyncio.run(run(place, dose, ledger, nodes))
        except Trouble as trouble:
            say(str(trouble))
            verdict, is_finished = place.verdict(), False
    report(place, ledger, verdict)
    last = {
        "kills": ledger.kills, "lost": verdict.lost, "doubled": verdict.doubled, "wrong": verdict.wrong,
        "poison_in": verdict.poison_in, "poison_quarantined": verdict.poison_quarantined, "seed": seed,
    }  # fmt: skip
    print(json.dumps(last), flush=True)
    is_exact = (verdict.lost, verdict.doubled, verdict.wrong) == (0, 0, 0)
    is_steady = not has_grown(ledger.growth)
    return is_finished and is_exact and is_steady and verdict.poison_in == verdict.poison_quarantined


def _start_brokers(stack: ExitStack, folder: Path, dose: Dose) -> tuple[str, list[Node]]:
    """Their address, and the three nodes where brokers are to suffer."""
    if not dose.bounces:
        broker = ApacheBroker(folder / "broker", free_port(), BUILD / "kafka-jars")
        return stack.enter_context(broker).bootstrap, []
    nodes = stack.enter_context(cluster(folder, BUILD / "kafka-jars"))
    return ",".join(node.bootstrap for node in nodes), nodes


if __name__ == "__main__":
    main()
