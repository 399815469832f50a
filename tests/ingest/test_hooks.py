"""Platforms' web-hooks over HTTP: who may post, what is answered, and that nothing is lost."""

import hmac
from typing import Any
from uuid import uuid4

import httpx2
import orjson
import pytest
from pydantic import SecretStr

from tests.ingest.doors import Knocker, door, event, events_kept, until

pytestmark = pytest.mark.usefixtures("kafka")

SECRET = "s3cret"
HOOKS: list[dict[str, Any]] = [
    {"platform": "intercom", "secrets": ["old", SECRET], "tenant": "acme"},
    {"platform": "amazon_connect", "name": "east", "secrets": [SECRET]},
    {"platform": "amazon_connect", "name": "west", "secrets": ["other"]},
    {"platform": "twilio", "unsigned": True},
    {"platform": "slack", "unsigned": True},
    {"platform": "standard", "unsigned": True, "tenant": "acme"},
]


def hooked(**changes: Any) -> Any:
    return door(hooks=SecretStr(orjson.dumps(HOOKS).decode()), **changes)


def notification(topic: str = "conversation.admin.closed") -> dict[str, Any]:
    name = f"notif_{uuid4().hex}"
    return {
        "id": name,
        "topic": topic,
        "created_at": 1795255200,
        "app_id": "a",
        "data": {"item": {"id": "77"}},
    }


async def intercom(knocker: Knocker, body: Any, secret: str = SECRET) -> httpx2.Response:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    signature = hmac.digest(secret.encode(), raw, "sha1").hex()
    headers = {"content-type": "application/json", "x-hub-signature": f"sha1={signature}"}
    return await knocker.http.post("/v1/hooks/intercom", content=raw, headers=headers)


async def kept(knocker: Knocker, mark: str, **wanted: str) -> Any:
    """What is in quarantine with this mark in its original, once it is listed. Others use the topic, too."""
    found: list[Any] = []

    async def is_listed() -> bool:
        items = (await knocker.get("/v1/quarantine", **wanted))["items"]
        found[:] = [item for item in items if mark in item["original"]]
        return bool(found)

    await until(is_listed)
    return found[0]


async def test_a_genuine_delivery_is_an_event_of_its_tenant(kafka: str) -> None:
    body = notification()
    async with hooked() as knocker:
        answers = [await intercom(knocker, body), await intercom(knocker, body, "old")]
        ledger = await knocker.ledger()
    assert [answer.status_code for answer in answers] == [200, 200]
    found = [orjson.loads(record.value) for record in await events_kept(kafka, body["id"])]
    # Sent again it is the same event, of which the builder makes one.
    assert found[0] == found[1]
    assert (found[0]["type"], found[0]["tenant"], found[0]["subject"]) == ("chat.ended", "acme", "77")
    assert ledger["received"] == ledger["accepted"] == 2


async def test_a_forged_delivery_is_refused_and_counted() -> None:
    async with hooked() as knocker:
        answer = await intercom(knocker, notification(), "wrong")
        ledger = await knocker.ledger()
        metrics = (await knocker.http.get("/metrics")).text
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secrets" in answer.json()["hint"]
    assert ledger["received"] == ledger["refused"] == 1
    refused = 'outcome="refused",platform="intercom",reason="bad_signature"'
    assert f"journeyline_ingest_hooks_total{{{refused}}} 1.0" in metrics


@pytest.mark.parametrize(("path", "words"), [
    ("/v1/hooks/zendesk", "'zendesk'"), ("/v1/hooks/nobody", "'nobody'"), ("/v1/hooks/intercom/x",
     "'intercom/x'"),
    ("/v1/hooks/amazon_connect", "several connections"),
])  # fmt: skip
async def test_what_nobody_configured_is_refused_with_what_to_do(path: str, words: str) -> None:
    async with hooked() as knocker:
        answer = await knocker.http.post(path, json={})
    assert (answer.status_code, answer.json()["code"]) == (401, "hook_not_configured")
    assert words in answer.json()["detail"]
    assert "JOURNEYLINE_HOOKS" in answer.json()["hint"]


async def test_of_several_connections_each_has_its_own_address_and_secret() -> None:
    body = {"eventType": "INITIATED", "contactId": "c", "channel": "VOICE", "initiationTimestamp": 1795255200}
    async with hooked() as knocker:
        codes = [
            (await knocker.http.post(f"/v1/hooks/amazon_connect/{name}", json=body,
             headers={"x-api-key": SECRET}))
            .status_code
            for name in ("east", "west")
        ]  # fmt: skip
    assert codes == [200, 401]


async def test_a_kind_of_tomorrow_is_acknowledged_kept_and_found() -> None:
    topic = f"company.{uuid4().hex}"
    async with hooked() as knocker:
        answer = await intercom(knocker, notification(topic))
        ledger = await knocker.ledger()
        item = await kept(knocker, topic, platform="intercom", reason="set_aside")
        assert (await knocker.get("/v1/quarantine", platform="inter"))["items"] == []
    assert (answer.status_code, ledger["received"], ledger["quarantined"]) == (200, 1, 1)
    assert (item["kind"], item["platform"], item["tenant"]) == (topic, "intercom", "acme")
    assert orjson.loads(item["original"])["topic"] == topic


