"""Replay runs: their own clock while open, frictions while open, the wall clock afterwards."""

from typing import Any

import pytest

from schemas.codec import parse_event
from schemas.partitioning import partition_of
from services.journey_builder.customer_store import WAIT
from tests.core.given import DAY, HOUR, call, event, mine
from tests.core.pipeline import RECEIVED_MS, Pipeline

MINUTE_MS = 60_000


def of_run(events: list[dict[str, Any]], run: str = "r1") -> list[dict[str, Any]]:
    return [one | {"replay": run} for one in events]


def kinds(pipeline: Pipeline) -> list[str]:
    return sorted(one.kind for one in pipeline.raised())


def beaten(pipeline: Pipeline, from_ms: int, to_ms: int, step_ms: int = 1000) -> None:
    for clock_ms in range(from_ms, to_ms, step_ms):
        pipeline.beat(clock_ms)


QUEUED = of_run([event("call.queued", 0)])


def test_while_a_run_is_open_the_wall_clock_passes_no_deadline_of_it() -> None:
    pipeline = Pipeline()
    pipeline.feed(QUEUED, RECEIVED_MS)
    pipeline.pass_time()
    assert kinds(pipeline) == []
    pipeline.feed(of_run([event("call.answered", 300)]), RECEIVED_MS + 1)
    assert kinds(pipeline) == ["long_wait"]


def test_a_run_that_is_ended_leaves_its_deadlines_to_the_wall_clock() -> None:
    pipeline = Pipeline()
    pipeline.feed(QUEUED, RECEIVED_MS)
    pipeline.end_run("r1", RECEIVED_MS + 1000)
    beaten(pipeline, RECEIVED_MS + 2000, RECEIVED_MS + 9000)
    pipeline.pass_time()
    assert kinds(pipeline) == ["long_wait"]


def test_a_minute_of_silence_ends_a_run() -> None:
    pipeline = Pipeline()
    pipeline.feed(QUEUED, RECEIVED_MS)
    beaten(pipeline, RECEIVED_MS + 1000, RECEIVED_MS + MINUTE_MS)
    pipeline.pass_time()
    assert kinds(pipeline) == []
    beaten(pipeline, RECEIVED_MS + MINUTE_MS + 1000, RECEIVED_MS + MINUTE_MS + 9000)
    pipeline.pass_time()
    assert kinds(pipeline) == ["long_wait"]


def test_frictions_between_contacts_show_while_the_run_is_open() -> None:
    pipeline = Pipeline()
    pipeline.feed(of_run(mine([*call("c1", 0, 60), *call("c2", HOUR, HOUR + 60)])), RECEIVED_MS)
    assert kinds(pipeline) == []
    beaten(pipeline, RECEIVED_MS + 1000, RECEIVED_MS + 6000)
    assert kinds(pipeline) == ["repeat_contact"]


def test_a_restart_in_the_middle_of_a_run_changes_nothing() -> None:
    pipeline = Pipeline()
    pipeline.feed(of_run(mine(call("c1", 0, 60))), RECEIVED_MS)
    pipeline.beat(RECEIVED_MS + 1000)
    pipeline.restart()
    pipeline.feed(of_run(mine(call("c2", HOUR, HOUR + 60))), RECEIVED_MS + 2000)
    beaten(pipeline, RECEIVED_MS + 3000, RECEIVED_MS + 9000)
    assert kinds(pipeline) == ["repeat_contact"]


def test_while_a_run_is_open_its_customers_are_not_kept_waiting() -> None:
    pipeline = Pipeline()
    pipeline.feed([event("call.queued", 0, "other")], RECEIVED_MS)
    assert pipeline.may_wait("customers") == {True}
    pipeline.feed(QUEUED, RECEIVED_MS)
    pipeline.beat(RECEIVED_MS + 1000)
    pipeline.restart()
    assert pipeline.may_wait("customers") == {False}
    pipeline.end_run("r1", RECEIVED_MS + 2000)
    beaten(pipeline, RECEIVED_MS + 3000, RECEIVED_MS + 6000)
    assert pipeline.may_wait("customers") == {False}
    for since_ms in (6000, 10_000, 14_000):
        pipeline.pass_time()
        beaten(pipeline, RECEIVED_MS + since_ms, RECEIVED_MS + since_ms + 4000)
    assert pipeline.may_wait("customers") == {True}


def test_a_second_run_of_the_same_events_says_nothing_of_frictions_and_journeys() -> None:
    events = mine(
        [*call("c1", 0, 60), event("call.queued", HOUR, "c2"), event("call.abandoned", HOUR + 60, "c2")]
    )
    pipeline = Pipeline()
    for number, run in enumerate(("r1", "r2/end")):
        before = len(pipeline.log["frictions"]), len(pipeline.log["journeys"])
        start_ms = RECEIVED_MS + number * 10 * MINUTE_MS
        pipeline.feed(of_run(events, run), start_ms)
        pipeline.end_run(run, start_ms + 1000)
        beaten(pipeline, start_ms + 2000, start_ms + 9000)
    assert kinds(pipeline) == ["abandoned_call", "repeat_contact"]
    assert (len(pipeline.log["frictions"]), len(pipeline.log["journeys"])) == before


def test_the_live_copy_of_a_replayed_event_makes_its_contact_live() -> None:
    pipeline = Pipeline()
    pipeline.feed(QUEUED, RECEIVED_MS)
    pipeline.feed([event("call.queued", 0)], RECEIVED_MS + 1)
    pipeline.pass_time()
    assert kinds(pipeline) == ["long_wait"]


