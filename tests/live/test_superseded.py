"""Journeys whose id ceased to be: they lead to where their contacts are now."""

from sqlalchemy import Engine

from schemas.data import Contact
from schemas.journeys import JourneyState
from tests.live.conftest import Api
from tests.live.given import SOURCE, contact, feed, journey


def test_an_id_that_ceased_to_be_names_its_successor(engine: Engine, api: Api) -> None:
    feed(engine, journey("j1", state=JourneyState.SUPERSEDED, superseded_by="j2", contacts=()))
    old = api.read("/v1/journeys/j1")
    assert (old["state"], old["superseded_by"], old["steps"]) == ("superseded", "j2", [])
    feed(engine, journey("j2", state=JourneyState.SUPERSEDED, superseded_by="j3"), journey("j3"))
    assert [api.read(f"/v1/journeys/{key}")["superseded_by"] for key in ("j1", "j2", "j3")] == [
        "j3",
        "j3",
        None,
    ]


def test_an_id_that_ceased_to_be_leads_to_where_its_opener_is_now(engine: Engine, api: Api) -> None:
    first, second = (Contact(SOURCE, "a"),), (Contact(SOURCE, "b"),)
    feed(engine, journey("j1", state=JourneyState.SUPERSEDED, contacts=first))
    assert api.read("/v1/journeys/j1")["superseded_by"] is None
    feed(engine, contact("a", journey_id="j2"), journey("j2", contacts=second))
    assert api.read("/v1/journeys/j1")["superseded_by"] == "j2"
    # As it may be for a moment: its successor has ceased, and nobody has said yet where to.
    feed(engine, journey("j2", state=JourneyState.SUPERSEDED, contacts=second))
    assert api.read("/v1/journeys/j1")["superseded_by"] == "j2"
