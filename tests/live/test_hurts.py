"""`/v1/hurts`: what hurts now against what is usual."""

from typing import Any

import pytest
from sqlalchemy import Engine

from schemas.frictions import Kind, Severity
from services.live.core.hurts import DAY_US, HISTORY, MINUTE_US, Level, Now, Place, Spans, hurts
from tests.live.conftest import Api
from tests.live.given import Given, at, contact, feed, friction, retracted

MINUTE, HOUR = 60, 3600
BILLING = Place("long_wait", "queue:billing")


def _now(number: int, severity: Severity = Severity.LOW, place: Place = BILLING) -> list[Now]:
    return [Now(place, severity, number, at())]


def _items(api: Api, **query: Any) -> list[tuple[str, int, float | None, str]]:
    items = api.read("/v1/hurts", **query)["items"]
    return [(item["touchpoint"], item["now"], item["usual"], item["level"]) for item in items]


@pytest.mark.parametrize(
    ("now", "before", "windows", "level"),
    [
        (1, 0, 0, Level.NEW),
        (1, 0, 96, Level.AS_USUAL),
        (3, 0, 96, Level.FAR_ABOVE),
        (8, 2 * 96, 96, Level.FAR_ABOVE),
        (100, 92 * 96, 96, Level.AS_USUAL),
        (5, 2 * 10, 10, Level.ABOVE),
    ],
)
def test_how_far_above_usual_takes_chance_into_account(
    now: int, before: int, windows: int, level: Level
) -> None:
    [hurt] = hurts(_now(now), {BILLING: {1: before}}, windows)
    assert hurt.level == level


def test_the_farthest_above_usual_is_first() -> None:
    busy, rare = Place("long_wait", "queue:busy"), Place("ivr_loop", "node:rare")
    found = hurts(_now(40, place=busy) + _now(4, place=rare), {busy: {1: 3_800}}, 96)
    assert [hurt.touchpoint for hurt in found] == ["node:rare", "queue:busy"]


def test_the_history_ends_with_now() -> None:
    [hurt] = hurts(_now(3), {BILLING: {1: 7, HISTORY: 9}}, 2)
    assert hurt.history == [0] * (HISTORY - 2) + [7, 3]
    assert hurt.usual == 8


def test_the_highest_severity_and_the_newest_time_are_told(engine: Engine, api: Api) -> None:
    severities = (Severity.LOW, Severity.HIGH, Severity.MEDIUM)
    feed(engine, *(friction(f"f{n}", 5 * n, severity=one) for n, one in enumerate(severities)))
    [item] = api.read("/v1/hurts")["items"]
    assert (item["severity"], item["last_at"], item["now"]) == ("high", at(10), 3)


def test_windows_cover_the_day_before() -> None:
    spans = Spans(DAY_US * 10, 15 * MINUTE_US)
    assert spans.before == 96
    assert spans.start(spans.before) == DAY_US * 9 - 15 * MINUTE_US


def _quarters(number: int) -> list[Given]:
    """A contact and a long wait in each of the quarters of an hour before the one that is now."""
    times = [-n * 15 * MINUTE - 1 for n in range(1, number + 1)]
    pairs = [(contact(f"c{t}", t), friction(f"f{t}", t, f"c{t}")) for t in times]
    return [record for pair in pairs for record in pair]


def test_usual_counts_only_windows_in_which_contacts_began(engine: Engine, api: Api) -> None:
    feed(engine, *_quarters(4), *(friction(f"now{n}", -n) for n in range(8)))
    assert _items(api) == [("queue:billing", 8, 1.0, "far_above")]
    feed(engine, *(contact(f"calm{n}", -n * 15 * MINUTE - 1) for n in range(5, 9)))
    assert _items(api) == [("queue:billing", 8, 0.5, "far_above")]
    assert api.read("/v1/hurts")["items"][0]["history"] == [0] * 11 + [1] * 4 + [8]


def test_the_first_minutes_have_no_usual(engine: Engine, api: Api) -> None:
    feed(engine, contact(seconds=-60), friction("f1", -5))
    assert _items(api) == [("queue:billing", 1, None, "new")]


def test_old_replayed_and_retracted_ones_do_not_hurt_now(engine: Engine, api: Api) -> None:
    old = friction("old", -HOUR, detected_at=at(), replay="r1")
    feed(
        engine, old, retracted("gone", -5), friction("edge", -15 * MINUTE), friction("past", -15 * MINUTE - 1)
    )
    assert [item[:2] for item in _items(api)] == [("queue:billing", 1)]


def test_it_can_be_narrowed(engine: Engine, api: Api) -> None:
    feed(
        engine,
        *_quarters(2),
        friction("f1", -1),
        friction("f2", -1, tenant="acme", touchpoint="queue:sales"),
        friction("f3", -6 * MINUTE, kind=Kind.IVR_LOOP, touchpoint="node:main"),
    )
    assert len(_items(api)) == 3
    assert [item[0] for item in _items(api, queue="billing")] == ["queue:billing"]
    assert _items(api, tenant="acme") == [("queue:sales", 1, None, "new")]
    assert {item[0] for item in _items(api, window_minutes=5)} == {"queue:billing", "queue:sales"}
    assert api.read("/v1/hurts", window_minutes=5)["window_minutes"] == 5


@pytest.mark.parametrize("minutes", [4, 121, "x"])
def test_it_refuses_odd_windows(api: Api, minutes: Any) -> None:
    assert api.get("/v1/hurts", window_minutes=minutes).status_code == 422
