"""Frictions that are taken back: `cancelled` by a later event, `corrected` by what we learned late."""

from tests.core.given import DAY, call, event, fed, mine
from tests.core.pipeline import Pipeline


def retractions(pipeline: Pipeline) -> dict[str, str]:
    return {one.kind: one.retraction for one in pipeline.frictions().values() if one.retraction}


CHANGED = event("web_form.field_changed", 0, form_id="address", field="city")


def test_a_form_submitted_after_all_cancels() -> None:
    pipeline = fed([CHANGED], [event("web_form.viewed", 7200, form_id="address")])
    assert [one.kind for one in pipeline.raised()] == ["abandoned_form"]
    pipeline.feed([event("web_form.submitted", 7300, form_id="address")], 2_000_000_100_000)
    assert retractions(pipeline) == {"abandoned_form": "cancelled"}


def test_an_event_that_came_late_corrects() -> None:
    waited = [event("call.queued", 0), event("call.ended", 300)]
    pipeline = fed(waited, [event("call.answered", 60)])
    assert retractions(pipeline) == {"long_wait": "corrected"}


def test_what_was_corrected_may_be_raised_again() -> None:
    answered = event("call.answered", 60)
    pipeline = fed([event("call.queued", 0), event("call.ended", 300)], [answered])
    other = {**answered, "sequence": "9", "time": "2026-01-01T00:02:00.001Z"}
    pipeline.feed([other], 2_000_000_100_000)
    assert [one.kind for one in pipeline.raised()] == ["long_wait"]


def test_a_repeat_that_turns_out_to_be_our_own_call_is_corrected() -> None:
    own = mine([event("call.started", DAY - 1, "c2", direction="outbound")])
    pipeline = fed(mine(call("c1", 0, 100)), mine(call("c2", DAY, DAY + 100)), own)
    assert retractions(pipeline) == {"repeat_contact": "corrected"}


def test_a_repeat_of_what_then_went_on_is_cancelled() -> None:
    first, went_on = mine([event("chat.started", 0, "c1")]), mine([event("chat.ended", 9000, "c1")])
    pipeline = fed(first, mine(call("c2", 3600, 3700)), went_on)
    assert retractions(pipeline) == {"repeat_contact": "cancelled"}