async def test_what_fails_in_translation_is_acknowledged_and_kept() -> None:
    faulty = notification() | {"created_at": "soon"}
    async with hooked() as knocker:
        answer = await intercom(knocker, faulty)
        item = await kept(knocker, faulty["id"], platform="intercom", reason="untranslatable")
    assert answer.status_code == 200
    assert orjson.loads(item["original"]) == faulty


async def test_a_body_that_is_no_json_is_refused_with_a_reason() -> None:
    commented = b'{"a": 1, // a comment of the manual\n}'
    async with hooked() as knocker:
        answer = await intercom(knocker, commented)
    assert (answer.status_code, answer.json()["code"]) == (400, "not_json")


async def test_what_was_set_aside_is_translated_again_once_it_can_be(kafka: str) -> None:
    call = uuid4().hex
    body = {"what": "waiting", "call": call, "at": 1795255200}
    rule = {"type": "call.queued", "id": "call", "subject": "call", "time": "at"}

    def acme(*rules: dict[str, str]) -> Any:
        mapping = {"kind": "what", "rules": list(rules)}
        hooks = [{"platform": "acme", "unsigned": True, "mapping": mapping}]
        return door(hooks=SecretStr(orjson.dumps(hooks).decode()))

    async with acme() as knocker:
        assert (await knocker.http.post("/v1/hooks/acme", json=body)).status_code == 200
        ids = [(await kept(knocker, call, platform="acme"))["id"]]
        answer = await knocker.http.post("/v1/quarantine/replay", json={"ids": ids})
        assert (answer.json()["accepted"], answer.json()["missing"]) == (0, ids)
    async with acme(rule) as knocker:
        answer = await knocker.http.post("/v1/quarantine/replay", json={"ids": ids})
    assert (answer.json()["accepted"], answer.json()["missing"]) == (1, [])
    assert len(await events_kept(kafka, call)) == 1


async def test_of_several_payloads_one_is_translated_again_as_of_when_it_came(kafka: str) -> None:
    one, other = uuid4().hex, uuid4().hex
    rule = {"type": "call.queued", "id": "call", "subject": "call"}

    def acme(*rules: dict[str, str]) -> Any:
        mapping = {"kind": "what", "items": "calls", "rules": list(rules)}
        hooks = [{"platform": "acme", "unsigned": True, "mapping": mapping}]
        return door(hooks=SecretStr(orjson.dumps(hooks).decode()))

    async with acme() as knocker:
        body = {"calls": [{"what": "waiting", "call": call} for call in (one, other)]}
        assert (await knocker.http.post("/v1/hooks/acme", json=body)).status_code == 200
        items = [await kept(knocker, call, platform="acme") for call in (one, other)]
    async with acme(rule) as knocker:
        ids = [item["id"] for item in items]
        answer = await knocker.http.post("/v1/quarantine/replay", json={"ids": ids})
    assert (answer.json()["accepted"], answer.json()["missing"]) == (2, [])
    for item, call in zip(items, (one, other), strict=True):
        (event,) = [orjson.loads(record.value) for record in await events_kept(kafka, call)]
        assert event["time"] == item["received_at"]


async def test_a_form_that_was_kept_can_be_read_again() -> None:
    form = {"CallSid": "CA1", "CallStatus": uuid4().hex}
    async with hooked() as knocker:
        answer = await knocker.http.post("/v1/hooks/twilio", data=form)
        item = await kept(knocker, form["CallStatus"], platform="twilio")
        again = await knocker.http.post("/v1/quarantine/replay", json={"ids": [item["id"]]})
    assert answer.status_code == 204
    assert (item["content_type"], item["kind"]) == (
        "application/x-www-form-urlencoded",
        f"voice.{form['CallStatus']}",
    )
    assert again.json()["missing"] == [item["id"]]


async def test_handshakes_are_answered_and_count_for_nothing() -> None:
    async with hooked() as knocker:
        heads = [
            (await knocker.http.head(f"/v1/hooks/{at}")).status_code
            for at in ("intercom", "amazon_connect/east")
        ]
        ping = await intercom(knocker, {"topic": "ping"})
        challenge = await knocker.http.post(
            "/v1/hooks/slack", json={"type": "url_verification", "challenge": "abc"}
        )
        ledger = await knocker.ledger()
    assert (heads, ping.status_code, challenge.text) == ([200, 200], 200, "abc")
    assert ledger["received"] == 0


async def test_our_own_events_by_standard_webhooks_are_of_the_connections_tenant(kafka: str) -> None:
    own = event(id=uuid4().hex, tenant="somebody")
    async with hooked() as knocker:
        answer = await knocker.http.post("/v1/hooks/standard", json=[own])
    assert answer.status_code == 202
    assert orjson.loads((await events_kept(kafka, own["id"]))[0].value)["tenant"] == "acme"


async def test_an_event_of_the_future_is_kept_apart_and_acknowledged() -> None:
    own = event(id=uuid4().hex, time="9999-12-31T23:59:59Z")
    async with hooked() as knocker:
        answer = await knocker.http.post("/v1/hooks/standard", json=own)
        ledger = await knocker.ledger()
    assert (answer.status_code, ledger["quarantined"]) == (202, 1)


async def test_while_kafka_is_away_nothing_is_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    async with hooked(wait=False) as knocker:
        answer = await intercom(knocker, notification())
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
