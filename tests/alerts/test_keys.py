"""Keys at the incidents: who may look, who may act, and whose."""

import pytest

from services import keys
from services.keys import Scope
from services.settings import Settings
from tests.alerts.conftest import Api
from tests.alerts.given import friction


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "CHECK_SECONDS", 0)


def key_of(settings: Settings, scope: Scope, tenant: str | None = None) -> dict[str, str]:
    return {"X-API-Key": keys.create(settings.keys_path, "somebody", [scope], tenant=tenant)[1]}


def test_readers_look_and_operators_act(api: Api, settings: Settings) -> None:
    api.feed(friction("f1"))
    url = f"/v1/incidents/{api.only_id()}"
    reader, operator = key_of(settings, Scope.READ), key_of(settings, Scope.OPERATE)
    assert api.client.get(url, headers=reader).status_code == 200
    assert api.client.get(url, headers=operator).status_code == 403
    assert api.client.post(f"{url}/acknowledge", headers=reader).status_code == 403
    assert api.client.post(f"{url}/acknowledge", headers=operator).status_code == 200


def test_a_tenants_key_has_its_own_incidents_alone(api: Api, settings: Settings) -> None:
    api.feed(friction("f1", tenant="acme"), friction("f2", tenant="other"))
    ids = {item["tenant"]: item["incident_id"] for item in api.read("/v1/incidents")["items"]}
    reader, operator = (key_of(settings, scope, "acme") for scope in (Scope.READ, Scope.OPERATE))
    assert [item["tenant"] for item in _items(api, reader)] == ["acme"]
    for tenant, code in (("acme", 200), ("other", 404)):
        url = f"/v1/incidents/{ids[tenant]}"
        assert api.client.get(url, headers=reader).status_code == code
        assert api.client.post(f"{url}/resolve", headers=operator).status_code == code
    assert api.client.get("/v1/incidents?tenant=other", headers=reader).status_code == 403
    assert api.client.get("/v1/silences", headers=reader).status_code == 403


def _items(api: Api, headers: dict[str, str]) -> list[dict[str, str]]:
    return list(api.client.get("/v1/incidents", headers=headers).json()["items"])
