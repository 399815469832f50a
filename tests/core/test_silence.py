"""A source that falls silent: its waits are suspect until it is heard again."""

from schemas.frictions import Kind
from services.journey_builder.core.silence import KNOWN_EVENTS, KNOWN_MS, Pace
from tests.core.given import event
from tests.core.pipeline import RECEIVED_MS, Pipeline
from tests.oracle.build import T0

SECOND = 1000
START_MS = int(T0.timestamp()) * SECOND


def heard(gap_ms: int, events: int) -> Pace:
    pace = Pace(0, 0)
    for number in range(events):
        pace.hear(1, number * gap_ms)
    return pace


def test_who_misses_many_of_his_usual_events_is_silent() -> None:
    pace = heard(2 * SECOND, 600)
    assert not pace.is_silent(pace.last_ms + 90 * SECOND)
    assert pace.is_silent(pace.last_ms + 180 * SECOND)


def test_who_is_seldom_heard_may_be_silent_for_long() -> None:
    pace = heard(60 * SECOND, 600)
    assert not pace.is_silent(pace.last_ms + 30 * 60 * SECOND)
    assert pace.is_silent(pace.last_ms + 90 * 60 * SECOND)


def test_nobody_is_silent_who_is_not_known() -> None:
    assert not heard(SECOND, KNOWN_EVENTS - 1).is_silent(10**9)
    assert not heard(1, KNOWN_MS - 1).is_silent(10**9)


def told(pipeline: Pipeline) -> list[tuple[str, bool]]:
    return [(one.contact.subject, one.suspect) for one in pipeline.raised() if one.kind is Kind.LONG_WAIT]


def busy(pipeline: Pipeline, minutes: int) -> int:
    """A source that is heard every second; returns when it ends, in ms."""
    for second in range(minutes * 60):
        pipeline.feed([event("call.started", second, f"busy{second}")], START_MS + second * SECOND)
    return START_MS + minutes * 60 * SECOND


def test_a_wait_is_suspect_while_its_source_is_silent() -> None:
    pipeline = Pipeline(partitions=1)
    end_ms = busy(pipeline, 6)
    pipeline.feed([event("call.queued", 360, "waits", queue="billing")], end_ms)
    pipeline.now_ms = end_ms + 200 * SECOND
    pipeline.pass_time((end_ms + 200 * SECOND) * 1000)
    assert told(pipeline) == [("waits", True)]
    pipeline.restart()
    pipeline.feed([event("call.started", 600, "other")], end_ms + 240 * SECOND)
    pipeline.feed([event("call.transcribed", 600, "waits", by="agent")], end_ms + 240 * SECOND)
    assert told(pipeline) == [("waits", False)]


def test_a_wait_is_not_suspect_while_its_source_is_heard() -> None:
    pipeline = Pipeline(partitions=1)
    end_ms = busy(pipeline, 6)
    pipeline.feed([event("call.queued", 360, "waits", queue="billing")], end_ms)
    pipeline.feed([event("call.started", 560, "other")], end_ms + 199 * SECOND)
    pipeline.pass_time((end_ms + 200 * SECOND) * 1000)
    assert told(pipeline) == [("waits", False)]


def test_a_wait_whose_end_arrives_with_the_feed_is_taken_back() -> None:
    pipeline = Pipeline(partitions=1)
    end_ms = busy(pipeline, 6)
    pipeline.feed([event("call.queued", 360, "waits")], end_ms)
    pipeline.now_ms = end_ms + 200 * SECOND
    pipeline.pass_time((end_ms + 200 * SECOND) * 1000)
    pipeline.feed([event("call.answered", 370, "waits")], end_ms + 300 * SECOND)
    assert told(pipeline) == []


def test_a_replay_is_never_suspect() -> None:
    pipeline = Pipeline(partitions=1)
    wait = event("call.queued", 0, "waits") | {"replay": "r1"}
    pipeline.feed([wait, event("call.answered", 500, "waits") | {"replay": "r1"}], RECEIVED_MS)
    assert told(pipeline) == [("waits", False)]
