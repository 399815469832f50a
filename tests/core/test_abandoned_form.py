"""`abandoned_form`: begun, and left for 2 min or idle for 30 min, without being submitted."""

from typing import Any

import pytest

from services.journey_builder.rules.load import parse_rules
from tests.core.given import MINUTE, MS, Told, event, raised, us
from tests.core.pipeline import RECEIVED_MS, Pipeline

KIND = "abandoned_form"


def form(name: str, seconds: float, **data: Any) -> dict[str, Any]:
    return event(f"web_form.{name}", seconds, form_id="address", **data)


CHANGED = form("field_changed", 0, field="postcode")


def test_a_form_that_was_only_opened_was_never_begun() -> None:
    assert raised(KIND, [form("viewed", 0), form("started", 1), form("left", 2)]) == []


def test_left_for_two_minutes_is_in_time() -> None:
    assert raised(KIND, [CHANGED, form("left", 10)], clock=130) == []
    assert raised(KIND, [CHANGED, form("left", 10), form("viewed", 130)], clock=140) == []


def test_left_for_over_two_minutes_is_abandoned() -> None:
    expected = [Told("c1", 130, "form:address#postcode", ("field_changed", "left"))]
    assert raised(KIND, [CHANGED, form("left", 10)], clock=130 + MS) == expected
    assert raised(KIND, [CHANGED, form("left", 10), form("viewed", 130 + MS)]) == expected


def test_idle_for_thirty_minutes_is_in_time() -> None:
    assert raised(KIND, [CHANGED], clock=30 * MINUTE) == []


def test_idle_for_over_thirty_minutes_is_abandoned() -> None:
    expected = [Told("c1", 30 * MINUTE, "form:address#postcode", ("field_changed",))]
    assert raised(KIND, [CHANGED], clock=30 * MINUTE + MS) == expected


def test_another_form_of_the_contact_is_something_more() -> None:
    other = event("web_form.viewed", 60, form_id="card")
    assert raised(KIND, [CHANGED, form("left", 10), other], clock=200) == []


def test_once_submitted_it_is_never_abandoned() -> None:
    assert raised(KIND, [CHANGED, form("left", 10), form("submitted", 7200)]) == []


def test_after_a_change_it_may_be_abandoned_again_at_the_later_moment() -> None:
    again = [form("field_changed", 1000, field="city"), form("left", 1010)]
    expected = [Told("c1", 1130, "form:address#city", ("field_changed", "left"))]
    assert raised(KIND, [CHANGED, form("left", 10), *again]) == expected


@pytest.mark.parametrize("length", [256, 257, 2048, 2049, 5000])
def test_a_form_of_a_long_name_is_one_in_short_events_and_in_long_ones(length: int) -> None:
    name = "f" * length
    changed = event("web_form.field_changed", 0, form_id=name, field="a")
    submitted = event("web_form.submitted", 60, form_id=name, extra="x" * 2100)
    assert raised("abandoned_form", [changed, submitted]) == []
    other = event("web_form.submitted", 60, form_id=name + "g", extra="x" * 2100)
    assert len(raised("abandoned_form", [changed, other])) == 1


@pytest.mark.parametrize("form", ["signup", "#signup"])
def test_a_form_named_by_its_place_in_the_page_has_its_own_rules(form: str) -> None:
    off = f'overrides: [{{when: {{form: ["{form}"]}}, set: {{abandoned_form: {{enabled: false}}}}}}]'
    pipeline = Pipeline(book=parse_rules(f"versions: [{{version: 1, {off}}}]").book)
    pipeline.feed([event("web_form.field_changed", 0, form_id=form, field="a")], RECEIVED_MS)
    pipeline.pass_time()
    assert pipeline.raised() == []


def test_one_given_up_anew_was_not_detected_before_that() -> None:
    start_ms = us(0) // 1000
    pipeline = Pipeline()
    left = [
        event("web_form.field_changed", 0, form_id="f", field="a"),
        event("web_form.left", 10, form_id="f"),
    ]
    pipeline.feed(left, start_ms + 11_000)
    pipeline.now_ms = start_ms + 131_000
    pipeline.pass_time(us(131))
    again = [
        event("web_form.field_changed", 200, form_id="f", field="b"),
        event("web_form.left", 210, form_id="f"),
    ]
    later = event("web_form.page_loaded", 3600, page="x", load_ms=1)
    pipeline.feed([*again, later], start_ms + 3_601_000)
    (friction,) = pipeline.raised()
    assert friction.at < friction.detected_at
