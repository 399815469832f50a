"""`form_errors`: 3 field or submit failures in one form session."""

from typing import Any

from tests.core.given import Told, event, raised

KIND = "form_errors"


def failed(at: float, field: str | None = None, form_id: str = "address") -> dict[str, Any]:
    if field is None:
        return event("web_form.submit_failed", at, form_id=form_id)
    return event("web_form.field_failed", at, form_id=form_id, field=field)


def test_the_field_of_the_third_failure_is_the_place() -> None:
    told = raised(KIND, [failed(0, "name"), failed(1), failed(2, "postcode"), failed(3, "name")])
    assert told == [Told("c1", 2, "form:address#postcode", ("field_failed", "submit_failed", "field_failed"))]


def test_else_the_last_field_that_failed_else_the_form() -> None:
    assert [one.touchpoint for one in raised(KIND, [failed(0, "name"), failed(1), failed(2)])] == [
        "form:address#name"
    ]
    assert [one.touchpoint for one in raised(KIND, [failed(0), failed(1), failed(2)])] == ["form:address"]


def test_each_form_counts_for_itself() -> None:
    assert raised(KIND, [failed(0), failed(1), failed(2, form_id="move")]) == []
