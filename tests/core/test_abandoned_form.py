"""`abandoned_form`: begun, and left for 2 min or idle for 30 min, without being submitted."""

from typing import Any

from tests.core.given import MINUTE, MS, Told, event, raised

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
