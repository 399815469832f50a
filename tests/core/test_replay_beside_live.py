"""Where live events and those of replay runs meet: what is live waits for no run, nor a run for another."""

import msgspec
import pytest

from schemas import topics
from schemas.journeys import Journey
from services.journey_builder.customer_waits import WAIT
from tests.core.given import DAY, HOUR, call, event, mine
from tests.core.pipeline import RECEIVED_MS, Pipeline
from tests.core.replays import beaten, of_run


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


def test_the_end_of_one_run_opens_nothing_of_another() -> None:
    later = 20 * DAY
    pipeline = Pipeline(partitions=1)
    pipeline.feed(OLD, RECEIVED_MS)
    chat = mine([event("chat.started", later, "b"), event("chat.ended", later + 60, "b")])
    pipeline.feed(of_run(chat, "r2"), RECEIVED_MS + 1)
    pipeline.end_run("r2", RECEIVED_MS + 2000)
    beaten(pipeline, RECEIVED_MS + 3000, RECEIVED_MS + 30_000)
    pipeline.pass_time(RECEIVED_MS * 1000)
    beaten(pipeline, RECEIVED_MS + 30_000, RECEIVED_MS + 40_000)
    told = [msgspec.json.decode(one.value, type=Journey) for one in pipeline.log[topics.JOURNEYS.name]]
    assert [one.state for one in told if one.contacts[0].subject == "old"] == ["open"]


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
