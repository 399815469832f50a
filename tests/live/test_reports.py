"""A period against the one before it: the clock stands at second 0."""

import csv
import io
from typing import Any

import pytest
from sqlalchemy import Engine

from schemas.frictions import Kind
from schemas.journeys import JourneyState, Outcome
from services.live.core.report import COLUMNS, PLACES_MAX
from tests.live.conftest import Api
from tests.live.given import at, contact, feed, friction, journey, retracted, wait
from tests.oracle.build import DAY, HOUR

LATE = -8 * DAY


@pytest.fixture
def weeks(engine: Engine) -> None:
    """This week two of three waits were answered in time, the week before one of one."""
    answered = {"a": (-HOUR, 5), "b": (-HOUR, 10), "c": (-HOUR, 90), "d": (LATE, 5)}
    for subject, (start, seconds) in answered.items():
        feed(engine, contact(subject, start, waits=(wait("billing", start, start + seconds, "answered"),)))
    over: dict[str, Any] = {"state": JourneyState.CLOSED, "outcome": Outcome.RESOLVED}
    feed(
        engine,
        friction("f1", -HOUR, "a"),
        friction("f2", -HOUR, "b"),
        friction("f3", LATE, "d"),
        friction("f4", LATE, "d", kind=Kind.FORM_ERRORS, touchpoint="=form"),
        retracted("f5", -HOUR, subject="a"),
        journey("j1", -HOUR, **over),
        journey("j2", LATE, **(over | {"outcome": Outcome.EXPIRED})),
        journey("j3", -HOUR),
    )


@pytest.mark.usefixtures("weeks")
def test_each_figure_stands_beside_that_of_the_period_before(api: Api) -> None:
    told = api.read("/v1/reports/period")
    assert (told["since"], told["until"], told["before_since"]) == (at(-7 * DAY), at(), at(-14 * DAY))
    assert told["contacts"] == {"now": 3, "before": 1, "change": 2}
    level = next(one for one in told["kpis"] if one["variant"] == "answered_or_abandoned")
    assert level == {
        "kpi": "service_level",
        "variant": "answered_or_abandoned",
        "unit": "share",
        "now": 0.6667,
        "before": 1.0,
        "change": -0.3333,
        "count": 3,
        "provisional": False,
    }
    assert told["frictions"] == [
        {"kind": "long_wait", "touchpoint": "queue:billing", "now": 2, "before": 1, "change": 1},
        {"kind": "form_errors", "touchpoint": "=form", "now": 0, "before": 1, "change": -1},
    ]
    assert told["outcomes"] == [
        {"outcome": "expired", "now": 0, "before": 1, "change": -1},
        {"outcome": "resolved", "now": 1, "before": 0, "change": 1},
    ]


@pytest.mark.usefixtures("weeks")
def test_the_same_as_a_sheet_that_runs_nothing(api: Api) -> None:
    answer = api.get("/v1/reports/period", format="csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="journeyline-2026-11-21-7d.csv"'
    header, *rows = csv.reader(io.StringIO(answer.text))
    assert tuple(header) == COLUMNS
    assert {len(row) for row in rows} == {len(COLUMNS)}
    assert ["contacts", "contacts", "", "contacts", "3", "1", "2", ""] in rows
    assert ["friction", "form_errors", "'=form", "frictions", "0", "1", "-1", ""] in rows
    level = next(row for row in rows if row[2] == "answered_or_abandoned")
    assert level[4:] == ["0.6667", "1.0", "-0.3333", "False"]
    asa = next(row for row in rows if row[1] == "average_abandon_time")
    assert asa[4:7] == ["", "", ""]


def test_of_nothing_nothing_has_changed(api: Api) -> None:
    told = api.read("/v1/reports/period", tenant="nobody")
    assert told["contacts"] == {"now": 0, "before": 0, "change": 0}
    assert (told["frictions"], told["outcomes"]) == ([], [])
    assert {one["change"] for one in told["kpis"]} == {None}


def test_the_places_that_hurt_most_are_in_it(engine: Engine, api: Api) -> None:
    places = [f"page:/{n}" for n in range(PLACES_MAX + 5)]
    feed(engine, *(friction(place, -HOUR, touchpoint=place) for place in places))
    feed(engine, *(friction(f"again {n}", LATE, touchpoint=places[-1]) for n in range(3)))
    told = api.read("/v1/reports/period")["frictions"]
    assert len(told) == PLACES_MAX
    assert (told[0]["touchpoint"], told[0]["change"]) == (places[-1], -2)


def test_it_is_refused_with_what_can_be_asked(api: Api) -> None:
    for query, words in (({"window": "x"}, "window: write a number"), ({"format": "pdf"}, "format: ")):
        answer = api.get("/v1/reports/period", **query)
        assert (answer.status_code, answer.json()["detail"].startswith(words)) == (422, True)
