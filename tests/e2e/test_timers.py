"""Deadlines on a silent stream: nothing comes after the calls were queued, but the two minutes pass."""

import time
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest

from schemas.data import Contact
from schemas.events import contact_key
from schemas.partitioning import partition_of
from services.settings import Settings
from tests.e2e.conftest import MakeStack
from tests.e2e.mixed import Raw, event
from tests.e2e.stack import Json, Stack

pytestmark = [pytest.mark.e2e, pytest.mark.waits, pytest.mark.timeout(400)]

PBX = "//acme/pbx"
LIMIT_SECONDS = 120.0
KILL_SECONDS, READY_SECONDS, VISIBLE_SECONDS = 60.0, 110.0, 122.5
#: One call in each partition: of two workers, one keeps about half of them and the other is killed.
PARTITIONS: int = Settings.model_fields["partitions"].default


def queued_in(partition: int, at_s: float) -> Raw:
    subjects = (f"silent-{number}" for number in count())
    subject = next(
        one for one in subjects if partition_of(contact_key(Contact(PBX, one)), PARTITIONS) == partition
    )
    return event(PBX, subject, 0, ("call.queued", 0, {"queue": f"q{partition}"}), at_s)


def moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def poll(stack: Stack, until_s: float) -> Iterator[list[Json]]:
    while time.time() < until_s:
        yield stack.frictions()
        time.sleep(0.05)


def first_seen(stack: Stack, wanted: int, until_s: float) -> dict[str, tuple[float, Json]]:
    """By queue: when a friction was first readable, and the friction."""
    seen: dict[str, tuple[float, Json]] = {}
    for listed in poll(stack, until_s):
        now_s = time.time()
        for friction in listed:
            seen.setdefault(friction["touchpoint"], (now_s, friction))
        if len(seen) == wanted:
            break
    return seen


def test_a_long_wait_is_raised_on_time_in_silence_and_over_a_killed_worker(
    make_stack: MakeStack, tmp_path: Path
) -> None:
    with make_stack(tmp_path, 2) as stack:
        at_s = round(time.time(), 3)
        assert stack.post([queued_in(number, at_s) for number in range(PARTITIONS)])["accepted"] == PARTITIONS
        assert list(poll(stack, at_s + KILL_SECONDS))[-1] == []
        stack.kill_worker(1)
        stack.wait(lambda: not stack.is_ready(), 5, "nobody misses the killed worker")
        stack.wait(stack.is_ready, at_s + READY_SECONDS - time.time(), "the worker is not back")
        seen = first_seen(stack, PARTITIONS, at_s + VISIBLE_SECONDS)
        assert set(seen) == {f"queue:q{number}" for number in range(PARTITIONS)}
        for readable_s, friction in seen.values():
            assert (friction["kind"], friction["state"]) == ("long_wait", "raised")
            assert moment(friction["at"]) == pytest.approx(at_s + LIMIT_SECONDS, abs=0.0011)
            assert 0 <= moment(friction["detected_at"]) - moment(friction["at"]) <= 1
            assert at_s + LIMIT_SECONDS < readable_s <= at_s + VISIBLE_SECONDS
        assert len(stack.frictions()) == PARTITIONS
