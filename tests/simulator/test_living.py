"""A world on the wall clock, and the command that tells one into a file."""

import math
import threading
from datetime import datetime
from pathlib import Path

import orjson
from msgspec.structs import replace

from services.simulator.core.tales import Event
from services.simulator.living import BATCH_EVENTS, TICK_SECONDS, live
from services.simulator.options import Options, make_world
from tests.cli.test_commands import journeyline
from tests.simulator.telling import BEGIN_MS

BUSY = Options(seed=1, rate=40, customers=500, history_hours=0.1, minutes=1, hour=14)


class Clock(threading.Event):
    """Time passes only while somebody waits. It is set when it is over."""

    def __init__(self, seconds: float = math.inf) -> None:
        super().__init__()
        self.now_ms, self._end_ms = BEGIN_MS, BEGIN_MS + seconds * 1000

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.now_ms += round(timeout * 1000)
        return self.is_set()

    def is_set(self) -> bool:
        return self.now_ms >= self._end_ms


def test_the_past_comes_at_once_and_the_rest_when_its_time_comes() -> None:
    posted: list[tuple[int, list[Event]]] = []
    clock = Clock(seconds=10)

    def post(batch: list[Event]) -> None:
        posted.append((clock.now_ms, batch))

    live(make_world(BUSY, BEGIN_MS), post, clock, lambda _: None, lambda: clock.now_ms)
    moments = [
        (at_ms, datetime.fromisoformat(event["time"]).timestamp() * 1000)
        for at_ms, batch in posted
        for event in batch
    ]
    past = [posted_ms for posted_ms, event_ms in moments if event_ms < BEGIN_MS]
    fresh = [posted_ms - event_ms for posted_ms, event_ms in moments if event_ms > BEGIN_MS]
    assert len(past) > 1_000
    assert max(past) == BEGIN_MS
    assert len(fresh) > 100
    assert min(fresh) >= 0
    assert max(fresh) <= TICK_SECONDS * 1000
    # The events of one more moment may join a full batch.
    assert max(len(batch) for _, batch in posted) < BATCH_EVENTS + 10


def test_it_ends_when_its_minutes_are_over() -> None:
    clock = Clock()
    world = make_world(replace(BUSY, minutes=0.02), BEGIN_MS)
    live(world, lambda _: None, clock, lambda _: None, lambda: clock.now_ms)
    assert 1_200 <= clock.now_ms - BEGIN_MS < 3_000
    assert not world.is_open


def test_a_file_and_its_truth_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    def told(name: str, seed: str) -> tuple[bytes, bytes]:
        out, truth = tmp_path / f"{name}.jsonl", tmp_path / f"{name}-truth.jsonl"
        numbers = ["--seed", seed, "--rate", "5", "--customers", "300", "--minutes", "30"]
        answer = journeyline("simulate", *numbers, "--out", str(out), "--truth", str(truth))
        assert answer.returncode == 0, answer.stderr
        assert "events of" in answer.stderr
        return out.read_bytes(), truth.read_bytes()

    assert told("one", "3") == told("again", "3")
    assert told("other", "4") != told("one", "3")
    labels = [orjson.loads(line) for line in (tmp_path / "one-truth.jsonl").read_bytes().splitlines()]
    assert set(labels[0]) == {"tenant", "kind", "touchpoint", "source", "subject", "at", "evidence"}


def test_it_asks_where_to() -> None:
    answer = journeyline("simulate", "--minutes", "1")
    assert answer.returncode != 0
    assert "--live, or --out FILE" in answer.stderr