@pytest.mark.parametrize("live_first", [True, False])
def test_one_replayed_event_does_not_keep_a_live_contact_waiting(live_first: bool) -> None:
    live, replayed = [event("call.queued", 0)], of_run([event("ivr.ended", -5, reason="transferred")])
    pipeline = Pipeline()
    for events in (live, replayed) if live_first else (replayed, live):
        pipeline.feed(events, RECEIVED_MS)
    pipeline.pass_time()
    assert [(one.kind, one.replay) for one in pipeline.raised()] == [("long_wait", None)]


LIVE = mine([event("call.queued", 0, "live"), event("call.abandoned", 10, "live")])
OLD = of_run(mine([event("chat.started", -20 * DAY, "old"), event("chat.ended", -20 * DAY + 60, "old")]))


def states(pipeline: Pipeline) -> dict[str, str]:
    """By the contact that opened the journey."""
    return {one.contacts[0].subject: one.state for one in pipeline.journeys()}


@pytest.mark.parametrize("restarted", [True, False])
@pytest.mark.parametrize("live_first", [True, False])
def test_a_live_journey_closes_while_a_run_brings_another_one_of_its_customer(
    live_first: bool, restarted: bool
) -> None:
    pipeline = Pipeline()
    for events in (LIVE, OLD) if live_first else (OLD, LIVE):
        pipeline.feed(events, RECEIVED_MS)
    pipeline.beat(RECEIVED_MS + 1000)
    assert waiting(pipeline) == 1
    if restarted:
        pipeline.restart()
    pipeline.pass_time()
    assert states(pipeline) == {"live": "closed", "old": "open"}
    assert waiting(pipeline) == 0
    pipeline.end_run("r1", RECEIVED_MS + 2000)
    beaten(pipeline, RECEIVED_MS + 3000, RECEIVED_MS + 9000)
    pipeline.pass_time()
    assert states(pipeline) == {"live": "closed", "old": "closed"}
    assert waiting(pipeline) == 0


def test_a_live_contact_does_not_close_the_journey_of_an_open_run() -> None:
    pipeline = Pipeline()
    pipeline.feed(OLD, RECEIVED_MS)
    pipeline.feed(LIVE, RECEIVED_MS + 1)
    assert states(pipeline) == {"live": "open", "old": "open"}


def test_a_journey_with_a_live_contact_closes_while_a_run_is_open() -> None:
    joined = of_run(mine([event("chat.started", -60, "first"), event("chat.ended", -10, "first")]))
    pipeline = Pipeline()
    pipeline.feed(LIVE, RECEIVED_MS)
    pipeline.feed(joined, RECEIVED_MS + 1)
    pipeline.pass_time()
    assert states(pipeline) == {"first": "closed"}


def test_two_runs_of_a_customer_do_not_wait_for_one_another() -> None:
    """The first stays open, by contacts of somebody else, and has told nothing of him that may show."""
    pipeline = Pipeline(partitions=1)
    pipeline.feed(of_run(mine(call("x", 0, 60)), "r1"), RECEIVED_MS)
    later = 10 * DAY
    two = [*call("c1", later, later + 60), *call("c2", later + HOUR, later + HOUR + 60)]
    pipeline.feed(of_run(mine(two), "r2"), RECEIVED_MS + 5000)
    pipeline.feed(of_run(call("y", later + DAY, later + DAY + 1), "r2"), RECEIVED_MS + 6000)
    beaten(pipeline, RECEIVED_MS + 7000, RECEIVED_MS + 12_000)
    assert [(one.kind, one.replay) for one in pipeline.raised()] == [("repeat_contact", "r2")]


def waiting(pipeline: Pipeline) -> int:
    """Rows of customers that hold a further deadline."""
    return sum(key[:1] == WAIT for key in pipeline.stored("customers"))


def test_what_a_run_brought_is_forgotten_as_all_else() -> None:
    pipeline = Pipeline(partitions=1)
    contact = [event("call.started", 0), event("call.answered", 5), event("call.ended", 60, resolved=True)]
    pipeline.feed(of_run(mine(contact)), RECEIVED_MS)
    pipeline.end_run("r1", RECEIVED_MS + 1000)
    beaten(pipeline, RECEIVED_MS + 2000, RECEIVED_MS + 20_000)
    for day in range(1, 90):
        now_ms = RECEIVED_MS + day * DAY * 1000
        pipeline.beat(now_ms)
        pipeline.pass_time(now_ms * 1000)
    left = {stage: {key[:1] for key in pipeline.stored(stage)} for stage in ("contacts", "customers")}
    assert left == {"contacts": {b"r"}, "customers": {b"r", b"t"}}


def test_a_run_that_pauses_for_less_than_a_minute_ends_nowhere() -> None:
    """Its last event came just after the other partitions were told that it goes on."""
    pipeline = Pipeline(partitions=4)
    here, there = (in_partition(number) for number in (0, 1))
    pipeline.feed(of_run([here, there]), RECEIVED_MS)
    beaten(pipeline, RECEIVED_MS + 1000, RECEIVED_MS + 4900)
    pipeline.feed(of_run([here | {"id": "2", "type": "call.transcribed"}]), RECEIVED_MS + 4900)
    beaten(pipeline, RECEIVED_MS + 5000, RECEIVED_MS + 62_000)
    pipeline.feed(of_run([here | {"id": "3", "type": "call.transcribed"}]), RECEIVED_MS + 61_900)
    beaten(pipeline, RECEIVED_MS + 62_000, RECEIVED_MS + 65_000)
    pipeline.pass_time()
    assert kinds(pipeline) == []


def in_partition(number: int) -> dict[str, Any]:
    """A wait there, of four partitions."""
    waits = (event("call.queued", 0, f"c{n}") for n in range(1000))
    return next(one for one in waits if partition_of(parse_event(one).key, 4) == number)
