"""What people and pages ask and do, on SQLite and PostgreSQL."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine

from services.alerts.app import create_app
from services.alerts.store import tables
from services.alerts.turns import close_quiet, is_any_quiet
from services.database.offsets import stored_batches
from services.repeats import Batch, Heard, header_of
from services.settings import Settings
from tests.alerts.conftest import Api, FakeTransport
from tests.alerts.given import QUIET, friction, record, retracted, us


def test_an_incident_is_listed_and_read_with_its_history(api: Api) -> None:
    api.feed(friction("f1"), friction("f2", 1), retracted("f1", 2))
    page = api.read("/v1/incidents", state="open", kind="long_wait", touchpoint="queue:billing")
    assert (page["total"], page["total_is"], page["next_cursor"]) == (1, "exact", None)
    incident = api.read(f"/v1/incidents/{page['items'][0]['incident_id']}")
    assert (incident["title"], incident["frictions"]) == ("Long wait at queue billing", 1)
    assert [line["what"] for line in incident["history"]] == ["opened", "notified"]
    assert [f["state"] for f in incident["friction_ids"]] == ["raised", "retracted"]
    (notification,) = incident["notifications"]
    assert (notification["reason"], notification["state"], notification["attempts"]) == (
        "first",
        "waiting",
        0,
    )
    assert notification["key"] == f"{incident['incident_id']}:first"


def test_records_that_are_no_friction_stop_nothing(api: Api) -> None:
    api.feed(
        None, b"{", b'{"kind": "new"}', friction("f1", at="yesterday"), friction("f\0", touchpoint="a\0")
    )
    assert api.read("/v1/incidents")["total"] == 1
    api.feed(friction("f2", touchpoint="a\ufffd"), friction("f3", touchpoint="x" * 5000))
    assert api.read("/v1/incidents")["total"] == 2


def test_what_a_replaced_worker_writes_late_wakes_nobody(api: Api, engine: Engine) -> None:
    """It raised what was taken back since; we were started again meanwhile."""
    older, newer = header_of("contacts/0", Batch("a", 7)), header_of("contacts/0", Batch("a", 8))
    api.take(Heard({}), record(friction("f1"), older), record(retracted("f1"), newer))
    with engine.connect() as connection:
        heard = Heard(stored_batches(connection, tables.batches))
    board = api.take(heard, record(friction("f1"), older))
    assert not board.changed
    assert [one["state"] for one in api.read("/v1/incidents")["items"]] == ["closed"]


def test_what_is_late_counts_where_nothing_else_is_known(api: Api) -> None:
    """Compaction may have left nothing else of it."""
    older, newer = header_of("contacts/0", Batch("a", 7)), header_of("contacts/0", Batch("a", 8))
    api.take(Heard({}), record(friction("f1"), newer), record(friction("f2"), older))
    (incident,) = api.read("/v1/incidents")["items"]
    assert incident["frictions"] == 2


def test_pages_go_on_where_the_one_before_ended(api: Api) -> None:
    api.feed(*(friction(f"f{n}", n % 3, touchpoint=f"queue:{n}") for n in range(7)))
    seen: list[str] = []
    cursor = None
    while True:
        page = api.read("/v1/incidents", limit=3, **({"cursor": cursor} if cursor else {}))
        seen += [item["opened_at"] for item in page["items"]]
        if not (cursor := page["next_cursor"]):
            break
    assert len(seen) == 7
    assert seen == sorted(seen, reverse=True)


def test_people_do_things_and_the_history_says_who(api: Api) -> None:
    api.feed(friction("f1"))
    url = f"/v1/incidents/{api.only_id()}"
    for action in ("acknowledge", "comment", "not-useful", "resolve"):
        answer = api.post(f"{url}/{action}", {"by": "Ann", "text": f"I {action}"})
        assert answer.status_code == 200, answer.text
    incident = answer.json()
    assert (incident["state"], incident["closed_as"], incident["acknowledged_by"]) == (
        "closed", "resolved", "Ann",
    )  # fmt: skip
    assert incident["is_useful"] is False
    said = [(line["what"], line["by"], line["text"]) for line in incident["history"][2:]]
    assert said[0] == ("acknowledged", "Ann", "I acknowledge")
    assert [what for what, _, _ in said] == ["acknowledged", "commented", "marked_not_useful", "resolved"]


def test_after_resolving_a_friction_opens_a_new_one(api: Api) -> None:
    api.feed(friction("f1"))
    first = api.only_id()
    api.post(f"/v1/incidents/{first}/resolve")
    api.feed(friction("f1"))
    assert api.read("/v1/incidents")["total"] == 1
    api.feed(friction("f2", 1))
    assert [item["incident_id"] for item in api.read("/v1/incidents", state="resolved")["items"]] == [first]
    assert api.read("/v1/incidents", state="open")["total"] == 1


def test_silence_in_a_later_batch_ends_the_earlier_incident(api: Api) -> None:
    api.feed(friction("f1"))
    api.clock.forward(2 * QUIET)
    api.feed(friction("f2", 2 * QUIET))
    assert api.read("/v1/incidents", state="silence")["total"] == 1
    assert api.read("/v1/incidents", state=["open", "acknowledged"])["total"] == 1


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/v1/incidents/x/resolve", {}, 404, "not_found"),
        ("/v1/incidents/{id}/comment", {"by": "Ann"}, 422, "bad_parameter"),
        ("/v1/incidents/{id}/explode", {}, 422, "bad_parameter"),
        ("/v1/incidents/{id}/comment", {"by": "Ann", "text": "x" * 2000}, 422, "bad_parameter"),
        ("/v1/silences", {"until": "2026-11-21T09:00:00Z"}, 422, "bad_parameter"),
        ("/v1/silences", {"until": "soon"}, 422, "bad_parameter"),
        ("/v1/silences", {"until": "2026-11-21T11:00:00Z", "kind": "long-wait"}, 422, "bad_parameter"),
        ("/v1/test-notification", {"receiver": "nobody"}, 404, "not_found"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    api: Api, path: str, body: Any, status: int, code: str
) -> None:
    api.feed(friction("f1"))
    answer = api.post(path.replace("{id}", api.only_id()), body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("query", [{"state": "ajar"}, {"limit": 201}, {"cursor": "x"}])
def test_bad_queries_are_refused(api: Api, query: dict[str, Any]) -> None:
    assert api.client.get("/v1/incidents", params=query).status_code == 422


def test_what_is_closed_cannot_be_acknowledged(api: Api) -> None:
    api.feed(friction("f1"), retracted("f1", 1))
    answer = api.post(f"/v1/incidents/{api.only_id()}/acknowledge", {"by": "Ann"})
    assert (answer.status_code, answer.json()["code"]) == (409, "closed")


def test_a_silence_keeps_quiet_until_it_is_taken_away(api: Api) -> None:
    wish = {"touchpoint": "queue:b*", "until": "2026-11-21T11:00:00+00:00", "by": "Ann", "text": "known"}
    made = api.post("/v1/silences", wish)
    assert made.status_code == 201
    assert api.read("/v1/silences")["items"] == [made.json()]
    api.feed(friction("f1"))
    incident = api.read(f"/v1/incidents/{api.only_id()}")
    assert incident["notifications"] == []
    assert incident["history"][-1]["reason"] == "silenced"
    assert api.client.delete(f"/v1/silences/{made.json()['silence_id']}").status_code == 204
    assert api.client.delete(f"/v1/silences/{made.json()['silence_id']}").status_code == 404
    api.feed(friction("f2", 1))
    assert len(api.read(f"/v1/incidents/{api.only_id()}")["notifications"]) == 1


def test_a_silence_may_last_for_ever(api: Api) -> None:
    made = api.post("/v1/silences", {"kind": "long_wait", "until": "9999-12-31T23:59:59-05:00"})
    assert made.status_code == 201
    assert api.read("/v1/silences")["items"] == [made.json()]
    assert (made.json()["kind"], made.json()["until"][:4]) == ("long_wait", "9999")


def test_a_test_notification_says_what_became_of_it(api: Api, transport: FakeTransport) -> None:
    answer = api.post("/v1/test-notification").json()
    assert answer["receivers"] == [{"receiver": "ops", "is_delivered": True, "detail": None}]
    assert [message["reason"] for message in transport.got] == ["test"]
    assert api.read("/v1/receivers")["items"][0]["address"] == "fake://…"


def test_it_is_ready_and_measured(api: Api) -> None:
    api.feed(friction("f1"))
    assert api.read("/readyz")["ready"]
    assert api.read("/healthz") == {"status": "ok"}
    numbers = api.client.get("/metrics").text
    assert 'journeyline_alerts_incidents{state="open"} 1.0' in numbers
    assert 'journeyline_alerts_outbox_messages{receiver="ops"} 1.0' in numbers


def test_pages_of_the_live_side_may_call_and_foreign_ones_may_not(api: Api) -> None:
    api.feed(friction("f1"))
    url = f"/v1/incidents/{api.only_id()}/acknowledge"
    ours = {"Origin": "http://localhost:8000", "Access-Control-Request-Method": "POST"}
    assert api.client.options(url, headers=ours).headers["access-control-allow-origin"] == ours["Origin"]
    foreign = api.client.post(url, headers={"Origin": "http://evil.example"})
    assert (foreign.status_code, foreign.json()["code"]) == (403, "foreign_origin")
    assert api.client.post(url, headers={"Origin": ours["Origin"]}).status_code == 200


def test_a_foreign_name_that_leads_here_is_no_origin_of_ours(api: Api) -> None:
    api.feed(friction("f1"))
    url = f"/v1/incidents/{api.only_id()}/acknowledge"
    for host, status in (("evil.example:8002", 403), ("127.0.0.1:8002", 200), ("[::1]:8002", 200)):
        answer = api.client.post(url, headers={"Origin": f"http://{host}", "Host": host})
        assert answer.status_code == status, host


def test_it_asks_for_the_key(engine: Engine, settings: Settings) -> None:
    guarded = settings.model_copy(update={"api_key": SecretStr("secret")})
    client = TestClient(create_app(guarded, engine))
    for path in ("/v1/incidents", "/v1/silences", "/v1/receivers"):
        assert client.get(path).status_code == 401
        assert client.get(path, headers={"X-API-Key": "secret"}).status_code == 200
    assert client.get("/healthz").status_code == 200


def test_quiet_incidents_are_closed_by_the_consumer(api: Api) -> None:
    context = api.client.app.state.context  # type: ignore[attr-defined]
    api.feed(friction("f1"))
    assert not is_any_quiet(api.engine, context, us(QUIET))
    assert is_any_quiet(api.engine, context, us(QUIET + 1))
    with api.engine.execution_options(is_writing=True).connect() as connection:
        close_quiet(connection, context, us(QUIET + 1))
        close_quiet(connection, context, us(QUIET + 1))
    assert api.read("/v1/incidents", state="silence")["total"] == 1


def test_a_body_may_not_be_of_any_size(api: Api) -> None:
    answer = api.post("/v1/silences", {"until": "x" * (1 << 20)})
    assert (answer.status_code, answer.json()["code"]) == (413, "request_entity_too_large")
