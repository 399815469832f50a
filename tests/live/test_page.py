"""The page's files and what it is told; what it does is in tests/page."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError
from sqlalchemy import Engine

from services.live.api.page import FILES
from services.live.app import create_app
from services.settings import Settings
from tests.live.conftest import Api
from tests.live.given import contact, customer, event, feed


@pytest.mark.parametrize("name", sorted(FILES))
def test_its_files_come_with_type_policy_and_tag(api: Api, name: str) -> None:
    answer = api.get(f"/page/{name}")
    assert answer.status_code == 200
    assert "javascript" in answer.headers["content-type"] or not name.endswith(".js")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "script-src 'self';" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    again = api.client.get(f"/page/{name}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["nothing.js", "..%2fapp.py", "%2e%2e/app.py", "__init__.py"])
def test_it_gives_away_no_other_file(api: Api, name: str) -> None:
    assert api.get(f"/page/{name}").status_code == 404


@pytest.mark.parametrize("path", sorted(FILES))
def test_modules_import_only_one_another_and_none_makes_markup(path: str) -> None:
    text = FILES[path].content.decode()
    assert not any(word in text for word in ("innerHTML", "insertAdjacentHTML", "document.write", "eval("))
    if path.endswith(".js"):
        assert text.startswith("// ")
        assert "https://" not in text


def test_it_stays_small() -> None:
    # What a phone fetches, all in all: about a photograph's thumbnail.
    assert sum(len(file.packed) for file in FILES.values()) < 40 * 1024


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("ops.example:8000", "http://ops.example:8002"),
        ("[::1]:8000", "http://[::1]:8002"),
        ("call_centre:8000", "http://call_centre:8002"),
        ("a.example; script-src *", ""),
        ("*", ""),
        ("[", ""),
    ],
)
def test_the_alerts_service_is_looked_for_on_the_same_host(api: Api, host: str, told: str) -> None:
    headers = {"Host": host}
    assert api.client.get("/v1/page-config", headers=headers).json() == {"alerts_url": told}
    policy = api.client.get("/", headers=headers).headers["content-security-policy"]
    assert f"connect-src 'self'{' ' * bool(told)}{told};" in policy


def test_the_alerts_service_may_be_elsewhere(engine: Engine, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, alerts_url="https://alerts.example/api/")
    client = TestClient(create_app(settings, engine))
    assert client.get("/v1/page-config").json() == {"alerts_url": "https://alerts.example/api"}
    assert "connect-src 'self' https://alerts.example;" in client.get("/").headers["content-security-policy"]
    with pytest.raises(ValidationError):
        Settings(data_dir=tmp_path, alerts_url="https://x; script-src *")


def test_a_screen_pop_by_key_is_the_look_up(engine: Engine, api: Api) -> None:
    feed(engine, contact(), customer(phone="+1415"), event("call.ended", resolved=True))
    popped = api.read("/v1/customers/c1/screen-pop")
    assert popped == api.read("/v1/customers/lookup", phone="+1415")
    assert popped["before"] == [
        {
            "at": "2026-11-21T10:00:00.000Z",
            "channel": "call",
            "journey_id": "j1",
            "happened": "called, it was resolved",
        }
    ]
    assert api.get("/v1/customers/nobody/screen-pop").status_code == 404


def test_the_docs_load_nothing_from_elsewhere(api: Api) -> None:
    text = api.get("/docs").text
    assert "//cdn" not in text
    assert api.get("/static-offline-docs/swagger-ui-bundle.js").status_code == 200
