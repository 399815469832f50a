"""Replay runs: their own clock while open, frictions while open, the wall clock afterwards."""

from typing import Any

import pytest

from schemas.codec import parse_event
from schemas.partitioning import partition_of
from schemas.replays import RunReport
from tests.core.given import DAY, HOUR, call, event, mine
from tests.core.pipeline import RECEIVED_MS, Pipeline
from tests.core.replays import MINUTE_MS, beaten, kinds, of_run

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


@pytest.mark.parametrize("restarted", [True, False])
@pytest.mark.parametrize("silent", [True, False])
def test_a_run_that_goes_on_after_its_end_is_open_again(silent: bool, restarted: bool) -> None:
    pipeline = Pipeline(partitions=3)
    pipeline.feed(of_run(mine(call("c1", 0, 60))), RECEIVED_MS)
    end_ms = RECEIVED_MS + (MINUTE_MS if silent else 1000)
    if not silent:
        pipeline.end_run("r1", end_ms)
    closed(pipeline, RECEIVED_MS + 2000, end_ms + 10_000)
    assert reported(pipeline) == {True}
    second_ms = end_ms + 2 * MINUTE_MS
    pipeline.feed(of_run([event("call.queued", 2 * HOUR, "c3")]), second_ms)
    beaten(pipeline, second_ms + 1000, second_ms + 6000)
    assert reported(pipeline) == {False}
    if restarted:
        pipeline.restart()
    pipeline.pass_time()
    assert kinds(pipeline) == []
    pipeline.end_run("r1", second_ms + 7000)
    closed(pipeline, second_ms + 8000, second_ms + 18_000)
    assert kinds(pipeline) == ["long_wait"]
    assert reported(pipeline) == {True}


def test_what_was_sent_before_the_end_of_a_run_does_not_open_it_again() -> None:
    """A partition far behind folds its part of the run after the others have closed theirs."""
    pipeline = Pipeline(partitions=1)
    pipeline.feed(of_run(call("c1", 0, 60)), RECEIVED_MS)
    pipeline.end_run("r1", RECEIVED_MS + 1000)
    closed(pipeline, RECEIVED_MS + 2000, RECEIVED_MS + 9000)
    pipeline.mark_run("r1", alive_ms=RECEIVED_MS + 900, now_ms=RECEIVED_MS + 10 * MINUTE_MS)
    pipeline.beat(RECEIVED_MS + 10 * MINUTE_MS + 1000)
    assert reported(pipeline) == {True}


def test_what_comes_just_after_the_end_of_a_run_is_counted() -> None:
    pipeline = Pipeline(partitions=1)
    pipeline.feed(of_run([event("call.started", 0)]), RECEIVED_MS)
    pipeline.end_run("r1", RECEIVED_MS + 1000)
    closed(pipeline, RECEIVED_MS + 2000, RECEIVED_MS + 9000)
    pipeline.feed(of_run([event("call.ended", 5)]), RECEIVED_MS + 3000)
    pipeline.beat(RECEIVED_MS + 60_000)
    assert last_report(pipeline, "contacts/0").events == 2


def test_the_open_deadlines_of_a_run_are_its_own() -> None:
    pipeline = Pipeline(partitions=1)
    pipeline.feed([event("call.queued", 0, f"other{n}") for n in range(9)], RECEIVED_MS)
    pipeline.feed(QUEUED, RECEIVED_MS)
    pipeline.end_run("r1", RECEIVED_MS + 1000)
    open_ = set()
    for second in range(2, 20):
        pipeline.beat(RECEIVED_MS + second * 1000)
        open_.add(last_report(pipeline, "contacts/0").deadlines)
    pipeline.pass_time()
    pipeline.beat(RECEIVED_MS + 60_000)
    assert open_ == {1}
    assert last_report(pipeline, "contacts/0").deadlines == 0


def last_report(pipeline: Pipeline, part: str) -> RunReport:
    return [report for report in pipeline.run_reports() if report.part == part][-1]


def closed(pipeline: Pipeline, from_ms: int, to_ms: int) -> None:
    """Once the run has ended, the deadlines of its contacts pass, then those of its customers."""
    for late_ms in (0, 10_000, 20_000):
        beaten(pipeline, from_ms + late_ms, to_ms + late_ms)
        pipeline.pass_time()


def reported(pipeline: Pipeline) -> set[bool]:
    """Whether each partition of both stages has said last that it is through with the run."""
    said = {report.part: report.done for report in pipeline.run_reports()}
    assert len(said) == 2 * pipeline.count
    return set(said.values())


def in_partition(number: int) -> dict[str, Any]:
    """A wait there, of four partitions."""
    waits = (event("call.queued", 0, f"c{n}") for n in range(1000))
    return next(one for one in waits if partition_of(parse_event(one).key, 4) == number)
