"""The journey map: which ways customers take, where they struggle, how it ends."""

from typing import Any

import pytest
from sqlalchemy import Engine

from schemas.frictions import Kind
from schemas.journeys import JourneyState, Outcome
from tests.live.conftest import Api
from tests.live.given import at, contact, customer, feed, friction, journey, retracted
from tests.oracle.build import DAY, HOUR, MINUTE

Ways = dict[tuple[str, str], tuple[int, float | None]]


def ways(found: dict[str, Any]) -> Ways:
    return {
        (edge["source"], edge["target"]): (edge["times"], edge["mean_gap_seconds"]) for edge in found["edges"]
    }


@pytest.fixture
def journeys(engine: Engine) -> None:
    """Ann: form, chat, call, resolved. Bob: form, call, and it goes on. Cem posted, long ago."""
    steps = {"a": ("web_form", "chat", "call"), "b": ("web_form", "call"), "c": ("social",)}
    for who, channels in steps.items():
        for n, channel in enumerate(channels):
            # A minute each, an hour between their starts.
            feed(engine, contact(f"{who}{n}", n * HOUR, channel=channel, journey_id=who, customer_key=who))
    over: dict[str, Any] = {"state": JourneyState.CLOSED, "outcome": Outcome.RESOLVED}
    feed(
        engine,
        journey("a", 2 * HOUR, customer_key="a", channels=steps["a"], **over),
        journey("b", HOUR, customer_key="b", channels=steps["b"], goal=None),
        journey("c", -DAY, customer_key="c", channels=steps["c"], **(over | {"outcome": Outcome.EXPIRED})),
        journey("gone", 0, customer_key="a", state=JourneyState.SUPERSEDED, superseded_by="a"),
        customer("b", attributes={"persona": "student", "segment": "gold"}),
        friction("f1", 0, "a0", kind=Kind.ABANDONED_FORM),
        friction("f2", 0, "b0", kind=Kind.ABANDONED_FORM),
        friction("f3", 0, "b0", kind=Kind.FORM_ERRORS),
        retracted("f4", 0, subject="b1", kind=Kind.LONG_WAIT),
    )


@pytest.mark.usefixtures("journeys")
def test_the_ways_between_channels_and_how_they_end(api: Api) -> None:
    found = api.read("/v1/map")
    gap = HOUR - MINUTE
    assert ways(found) == {
        ("start", "channel:web_form"): (2, None),
        ("start", "channel:social"): (1, None),
        ("channel:web_form", "channel:chat"): (1, gap),
        ("channel:web_form", "channel:call"): (1, gap),
        ("channel:chat", "channel:call"): (1, gap),
        ("channel:call", "outcome:resolved"): (1, None),
        ("channel:call", "outcome:open"): (1, None),
        ("channel:social", "outcome:expired"): (1, None),
    }
    assert (found["journeys"], found["contacts"]) == (3, 6)
    assert found["edges"][0]["times"] == 2


@pytest.mark.usefixtures("journeys")
def test_where_it_hurts(api: Api) -> None:
    nodes = {node["id"]: node for node in api.read("/v1/map")["nodes"]}
    assert nodes.keys() == {
        "start", "channel:web_form", "channel:chat", "channel:call", "channel:social",
        "outcome:resolved", "outcome:open", "outcome:expired",
    }  # fmt: skip
    assert nodes["channel:web_form"] == {
        "id": "channel:web_form",
        "kind": "channel",
        "name": "web_form",
        "contacts": 2,
        "frictions": {"abandoned_form": 2, "form_errors": 1},
    }
    assert nodes["channel:call"]["frictions"] == {}
    assert (nodes["start"]["kind"], nodes["outcome:open"]["name"]) == ("start", "open")


@pytest.mark.usefixtures("journeys")
@pytest.mark.parametrize(
    ("query", "number"),
    [
        ({"goal": "move_home"}, 2),
        ({"persona": "student"}, 1),
        ({"segment": "gold"}, 1),
        ({"channel": "chat"}, 1),
        ({"friction": "form_errors"}, 1),
        ({"since": at(HOUR)}, 2),
        ({"until": at(HOUR)}, 1),
        ({"tenant": "other"}, 0),
    ],
)
def test_it_is_of_the_journeys_that_are_asked_for(api: Api, query: dict[str, str], number: int) -> None:
    assert api.read("/v1/map", **query)["journeys"] == number


def test_who_comes_again_on_the_same_channel_goes_round(engine: Engine, api: Api) -> None:
    feed(engine, *(contact(f"c{n}", n * 30, journey_id="j") for n in range(3)), journey("j"))
    found = api.read("/v1/map")
    # They overlap: there is no gap between them.
    assert ways(found)["channel:call", "channel:call"] == (2, 0.0)


def test_of_nothing_there_is_an_empty_map(api: Api) -> None:
    found = api.read("/v1/map", goal="move_home")
    assert found == {
        "since": None, "until": None, "goal": "move_home",
        "journeys": 0, "contacts": 0, "nodes": [], "edges": [],
    }  # fmt: skip


def test_another_journey_takes_a_contact_over(engine: Engine, api: Api) -> None:
    feed(
        engine,
        contact("a", 0, journey_id="j"),
        contact("b", HOUR, journey_id="k"),
        journey("j"),
        journey("k"),
    )
    assert ways(api.read("/v1/map"))["start", "channel:call"] == (2, None)
    superseded = journey("k", state=JourneyState.SUPERSEDED, superseded_by="j")
    feed(engine, contact("b", HOUR, journey_id="j"), superseded)
    found = api.read("/v1/map")
    assert ways(found)["channel:call", "channel:call"] == (1, HOUR - MINUTE)
    assert found["journeys"] == 1
