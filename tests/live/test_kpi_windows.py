"""Which contacts a KPI counts, in which groups, and whether it can still change."""

from typing import Any

import pytest
from sqlalchemy import Engine

from services.live.core.kpis import KPIS, NAMES
from tests.live.conftest import Api
from tests.live.figures import began, keys, values
from tests.live.given import at, contact, customer, event, feed, wait
from tests.oracle.build import DAY, HOUR, MINUTE


def test_only_what_began_in_the_window_counts(engine: Engine, api: Api) -> None:
    feed(engine, *(began(f"{hours}h", -hours * HOUR) for hours in (1, 2, 24, 25)))
    assert keys(api) == {None: 3}
    assert keys(api, window="90m") == {None: 1}
    assert keys(api, window="60m", until=at(-HOUR)) == {None: 1}
    assert keys(api, window="7d", until=at(-24 * HOUR)) == {None: 1}


def test_groups(engine: Engine, api: Api) -> None:
    feed(
        engine,
        began("a", -HOUR, queue="billing", goal="move", who="ann"),
        began("b", -HOUR, queue="billing", channel="chat", who="bob"),
        began("c", -26 * HOUR, queue="sales", tenant="other", who="cem"),
        customer("ann", attributes={"segment": "gold", "persona": "student"}),
        customer("bob", attributes={"segment": "basic"}),
    )
    found = {
        by: keys(api, window="2d", by=by) for by in ("queue", "channel", "goal", "tenant", "segment", "day")
    }
    assert found == {
        "queue": {"billing": 2, "sales": 1},
        "channel": {"call": 2, "chat": 1},
        "goal": {None: 2, "move": 1},
        "tenant": {"default": 2, "other": 1},
        "segment": {"basic": 1, "gold": 1, None: 1},
        "day": {"2026-11-21": 2, "2026-11-20": 1},
    }
    assert keys(api, window="2d", by="hour") == {"2026-11-21T09": 2, "2026-11-20T08": 1}
    narrowed = {
        "queue": "billing",
        "channel": "chat",
        "goal": "move",
        "tenant": "other",
        "persona": "student",
    }
    assert {name: keys(api, window="2d", **{name: value}) for name, value in narrowed.items()} == {
        "queue": {None: 2}, "channel": {None: 1}, "goal": {None: 1}, "tenant": {None: 1},
        "persona": {None: 1},
    }  # fmt: skip


def test_a_wait_is_of_its_own_queue_and_an_answer_of_its_contacts_last(engine: Engine, api: Api) -> None:
    waits = (wait("billing", -90, -80, "transferred"), wait("sales", -70, -60, "answered"))
    feed(
        engine,
        contact("a", -HOUR, queue="sales", waits=waits),
        event("survey.answered", "a", -9, metric="csat", score=5),
    )
    groups = {group["key"]: group for group in api.read("/v1/kpis", by="queue")["groups"]}
    assert groups["billing"]["kpis"]["abandon_rate"]["count"] == 1
    assert groups["sales"]["kpis"]["csat"]["count"] == 1
    assert (groups["billing"]["contacts"], groups["sales"]["contacts"]) == (0, 1)


def test_what_can_still_change_is_provisional(engine: Engine, api: Api) -> None:
    def provisional(**query: Any) -> set[str]:
        (group,) = api.read("/v1/kpis", **query)["groups"]
        return {name for name, kpi in group["kpis"].items() if kpi["provisional"]}

    feed(engine, began("over", -10 * DAY))
    assert provisional(window="20d") == set()
    assert provisional(window="20d", return_days=14) == {
        "first_contact_resolution",
        "contained_then_returned",
    }
    feed(engine, began("today", -HOUR))
    assert provisional(window="20d") == {"first_contact_resolution", "contained_then_returned"}
    feed(engine, began("goes on", -MINUTE, minutes=30))
    assert provisional(window="20d") == set(NAMES) - {"csat", "nps", "ces"}
    assert provisional(window="20d", until=at(1)) == set(NAMES)


def test_who_still_waits_keeps_his_queues_figures_provisional(engine: Engine, api: Api) -> None:
    """A queue is silent by nature: by its last event the contact was over long ago."""
    feed(engine, contact("a", -HOUR, ended_at=at(-HOUR / 2), waits=(wait("billing", -HOUR),), queue="sales"))
    groups = {group["key"]: group["kpis"] for group in api.read("/v1/kpis", by="queue")["groups"]}
    assert (groups["billing"]["longest_wait"]["value"], groups["billing"]["longest_wait"]["provisional"]) == (
        HOUR,
        True,
    )
    assert not groups["sales"]["longest_wait"]["provisional"]


def test_of_nothing_there_is_no_value(api: Api) -> None:
    answer = api.read("/v1/kpis")
    (group,) = answer["groups"]
    assert (group["key"], group["contacts"]) == (None, 0)
    assert {value for kpi in values(group).values() for value in kpi.values()} == {None}
    assert [(one["kpi"], one["variant"]) for one in answer["definitions"]] == [
        (kpi.name, kpi.variant) for kpi in KPIS
    ]
    assert api.read("/v1/kpis", by="queue")["groups"] == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"window": "yesterday"}, "window: write a number and s, m, h, d or w: 15m, 8h, 7d, 4w."),
        ({"window": "0d"}, "window: write a number and s, m, h, d or w: 15m, 8h, 7d, 4w."),
        ({"window": "53w"}, "window: at most 366 days."),
        ({"kpi": "mood"}, "kpi: no KPI is called 'mood'; there are service_level, abandon_rate,"),
        ({"by": "mood"}, "by: Input should be 'tenant', 'queue',"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_can(api: Api, query: dict[str, str], words: str) -> None:
    answer = api.get("/v1/kpis", **query)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_parameter")
    assert answer.json()["detail"].startswith(words)
