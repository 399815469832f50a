"""`make accuracy`: many events, clean, disordered and lossy, and every kind against its labels."""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Annotated

import orjson
import typer
from rich.console import Console

from tests.accuracy.report import BARS, added_up, as_json, misses, table
from tests.accuracy.trial import CASES, Outcome, Trial, run

PROCESSES = 2
#: A centre of its own each time: many small ones are faster than a large one, and fill both processes.
TRIAL_EVENTS = 25_000


def main(
    events: Annotated[int, typer.Option(min=1000, help="How many are told, at least.")] = 200_000,
    seed: Annotated[int, typer.Option(help="The same seed tells the same stories.")] = 1,
    mixed: Annotated[bool, typer.Option("--mixed", help="Customers go by different names.")] = False,
) -> None:
    """Holds the product's frictions against the simulator's labels. Fails where a kind misses its bar."""
    outcomes = list(_outcomes(events, seed, mixed))
    told = sum(outcome.events for outcome in outcomes if outcome.trial.case == "clean")
    total = added_up(outcomes)
    console = Console(highlight=False)
    for case, scores in total.items():
        console.print(table(case, scores))
    below = {case: kinds for case, scores in total.items() if (kinds := misses(scores, BARS[case]))}
    for case, kinds in below.items():
        console.print(f"{case}: below {BARS[case]}: {', '.join(kinds)}")
    print(orjson.dumps(as_json(total, told, seed)).decode(), flush=True)
    raise typer.Exit(1 if below or told < events else 0)


def _outcomes(events: int, seed: int, mixed: bool) -> Iterator[Outcome]:
    """Of all trials, as they end; says on stderr how far it is."""
    parts = -(-events // TRIAL_EVENTS)
    size = -(-events // parts)
    trials = [Trial(case, seed * 1000 + part, size, mixed) for part in range(parts) for case in CASES]
    started = time.monotonic()
    with ProcessPoolExecutor(PROCESSES) as pool:
        running = [pool.submit(run, trial) for trial in trials]
        for done, future in enumerate(as_completed(running), 1):
            seconds = time.monotonic() - started
            print(f"{done} of {len(trials)} trials, {seconds:.0f} s", file=sys.stderr, flush=True)
            yield future.result()


if __name__ == "__main__":
    typer.run(main)
