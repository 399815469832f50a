"""The bank's first days as a file to replay, what must come out of them, and what did."""

import csv
import gzip
import os
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest

from services.broker_host import stop_with_parent
from tests.e2e.stack import Json, Stack
from tests.oracle import bank
from tests.oracle.friction import Friction

DATA = Path(os.environ.get("JOURNEYLINE_REAL_DATA") or Path(__file__).parents[2] / ".." / "shared" / "data")
CSV = DATA / "anonymous_bank" / "august_1_to_15.csv.gz"
DAYS = range(1, 4)
REPLAY_SECONDS = 300.0
AFTER = "2010-08-16T00:00:00Z"
EXAMPLES = 5
#: What is true of a moment's telling, not of the friction.
OF_THE_TELLING = {"detected_at", "revision"}

needs_data = pytest.mark.skipif(
    not CSV.exists(), reason=f"THE REAL DATA IS NOT HERE: {CSV}; set JOURNEYLINE_REAL_DATA to its folder"
)


class Outcome(NamedTuple):
    """What a stack says of the bank."""

    summary: Json
    frictions: list[Json]
    kpis: Json

    @property
    def ids(self) -> dict[Friction, str]:
        return {friction(item): item["friction_id"] for item in self.raised}

    @property
    def raised(self) -> list[Json]:
        return [item for item in self.frictions if item["state"] == "raised"]

    @property
    def by_id(self) -> dict[str, Json]:
        """All of each friction that does not depend on when it was said."""
        return {
            item["friction_id"]: {name: item[name] for name in item.keys() - OF_THE_TELLING}
            for item in self.frictions
        }


@cache
def calls() -> list[bank.Call]:
    return bank.read(CSV, DAYS).calls


@cache
def expected() -> bank.Judgement:
    return bank.judge(calls())


def write_days(path: Path) -> Path:
    """The rows of the first days, as the bank wrote them."""
    with gzip.open(CSV, "rt", newline="") as source, path.open("w", newline="") as target:
        header, *rows = csv.reader(source)
        day = header.index("date")
        wanted = [row for row in rows if int(row[day].rsplit("-", 1)[1]) in DAYS]
        csv.writer(target).writerows([header, *wanted])
    return path


class Replay:
    """`journeyline replay` of a file, under way."""

    def __init__(
        self, stack: Stack, file: Path, run: str, *options: str, format_: str = "anonymous-bank"
    ) -> None:
        self.run, self._stack, self._deadline = run, stack, time.monotonic() + REPLAY_SECONDS
        self._log = stack.data_dir / f"replay-{run}.log"
        arguments = ["replay", "--format", format_, str(file), "--run", run, *options]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "services.cli.main", *arguments],
                env=stack.environment,
                stdout=log,
                stderr=log,
                preexec_fn=stop_with_parent(),
            )

    @property
    def is_running(self) -> bool:
        if self._process.poll() is None and time.monotonic() > self._deadline:
            self._process.kill()
            self._process.wait()
            pytest.fail(f"{self.run} takes over {REPLAY_SECONDS:g} s\n{self.log}\n{self._stack.logs()}")
        return self._process.poll() is None

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")[-4000:]

    def progress(self) -> Json:
        """Nothing accepted, where the door does not know the run yet."""
        try:
            answer = self._stack.http.get(f"{self._stack.ingest_url}/v1/replays/{self.run}")
        except httpx2.TransportError:
            return {"state": "open", "accepted": 0, "folded": 0}
        return (
            dict(answer.json())
            if answer.status_code == 200
            else {"state": "open", "accepted": 0, "folded": 0}
        )

    def finish(self) -> Outcome:
        """All of it is folded, judged and readable."""
        while self.is_running:
            time.sleep(0.1)
        assert self._process.returncode == 0, f"{self.log}\n{self._stack.logs()}"
        print(" ".join(self.log.split(" events of ")[-1].split("┏")[0].split()))
        return outcome(self._stack)


def outcome(stack: Stack) -> Outcome:
    (group,) = stack.live("/v1/kpis", until=AFTER, window="30d")["groups"]
    return Outcome(stack.summary(), stack.frictions(), group["kpis"])


def friction(item: Json) -> Friction:
    """As the oracle writes it."""
    return Friction(
        kind=item["kind"],
        source=item["contact"]["source"],
        subject=item["contact"]["subject"],
        at_ms=round(datetime.fromisoformat(item["at"]).timestamp() * 1000),
        evidence=tuple(event["event_id"] for event in item["evidence"]),
        touchpoint=item["touchpoint"],
    )


def check(found: Outcome) -> None:
    """It is exactly what the oracle says."""
    wanted = expected()
    items = [friction(item) for item in found.raised]
    assert_same(set(items), wanted.frictions)
    assert len(items) == len(set(items)), "a friction is listed twice"
    groups = {group["key"]: group["raised"] for group in found.summary["groups"] if group["raised"]}
    assert groups == Counter(friction.kind for friction in wanted.frictions)
    assert found.summary["counters"] == wanted.counters._asdict()
    figures = bank.kpis(calls(), wanted)
    told = {name: found.kpis[name] for name, _, _ in figures}
    assert_same({(name, kpi["value"], kpi["count"]) for name, kpi in told.items()}, figures)
    assert not any(kpi["provisional"] for kpi in told.values())


def assert_same(found: Any, wanted: Any) -> None:
    """Like `==` of two sets, with an answer that can be read."""
    missing, extra = sorted(wanted - found), sorted(found - wanted)
    assert not missing, (
        f"{len(missing)} missing: {missing[:EXAMPLES]}; {len(extra)} extra: {extra[:EXAMPLES]}"
    )
    assert not extra, f"{len(extra)} extra: {extra[:EXAMPLES]}"
