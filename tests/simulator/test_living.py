"""A world on the wall clock, and the command that tells one into a file."""

import threading
import time
from datetime import datetime
from pathlib import Path

import orjson
from msgspec.structs import replace

from services.simulator.core.tales import Event
from services.simulator.living import BATCH_EVENTS, live
from services.simulator.options import Options, make_world
from tests.cli.test_commands import journeyline

BUSY = Options(seed=1, rate=40, customers=500, history_hours=0.1, minutes=1, hour=14)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def test_the_past_comes_at_once_and_the_rest_when_its_time_comes() -> None:
    posted: list[tuple[int, list[Event]]] = []
    stopping, begin_ms = threading.Event(), now_ms()
    threading.Timer(3, stopping.set).start()
    live(make_world(BUSY, begin_ms), lambda batch: posted.append((now_ms(), batch)), stopping, lambda _: None)
    assert now_ms() - begin_ms < 6_000
    moments = [
        (at_ms, datetime.fromisoformat(event["time"]).timestamp() * 1000)
        for at_ms, batch in posted
        for event in batch
    ]
    past = [posted_ms for posted_ms, event_ms in moments if event_ms < begin_ms]
    fresh = [posted_ms - event_ms for posted_ms, event_ms in moments if event_ms > begin_ms + 2_000]
    assert len(past) > 1_000
    assert max(past) - begin_ms < 2_500
    assert fresh
    assert min(fresh) >= 0
    assert max(fresh) < 1_000
    # The events of one more moment may join a full batch.
    assert max(len(batch) for _, batch in posted) < BATCH_EVENTS + 10


def test_it_ends_when_its_minutes_are_over() -> None:
    options = replace(BUSY, minutes=0.02)
    world = make_world(options, now_ms())
    started = time.monotonic()
    live(world, lambda _: None, threading.Event(), lambda _: None)
    assert time.monotonic() - started < 5
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
