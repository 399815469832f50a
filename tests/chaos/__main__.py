"""`make chaos`: workers are killed, paused and crashed under traffic, and an oracle judges.

The last line is one JSON object. DOSE=short, for CI: 10 kills and a little of every other row. DOSE=full:
100 kills, and all of them.
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
from pathlib import Path
from typing import NamedTuple

from services.broker import ApacheBroker
from tests.chaos.hall import Hall, Trouble, hall
from tests.chaos.oracle import Verdict
from tests.chaos.rows import Ledger, crash, kill, pause, restart
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


DOSES = {"short": Dose(4, 2, 10, 2, 1, 1), "full": Dose(12, 3, 100, 20, 10, 20)}


async def run(place: Hall, dose: Dose, ledger: Ledger) -> Verdict:
    async with hall(place):
        rows = (
            ("kill -9 while it lags", kill, dose.kills),
            ("SIGTERM, one after the other", restart, dose.restarts),
            ("SIGSTOP beyond the session", pause, dose.pauses),
            ("crash points", crash, dose.crashes),
        )
        for title, row, times in rows:
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
    say(
        f"{len(place.heard):,} records in, {len(place.said):,} said, {verdict.repeats:,} of them again "
        f"({verdict.repeats / max(1, len(place.said)):.2%}), quarantine repeats {verdict.poison_repeats}"
    )
    say(
        f"{ledger.kills} kills (lag at least {min(ledger.lags, default=0)}, {ledger.wiped} lost their data), "
        f"{ledger.terms} SIGTERM, {ledger.pauses} SIGSTOP, {ledger.faults} crash points"
    )
    say(f"other ends of workers, by exit code: {dict(sorted(place.endings.items()))}")
    if ledger.takeovers_s:
        say(f"longest silence of a partition after a kill: {max(ledger.takeovers_s):.1f} s")
    if ledger.restarts_s:
        say(f"longest silence of a partition at a planned restart: {max(ledger.restarts_s):.1f} s")


def say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", flush=True)


def main() -> None:
    words = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    words.add_argument("--dose", choices=DOSES, default="full")
    words.add_argument("--seed", type=int, default=int(time.time()) % 1_000_000)
    choice = words.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # each retry is told, and none matters
    say(f"seed {choice.seed}, load {os.getloadavg()[0]:.1f}")
    dose, ledger = DOSES[choice.dose], Ledger()
    BUILD.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="chaos-", dir=BUILD))
    is_kept = False
    try:
        with ApacheBroker(folder / "broker", free_port(), BUILD / "kafka-jars") as broker:
            place = Hall(broker.bootstrap, folder, choice.seed, dose.partitions, dose.workers)
            try:
                verdict = asyncio.run(run(place, dose, ledger))
            except Trouble as trouble:
                say(str(trouble))
                verdict = place.verdict()
                is_kept = True
        report(place, ledger, verdict)
        is_right = not is_kept and (verdict.lost, verdict.doubled, verdict.wrong) == (0, 0, 0)
        is_kept |= not is_right
        last = {
            "kills": ledger.kills, "lost": verdict.lost, "doubled": verdict.doubled, "wrong": verdict.wrong,
            "poison_in": verdict.poison_in, "poison_quarantined": verdict.poison_quarantined,
            "seed": choice.seed,
        }  # fmt: skip
        print(json.dumps(last))
        sys.exit(0 if is_right and verdict.poison_in == verdict.poison_quarantined else 1)
    finally:
        if is_kept:
            say(f"the workers' logs are kept in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
