"""Three days of a bank's calls, whatever the order, the duplicates, the crashes and the number of workers."""

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.bank import Outcome, Replay, assert_same, check, needs_data, write_days
from tests.e2e.conftest import MakeStack
from tests.e2e.stack import Json, Stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600), needs_data]

KINDS_OF_ONE_CONTACT = {"abandoned_call", "long_wait", "ivr_maze"}
CORRECTED_MAX = 0.001
#: Five kills, in an order that chance decides.
KILLS_WHILE_FOLDING = (True, True, True, False, False)
#: At these rates three days last some 12 s, and 30 s.
WATCHED_RATE, KILLED_RATE = "2500", "1000"


class Twice(NamedTuple):
    """A replay in order, and the same file once more on the same stack."""

    started_at: datetime
    #: Frictions raised, as polled while the first run was open.
    raised_while_open: list[int]
    first: Outcome
    second: Outcome


@pytest.fixture(scope="module")
def bank_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_days(tmp_path_factory.mktemp("bank") / "three-days.csv")


@pytest.fixture(scope="module")
def twice(make_stack: MakeStack, bank_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Twice:
    with make_stack(tmp_path_factory.mktemp("twice") / "stack", 1) as stack:
        started_at = datetime.now(UTC) - timedelta(seconds=1)
        replay = Replay(stack, bank_file, "r1", "--rate", WATCHED_RATE)
        seen = list(_watch(stack, replay))
        return Twice(started_at, seen, replay.finish(), Replay(stack, bank_file, "r2").finish())


def _watch(stack: Stack, replay: Replay) -> Iterator[int]:
    while replay.is_running:
        raised = sum(group["raised"] for group in stack.summary()["groups"])
        # Asked afterwards: what was seen before the end counts.
        if replay.progress()["state"] == "open":
            yield raised
        time.sleep(0.2)


def test_a_replay_in_order_finds_exactly_what_happened(twice: Twice) -> None:
    check(twice.first)


def test_a_replay_in_order_takes_hardly_anything_back(twice: Twice) -> None:
    corrected = [item for item in twice.first.frictions if item["retraction"] == "corrected"]
    print(f"{len(corrected)} corrected of {len(twice.first.frictions)}")
    assert not [item for item in corrected if item["kind"] in KINDS_OF_ONE_CONTACT]
    assert len(corrected) <= CORRECTED_MAX * len(twice.first.raised)


def test_frictions_appear_while_the_run_is_open(twice: Twice) -> None:
    print(f"raised while the run was open: {twice.raised_while_open}")
    assert any(0 < raised < len(twice.first.raised) for raised in twice.raised_while_open)


def test_frictions_are_detected_by_the_clock_of_today(twice: Twice) -> None:
    """Also in a replay, whose deadlines run on the clock of the past."""
    early = [item for item in twice.first.frictions if _moment(item["detected_at"]) < twice.started_at]
    assert not early, f"{len(early)} of {len(twice.first.frictions)}, such as {early[0]}"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_same_file_again_changes_nothing(twice: Twice) -> None:
    assert twice.second.summary == twice.first.summary
    before, after = twice.first.by_id, twice.second.by_id
    assert_same(set(after), set(before))
    assert [(before[key], after[key]) for key in before if before[key] != after[key]][:3] == []


@pytest.mark.real_broker("the harder case, with kills, is run on both")
def test_the_order_of_arrival_does_not_matter(
    twice: Twice, make_stack: MakeStack, bank_file: Path, tmp_path: Path, seed: int
) -> None:
    with make_stack(tmp_path / "stack", 1) as stack:
        found = Replay(stack, bank_file, "shuffled", "--shuffle-hours", "12", "--seed", str(seed)).finish()
    check(found)
    assert found.ids == twice.first.ids


@pytest.mark.parametrize(
    "hours", [pytest.param("0", marks=pytest.mark.real_broker("the harder case is run on both")), "12"]
)
def test_kill_9_of_a_lagging_worker_changes_nothing(
    twice: Twice, make_stack: MakeStack, bank_file: Path, tmp_path: Path, seed: int, hours: str
) -> None:
    dice = random.Random(seed)
    kills = dice.sample(KILLS_WHILE_FOLDING, len(KILLS_WHILE_FOLDING))
    with make_stack(tmp_path / "stack", 1) as stack:
        disorder = ("--shuffle-hours", hours, "--seed", str(seed))
        replay = Replay(stack, bank_file, "killed", "--rate", KILLED_RATE, *disorder)
        for is_folding in kills:
            print(f"kill -9, folding {is_folding}: {_kill_while_it_lags(stack, replay, dice, is_folding)}")
        found = replay.finish()
    check(found)
    assert found.ids == twice.first.ids


def _kill_while_it_lags(stack: Stack, replay: Replay, dice: random.Random, is_folding: bool) -> Json:
    """In a worker's first seconds, while it starts or restores its state; or while it catches up."""
    stack.wait(lambda: len(stack.worker_pids()) == 1, 30, "a killed worker is still away")
    if is_folding:
        stack.wait(stack.is_ready, 60, "the worker is not ready again")
    time.sleep(dice.uniform(0.0, 2.0))
    stack.wait(lambda: _lags(replay.progress()), 30, "there is nothing left to fold")
    progress = replay.progress()
    assert replay.is_running, "the replay was over before the worker was killed"
    stack.kill_worker(0)
    return progress


def _lags(progress: Json) -> bool:
    return bool(progress["folded"] < progress["accepted"])


def test_two_workers_share_the_work(
    twice: Twice, make_stack: MakeStack, bank_file: Path, tmp_path: Path
) -> None:
    with make_stack(tmp_path / "stack", 2) as stack:
        found = Replay(stack, bank_file, "shared").finish()
        numbers = [stack.metrics(url) for url in stack.build_urls]
    for stage in ("contacts", "customers"):
        owned = [worker[f'journeyline_stream_partitions{{stage="{stage}"}}'] for worker in numbers]
        batches = [worker[f'journeyline_stream_batch_records_count{{stage="{stage}"}}'] for worker in numbers]
        print(f"{stage}: partitions {owned}, batches {batches}")
        followed = [worker[f'journeyline_stream_standby_partitions{{stage="{stage}"}}'] for worker in numbers]
        assert min(owned) > 0
        assert sum(owned) == sum(followed) == 8
        assert min(batches) > 0
    check(found)
    assert found.ids == twice.first.ids
