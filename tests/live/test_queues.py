"""The queues at a moment: the fixture's clock stands at second 0."""

from typing import Any

from sqlalchemy import Engine

from tests.live.conftest import Api
from tests.live.given import at, contact, feed, wait

HOUR = 3600
MINUTE = 60


def _queues(api: Api, **query: Any) -> dict[str | None, tuple[int, int, int, int]]:
    items = api.read("/v1/queues", **query)["items"]
    return {
        item["queue"]: (item["waiting"], item["longest_wait_seconds"], item["answered"], item["abandoned"])
        for item in items
    }


def test_it_shows_who_waits_and_how_long(engine: Engine, api: Api) -> None:
    waits = {
        "a": wait("billing", -90),
        "b": wait("billing", -30),
        "c": wait("sales", -5),
        "d": wait(None, -1),
    }
    feed(engine, *(contact(subject, -90, waits=(open_,)) for subject, open_ in waits.items()))
    assert _queues(api) == {"billing": (2, 90, 0, 0), "sales": (1, 5, 0, 0), None: (1, 1, 0, 0)}
    listed = api.read("/v1/queues")
    assert (listed["at"], listed["next_cursor"], listed["total"], listed["total_is"]) == (
        at(),
        None,
        3,
        "exact",
    )


def test_it_counts_what_ended_in_the_last_15_minutes(engine: Engine, api: Api) -> None:
    ends = [
        (-1, "answered"),
        (-14 * MINUTE, "answered"),
        (-15 * MINUTE, "answered"),
        (-2, "abandoned"),
        (-2, "requeued"),
    ]
    ended = tuple(wait("billing", -HOUR, end, how) for end, how in ends)
    feed(engine, contact(waits=ended))
    assert _queues(api) == {"billing": (0, 0, 2, 1)}


def test_it_forgets_waits_of_contacts_without_news(engine: Engine, api: Api) -> None:
    heard = {"last": -4 * HOUR, "gone": -4 * HOUR - 1}
    for subject, seconds in heard.items():
        feed(engine, contact(subject, seconds, last_event_at=at(seconds), waits=(wait(subject, seconds),)))
    assert list(_queues(api)) == ["last"]


def test_replayed_history_is_in_no_queue(engine: Engine, api: Api) -> None:
    feed(engine, contact(seconds=-30 * HOUR, waits=(wait("billing", -30 * HOUR),), replay="r1"))
    assert _queues(api) == {}


def test_a_wait_that_starts_ahead_of_our_clock_is_no_time_long(engine: Engine, api: Api) -> None:
    feed(engine, contact(waits=(wait("billing", 60),)))
    assert _queues(api) == {"billing": (1, 0, 0, 0)}


def test_tenants_do_not_mix(engine: Engine, api: Api) -> None:
    feed(engine, *(contact(tenant=tenant, waits=(wait("billing", -9),)) for tenant in ("a", "b")))
    assert [item["tenant"] for item in api.read("/v1/queues")["items"]] == ["a", "b"]
    assert len(_queues(api, tenant="a")) == 1
