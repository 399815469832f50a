"""How far a replay run is, from the latest report of every part of the product."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from schemas.replays import RunReport

RUNS_MAX = 1000


class RunState(StrEnum):
    """Where a run stands; each state includes the one before."""

    #: It may still get events.
    OPEN = "open"
    #: It has ended; not all of it is folded.
    FOLDING = "folding"
    #: Every partition of contacts and customers has folded all of it.
    FOLDED = "folded"
    #: Readers see all of it.
    PROJECTED = "projected"


class Progress(Struct, frozen=True):
    """The answer to `GET /v1/replays/{run}`."""

    run: str
    accepted: int
    folded: int
    deadlines_open: int
    projected: int
    state: RunState


class Board:
    """The latest report of each part, by run; of the oldest runs nothing is kept."""

    def __init__(self, runs_max: int = RUNS_MAX) -> None:
        self._runs_max = runs_max
        self._runs: dict[str, dict[str, RunReport]] = {}

    def add(self, report: RunReport) -> None:
        self._runs.setdefault(report.run, {})[report.part] = report
        if len(self._runs) > self._runs_max:
            del self._runs[next(iter(self._runs))]

    def events(self, run: str, part: str) -> int:
        report = self._runs.get(run, {}).get(part)
        return report.events if report else 0

    def progress(self, run: str, partitions: int) -> Progress | None:
        parts = self._runs.get(run)
        return None if parts is None else summed(run, parts.values(), partitions)


def summed(run: str, reports: Iterable[RunReport], partitions: int) -> Progress:
    by_stage: dict[str, list[RunReport]] = {}
    for report in reports:
        by_stage.setdefault(report.part.partition("/")[0], []).append(report)
    return Progress(
        run=run,
        accepted=sum(report.events for report in by_stage.get("ingest", ())),
        folded=sum(report.events for report in by_stage.get("contacts", ())),
        deadlines_open=sum(
            report.deadlines for stage in ("contacts", "customers") for report in by_stage.get(stage, ())
        ),
        projected=sum(report.events for report in by_stage.get("live", ())),
        state=_state(by_stage, partitions),
    )


def _state(by_stage: dict[str, list[RunReport]], partitions: int) -> RunState:
    done = {stage: sum(report.done for report in reports) for stage, reports in by_stage.items()}
    if all(done.get(stage, 0) >= partitions for stage in ("contacts", "customers")):
        live = by_stage.get("live", [])
        return RunState.PROJECTED if live and all(report.done for report in live) else RunState.FOLDED
    # Without anybody's word a run ends by silence, which the contact partitions notice one by one.
    return RunState.FOLDING if done.get("ingest") or done.get("contacts") else RunState.OPEN
