"""Errors in a form, and pages slow to load."""

from typing import Any

import pytest

from .build import event, found, moments
from .contacts import frictions
from .limits import Limits


def form(verb: str, at: float, form_id: str = "move", **data: Any) -> dict[str, Any]:
    return event(f"web_form.{verb}", at, form_id=form_id, **data)


def failures(*fields: str | None) -> list[dict[str, Any]]:
    """Of a field each; None is the whole form."""
    return [
        form("submit_failed", at) if field is None else form("field_failed", at, field=field)
        for at, field in enumerate(fields)
    ]


@pytest.mark.parametrize(("count", "at"), [(2, []), (3, [2]), (7, [2])])
def test_form_errors_is_three_failures(count: int, at: list[float]) -> None:
    assert moments("form_errors", failures(*["zip"] * count)) == at


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        (("a", "b", "c"), "form:move#c"),
        (("a", "b", None), "form:move#b"),
        (("a", None, None), "form:move#a"),
        ((None, None, None), "form:move"),
        ((None, None, None, "a"), "form:move"),
    ],
)
def test_form_errors_is_at_the_field_that_failed_last(fields: tuple[str | None, ...], place: str) -> None:
    (errors,) = found("form_errors", failures(*fields))
    assert errors.touchpoint == place
    assert len(errors.evidence) == 3


def test_form_errors_counts_each_form_by_itself() -> None:
    other = [form("field_failed", at, "card", field="c") for at in (5, 6, 7)]
    assert found("form_errors", [*failures("a", "b"), *other[:2]]) == []
    assert moments("form_errors", [*failures("a", "b", "c"), *other]) == [2, 7]


def test_a_submit_between_failures_starts_no_new_count() -> None:
    assert moments("form_errors", [*failures("a", "b"), form("submitted", 3), form("field_failed", 4)]) == [4]


@pytest.mark.parametrize(("load_ms", "count"), [(4000, 0), (4000.5, 1), (4001, 1)])
def test_slow_page_is_over_4000_ms(load_ms: float, count: int) -> None:
    page = event("web_form.page_loaded", 7, page="/move", load_ms=load_ms)
    pages = found("slow_page", [page])
    assert [(one.touchpoint, one.evidence) for one in pages] == [("page:/move", (page["id"],))] * count


def test_slow_page_is_each_view() -> None:
    pages = [
        event("web_form.page_loaded", at, page="/move", load_ms=load) for at, load in enumerate((9e3, 1, 5e3))
    ]
    assert moments("slow_page", pages) == [0, 2]


def test_a_page_that_says_no_time_is_not_slow() -> None:
    assert found("slow_page", [event("web_form.page_loaded", 0, page="/move")]) == []


def test_limits_may_be_others() -> None:
    page = event("web_form.page_loaded", 0, page="/move", load_ms=4000)
    assert frictions([page]) == frozenset()
    assert len(frictions([page], limits=Limits(page_load_ms=3999))) == 1
