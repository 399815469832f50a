"""Keys at the read side: their scopes, and the one tenant that a tenant's key sees."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from services import keys
from services.keys import Scope
from services.live.app import create_app
from services.settings import Settings
from tests.live.given import START_US, contact, customer, feed, friction, journey


@pytest.fixture
def client(engine: Engine, settings: Settings) -> TestClient:
    for tenant in ("acme", "umbra"):
        feed(
            engine,
            journey(f"j-{tenant}", tenant=tenant, customer_key=f"c-{tenant}"),
            friction(f"f-{tenant}", tenant=tenant),
            contact(tenant=tenant, seconds=-60, customer_key=f"c-{tenant}", journey_id=f"j-{tenant}"),
            customer(f"c-{tenant}", tenant=tenant, customer_id=f"id-{tenant}"),
        )
    return TestClient(create_app(settings, engine, now_us=lambda: START_US))


def key_of(settings: Settings, *scopes: Scope, tenant: str | None = None) -> dict[str, str]:
    return {"X-API-Key": keys.create(settings.keys_path, "somebody", scopes, tenant=tenant)[1]}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "CHECK_SECONDS", 0)


def test_it_takes_keys_that_may_read(client: TestClient, settings: Settings) -> None:
    assert client.get("/v1/journeys").status_code == 200, "open before there is a key"
    reader, writer = key_of(settings, Scope.READ), key_of(settings, Scope.WRITE)
    assert client.get("/v1/journeys").status_code == 401
    assert client.get("/v1/journeys", headers=reader).json()["total"] == 2
    answer = client.get("/v1/journeys", headers=writer)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("path", "has_own"),
    [
        ("/v1/journeys?limit=9", True),
        ("/v1/frictions", True),
        ("/v1/frictions/summary?by=tenant", True),
        ("/v1/kpis?by=tenant", True),
        ("/v1/journeys/j-acme", True),
        ("/v1/customers/c-acme", True),
        ("/v1/customers/c-acme/screen-pop", True),
        ("/v1/customers/c-acme/journeys", True),
        ("/v1/customers/c-acme/identifiers", True),
        ("/v1/journeys/j-umbra", False),
        ("/v1/customers/c-umbra", False),
        ("/v1/customers/c-umbra/screen-pop", False),
        ("/v1/customers/c-umbra/journeys", False),
        ("/v1/customers/c-umbra/identifiers", False),
    ],
)
def test_a_tenants_key_sees_that_tenant_alone(
    client: TestClient, settings: Settings, path: str, has_own: bool
) -> None:
    mine = key_of(settings, Scope.READ, tenant="acme")
    answer: Any = client.get(path, headers=mine)
    assert answer.status_code == (200 if has_own else 404)
    assert "umbra" not in answer.text
    assert ("acme" in answer.text) == has_own


def test_a_tenants_key_may_not_ask_for_another(client: TestClient, settings: Settings) -> None:
    mine = key_of(settings, Scope.READ, tenant="acme")
    for query in ("tenant=umbra", "tenant=acme&tenant=umbra"):
        assert client.get(f"/v1/frictions?{query}", headers=mine).status_code == 403
    assert client.get("/v1/frictions?tenant=acme", headers=mine).json()["total"] == 1
    assert client.get("/v1/map", headers=mine).json()["journeys"] == 1
    assert client.get("/v1/reports/period", headers=mine).json()["contacts"]["now"] == 1


def test_who_is_who_is_for_operators_of_the_tenant_to_decide(client: TestClient, settings: Settings) -> None:
    reader, operator = (key_of(settings, scope, tenant="acme") for scope in (Scope.READ, Scope.OPERATE))

    def merged(own: str, other: str, key: dict[str, str]) -> int:
        url, wish = f"/v1/customers/{own}/merge?dry_run=true", {"with": other, "by": "ann"}
        return client.post(url, json=wish, headers=key).status_code

    assert merged("c-acme", "c-acme", operator) == 200
    assert merged("c-acme", "c-acme", reader) == 403
    assert merged("c-umbra", "c-acme", operator) == merged("c-acme", "c-umbra", operator) == 404
