"""What every call has in common: refusals, keys, health, the page."""

import threading
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine

from schemas.data import Contact
from services.live.app import create_app
from services.live.projector import Projector
from services.settings import Settings
from tests.live.conftest import Api
from tests.live.given import contact, customer, event, feed, friction, journey

HOSTILE = "<script>alert(1)</script>"
V1 = (
    "/v1/journeys",
    "/v1/journeys/j1",
    "/v1/customers/lookup?phone=1",
    "/v1/customers/c1",
    "/v1/customers/c1/journeys",
    "/v1/frictions",
    "/v1/frictions/summary",
    "/v1/customers/c1/screen-pop",
    "/v1/hurts",
    "/v1/page-config",
    "/v1/queues",
    "/v1/stream",
)


@pytest.mark.parametrize(
    ("path", "query", "named"),
    [
        ("/v1/journeys", {"limit": 201}, "limit"),
        ("/v1/journeys", {"limit": 0}, "limit"),
        ("/v1/journeys", {"state": "ajar"}, "state"),
        ("/v1/journeys", {"since": "yesterday"}, "since"),
        ("/v1/journeys", {"since": "2026-11-21T10:00:00"}, "since"),
        ("/v1/journeys", {"cursor": "x"}, "cursor"),
        ("/v1/frictions", {"limit": "many"}, "limit"),
        ("/v1/frictions", {"until": ""}, "until"),
        ("/v1/frictions", {"cursor": "WyJhIl0"}, "cursor"),
        ("/v1/frictions", {"state": "open"}, "state"),
        ("/v1/frictions/summary", {"by": "moon"}, "by"),
        ("/v1/queues", {"tenant": "x" * 2000}, "tenant"),
    ],
)
def test_bad_parameters_are_refused_in_a_sentence(
    api: Api, path: str, query: dict[str, Any], named: str
) -> None:
    answer = api.get(path, **query)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "bad_parameter"
    assert answer.json()["detail"].startswith(named)
    assert answer.json()["detail"].endswith(".")


@pytest.mark.parametrize("path", ["/v1/journeys/x", "/v1/customers/x", "/v1/journeys/%00", "/nowhere"])
def test_unknown_things_are_not_found(api: Api, path: str) -> None:
    answer = api.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404


def test_other_methods_are_refused_alike(api: Api) -> None:
    answer = api.client.post("/v1/journeys")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_nul_in_a_filter_finds_nothing(api: Api) -> None:
    assert api.read("/v1/frictions", touchpoint="\0", kind="\0", tenant="\0")["total"] == 0
    assert api.get("/v1/customers/lookup", phone="\0").status_code == 404


@pytest.fixture
def guarded(engine: Engine, tmp_path: Any) -> TestClient:
    return TestClient(create_app(Settings(data_dir=tmp_path, api_key=SecretStr("sécret")), engine))


@pytest.mark.parametrize("path", V1)
@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "wrong"}, {"Authorization": "Bearer wrong"}])
def test_it_asks_for_the_key(guarded: TestClient, path: str, headers: dict[str, str]) -> None:
    answer = guarded.get(path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == ("wrong_key" if headers else "no_key")


def test_it_opens_with_the_key(engine: Engine, tmp_path: Any) -> None:
    client = TestClient(create_app(Settings(data_dir=tmp_path, api_key=SecretStr("secret")), engine))
    for headers in ({"X-API-Key": "secret"}, {"Authorization": "Bearer secret"}):
        assert client.get("/v1/journeys", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/metrics", "/docs", "/openapi.json"])
def test_some_things_need_no_key(guarded: TestClient, path: str) -> None:
    assert guarded.get(path).status_code == 200


def test_it_is_ready_while_its_projector_lives(engine: Engine, settings: Settings) -> None:
    projector = Projector(settings, engine)
    is_over = threading.Event()
    projector.run = is_over.wait  # type: ignore[method-assign,assignment]
    client = TestClient(create_app(settings, engine, projector))
    projector.start()
    assert client.get("/readyz").json() == {
        "ready": True, "database": True, "projector": "starting", "lag_records": None,
    }  # fmt: skip
    is_over.set()
    projector.join()
    assert client.get("/readyz").status_code == 503


def test_it_measures_by_route_and_not_by_id(api: Api) -> None:
    api.get("/v1/journeys/some-id")
    numbers = api.get("/metrics").text
    assert 'route="/v1/journeys/{journey_id}",status="404"' in numbers
    assert "some-id" not in numbers


def test_nothing_that_customers_write_comes_back_as_html(engine: Engine, api: Api) -> None:
    name = Contact(HOSTILE, HOSTILE)
    feed(
        engine,
        journey(HOSTILE, goal=HOSTILE, contacts=(name,)),
        customer(HOSTILE, email=HOSTILE),
        contact(HOSTILE),
    )
    feed(engine, friction("f1", touchpoint=f"queue:{HOSTILE}"), event("call.queued", HOSTILE, queue=HOSTILE))
    assert HOSTILE not in api.get("/").text
    assert "default-src 'none'" in api.get("/").headers["content-security-policy"]
    for path in ("/v1/journeys", "/v1/frictions", "/v1/frictions/summary", f"/v1/journeys/{HOSTILE[:8]}"):
        assert api.get(path).headers["content-type"] in ("application/json", "application/problem+json")


def test_every_call_is_described(api: Api) -> None:
    paths = api.read("/openapi.json")["paths"]
    assert {path.partition("?")[0] for path in V1} - {
        "/v1/journeys/j1",
        "/v1/customers/c1",
        "/v1/customers/c1/journeys",
        "/v1/customers/c1/screen-pop",
    } <= set(paths)
    assert all(call["summary"] for methods in paths.values() for call in methods.values())


@pytest.mark.parametrize("is_declared", [True, False])
def test_a_body_may_not_be_of_any_size(guarded: TestClient, is_declared: bool) -> None:
    """Whoever has no key could fill the memory with it."""
    parts = [b" " * 1024 * 1024, b"{}"]
    answer = guarded.post(
        "/v1/customers/c1/merge",
        content=b"".join(parts) if is_declared else iter(parts),
        headers={"content-type": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "request_entity_too_large")
    assert answer.headers["content-type"] == "application/problem+json"
