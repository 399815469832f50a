"""The event stream, over a real server: what is told, and how it goes on after a break."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx2
import pytest
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.frictions import Kind
from schemas.journeys import JourneyState
from services import keys
from services.live.app import create_app
from services.live.store import writes
from services.settings import Settings
from tests.live.given import contact, feed, friction, incident, journey, retracted
from tests.page.serving import Served, serving


class Told(NamedTuple):
    id: int
    event: str
    data: dict[str, Any]

    @property
    def name(self) -> str:
        ids = (self.data.get(f"{event}_id") for event in ("friction", "incident", "journey"))
        return next((str(found) for found in ids if found), self.event)


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    place = Served()
    with serving(place, app):
        yield place.url


@pytest.fixture
def address(engine: Engine, settings: Settings) -> Iterator[str]:
    with served(create_app(settings, engine)) as address:
        yield address


class Stream:
    """An open stream; `take` reads so many events from it."""

    def __init__(self, address: str, since: int | None = None, key: str = "", **query: Any) -> None:
        headers = {"X-API-Key": key} if since is None else {"X-API-Key": key, "Last-Event-ID": str(since)}
        self._client = httpx2.Client(timeout=10)
        self._open = self._client.stream("GET", f"{address}/v1/stream", params=query, headers=headers)
        self._lines: Iterator[str] = iter(())

    def __enter__(self) -> "Stream":
        answer = self._open.__enter__()
        assert answer.status_code == 200
        self._lines = answer.iter_lines()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.__exit__(None, None, None)
        self._client.close()

    def take(self, number: int) -> list[Told]:
        return [self._take() for _ in range(number)]

    def _take(self) -> Told:
        fields: dict[str, str] = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if name:
                fields[name] = value
            elif "data" in fields:
                return Told(int(fields["id"]), fields["event"], json.loads(fields["data"]))
        raise AssertionError("the stream ended")


def test_it_tells_what_changes(engine: Engine, address: str) -> None:
    feed(engine, journey("before"))
    with Stream(address) as stream:
        feed(engine, contact("a", journey_id="j1"), friction("f1", subject="a"), journey("j1"))
        first, second = stream.take(2)
        feed(engine, retracted("f1", subject="a"))
        [third] = stream.take(1)
    assert [(told.event, told.name) for told in (first, second, third)] == [
        ("friction", "f1"), ("journey", "j1"), ("friction", "f1"),
    ]  # fmt: skip
    assert first.data["journey_id"] == "j1"
    assert third.data["state"] == "retracted"
    assert first.id < second.id < third.id


def test_it_tells_what_changes_as_soon_as_its_answer_has_begun(engine: Engine, settings: Settings) -> None:
    inner = create_app(settings, engine)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            await send(message)
            if message["type"] == "http.response.start":
                await run_in_threadpool(feed, engine, journey("j1"))

        await inner(scope, receive, sending)

    with served(app) as address, Stream(address) as stream:
        assert [told.name for told in stream.take(1)] == ["j1"]


def test_it_tells_the_first_change_of_an_empty_read_model(engine: Engine, address: str) -> None:
    with Stream(address) as stream:
        feed(engine, journey("j1"))
        assert [told.name for told in stream.take(1)] == ["j1"]


def test_it_goes_on_after_a_break(engine: Engine, address: str) -> None:
    with Stream(address) as stream:
        feed(engine, *(friction(f"f{n}") for n in range(3)))
        seen = stream.take(2)
    feed(engine, friction("f3"))
    with Stream(address, since=seen[-1].id) as stream:
        assert [told.name for told in stream.take(2)] == ["f2", "f3"]


def test_it_catches_up_over_more_than_a_chunk(engine: Engine, address: str) -> None:
    feed(engine, *(friction(f"f{n}") for n in range(1_203)))
    with Stream(address) as stream:
        feed(engine, friction("last"))
        newest = stream.take(1)[0].id
    with Stream(address, since=newest - 1_203) as stream:
        assert len({told.name for told in stream.take(1_203)}) == 1_203


def test_it_tells_who_was_away_too_long(engine: Engine, address: str) -> None:
    feed(engine, *(friction(f"f{n}") for n in range(10)))
    with engine.connect() as connection:
        writes.prune_changes(connection, kept=2)
    with Stream(address, since=5) as stream:
        [reset] = stream.take(1)
        feed(engine, friction("new"))
        [new] = stream.take(1)
    assert (reset.event, new.name) == ("reset", "new")
    with Stream(address, since=new.id + 99) as stream:
        assert stream.take(1)[0].event == "reset"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["f1", "f2", "j1", "j2", "i1", "i2"]),
        ({"tenant": "acme"}, ["f2", "j2", "i2"]),
        ({"customer": "c2"}, ["f2", "j2"]),
        ({"journey": "j1"}, ["f1", "j1"]),
        ({"kind": "ivr_loop"}, ["f2", "i2"]),
        ({"kind": ["ivr_loop", "long_wait"]}, ["f1", "f2", "i1", "i2"]),
        ({"touchpoint": "node:main"}, ["f2", "i2"]),
        ({"queue": "billing"}, ["f1", "i1"]),
        ({"state": "raised"}, ["f1", "f2"]),
    ],
)
def test_it_can_be_filtered(engine: Engine, address: str, query: dict[str, Any], names: list[str]) -> None:
    with Stream(address, **query) as stream:
        feed(
            engine,
            contact("a", journey_id="j1"),
            contact("b", journey_id="j2", customer_key="c2", tenant="acme"),
        )
        frictions = (
            friction("f1", subject="a"),
            friction("f2", subject="b", tenant="acme", kind=Kind.IVR_LOOP, touchpoint="node:main"),
        )
        feed(
            engine,
            *frictions,
            journey("j1"),
            journey(
                "j2", customer_key="c2", tenant="acme", state=JourneyState.SUPERSEDED, superseded_by="j1"
            ),
            incident("i1"),
            incident("i2", tenant="acme", kind=Kind.IVR_LOOP, touchpoint="node:main"),
        )
        assert [told.name for told in stream.take(len(names))] == names
        # And nothing more: at least one of these comes next, whatever the filter.
        feed(engine, *frictions)
        assert stream.take(1)[0].name in ("f1", "f2")


@pytest.mark.parametrize("query", [{}, {"customer": "c1"}, {"journey": "j1"}])
def test_a_friction_is_told_to_whom_it_concerns_though_its_contact_is_heard_of_later(
    engine: Engine, address: str, query: dict[str, Any]
) -> None:
    with Stream(address, state="raised", **query) as stream:
        feed(engine, contact("b"), friction("f1", subject="a"), friction("seen", subject="b"))
        # Whoever has seen the one has passed the other, of whom nobody knows yet whose it is.
        assert [told.name for told in stream.take(1 if query else 2)][-1] == "seen"
        feed(engine, contact("a", customer_key="c1", journey_id="j1"))
        told = stream.take(1)[0]
        assert (told.name, told.data["customer_key"], told.data["journey_id"]) == ("f1", "c1", "j1")
        feed(engine, contact("a", customer_key="c1", journey_id="j1"), friction("f2", subject="a"))
        assert stream.take(1)[0].name == "f2", "nothing has moved"


def test_whose_key_is_revoked_is_told_no_more(engine: Engine, settings: Settings) -> None:
    keys.create(settings.keys_path, "other", [keys.Scope.READ])
    key, words = keys.create(settings.keys_path, "reader", [keys.Scope.READ])
    with served(create_app(settings, engine)) as address, Stream(address, key=words) as stream:
        feed(engine, journey("j1"))
        assert stream.take(1)[0].name == "j1"
        keys.revoke(settings.keys_path, key.id)
        until = time.monotonic() + 20
        while httpx2.get(f"{address}/v1/journeys", headers={"X-API-Key": words}).status_code != 401:
            assert time.monotonic() < until
        feed(engine, journey("j2"))
        with pytest.raises(AssertionError, match="the stream ended"):
            stream.take(1)


def test_of_an_incident_the_greatest_revision_is_told(engine: Engine, address: str) -> None:
    with Stream(address) as stream:
        feed(engine, incident("i1", revision=2, frictions=5), incident("i1", revision=1, frictions=3))
        [first] = stream.take(1)
        feed(engine, incident("i1", revision=1, frictions=3))
        [again] = stream.take(1)
    assert first.event == "incident"
    assert first.data["title"] == "Long wait at queue billing, 3 times"
    assert [told.data["frictions"] for told in (first, again)] == [5, 5]


def test_it_counts_its_clients(address: str) -> None:
    with Stream(address):
        assert "journeyline_live_sse_clients 1.0" in httpx2.get(f"{address}/metrics").text


@pytest.mark.parametrize("since", ["x", "-1", "9" * 30, "9" * 5000])
def test_it_refuses_ids_that_are_not_its_own(address: str, since: str) -> None:
    answer = httpx2.get(f"{address}/v1/stream", headers={"Last-Event-ID": since})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("Last-Event-ID")
