"""The clients that platforms ship, unchanged, against a running door: what they send lands as events."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import httpx2
import orjson
import pytest
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent
from rudderstack.analytics.client import Client as Rudder
from segment.analytics.client import Client as Segment
from snowplow_tracker.emitters import Emitter
from snowplow_tracker.events.page_ping import PagePing
from snowplow_tracker.events.page_view import PageView
from snowplow_tracker.subject import Subject
from snowplow_tracker.tracker import Tracker
from standardwebhooks.webhooks import Webhook
from twilio.request_validator import RequestValidator

from schemas.topics import EVENTS
from services.cli.following import Follower
from services.cli.forward import Post, about_calls, forward
from tests.ingest.doors import records
from tests.ingest.serving import served

SECRET = "s3cret"
SIGNING = "whsec_MDEyMzQ1Njc4OWFiY2RlZg=="
TWILIO_URL = "https://hooks.example.com/v1/hooks/twilio"
HOOKS = [
    {"platform": "segment", "secrets": [SECRET]},
    {"platform": "rudderstack", "secrets": [f"{SECRET}-rudder"]},
    {"platform": "snowplow", "unsigned": True, "app_ids": ["site"]},
    {"platform": "twilio", "secrets": [SECRET], "url": TWILIO_URL},
    {"platform": "asterisk", "name": "pbx", "secrets": [SECRET]},
    {"platform": "standard", "secrets": [SIGNING], "tenant": "acme"},
]


@pytest.fixture(scope="module")
def server(kafka: str) -> Iterator[str]:
    with served(kafka, hooks=orjson.dumps(HOOKS).decode()) as port:
        yield f"http://127.0.0.1:{port}"


def landed(kafka: str, mark: str) -> list[dict[str, Any]]:
    """All accepted events in which the mark stands."""

    async def read() -> list[Any]:
        return [record for topic in EVENTS.values() for record in await records(kafka, topic.name)]

    return [orjson.loads(record.value) for record in asyncio.run(read()) if mark.encode() in record.value]


@pytest.mark.parametrize("use_gzip", [False, True])
def test_segments_client(server: str, kafka: str, use_gzip: bool) -> None:
    user, failures = uuid4().hex, []
    client = Segment(
        SECRET, host=server, gzip=use_gzip, on_error=lambda error, _items: failures.append(error)
    )
    client.identify(user, {"email": f"{user}@example.com"})
    client.track(user, "Live Chat Message Sent", {"conversation_id": "c1", "message_body": "Hi"})
    client.page(user, name="Contact", properties={"path": "/contact"})
    client.flush()
    client.join()
    assert failures == []
    types = {event["type"] for event in landed(kafka, user)}
    assert types == {"customer.identified", "chat.message_sent", "web_form.page_viewed"}


def test_segments_client_with_a_wrong_key_gives_up(server: str) -> None:
    failures: list[Any] = []
    client = Segment("wrong", host=server, on_error=lambda error, _items: failures.append(error))
    client.track("u", "anything")
    client.flush()
    client.join()
    assert "401" in str(failures[0])


def test_rudderstacks_client_which_takes_nothing_but_200(server: str, kafka: str) -> None:
    user, failures = uuid4().hex, []
    client = Rudder(
        f"{SECRET}-rudder", host=server, on_error=lambda error, _items: failures.append(error), max_retries=0
    )
    client.track(user, "Live Chat Conversation Ended", {"conversation_id": user})
    client.flush()
    client.join()
    assert failures == []
    event = landed(kafka, user)[0]
    assert (event["type"], event["subject"], event["source"]) == ("chat.ended", user, "//rudderstack/default")


@pytest.mark.parametrize("method", ["post", "get"])
def test_snowplows_tracker(server: str, kafka: str, method: Literal["get", "post"]) -> None:
    user, failures = uuid4().hex, []
    host, _, port = server.removeprefix("http://").partition(":")
    emitter = Emitter(
        host, protocol="http", port=int(port), method=method, batch_size=1,
        on_failure=lambda _count, events: failures.append(events),
    )  # fmt: skip
    tracker = Tracker("sp", emitter, app_id="site", subject=Subject().set_user_id(user), encode_base64=True)
    tracker.track(PageView("https://example.com/contact?x=1", page_title="Contact"))
    tracker.track(PagePing("https://example.com/contact"))
    tracker.flush()
    assert failures == []
    found = landed(kafka, user)
    assert {event["type"] for event in found} == {"web_form.page_viewed", "web_form.page_pinged"}
    assert {event["data"]["page"] for event in found} == {"https://example.com/contact"}


@pytest.mark.parametrize("to_message", [to_binary_event, to_structured_event])
def test_the_cloudevents_sdk(server: str, kafka: str, to_message: Any) -> None:
    attributes = {
        "id": uuid4().hex, "source": "//acme/pbx", "type": "call.queued", "subject": "call-1",
        "time": datetime.now(UTC), "specversion": "1.0", "datacontenttype": "application/json",
    }  # fmt: skip
    message = to_message(CloudEvent(attributes=attributes, data={"queue": "billing"}))
    answer = httpx2.post(f"{server}/v1/events", content=message.body, headers=message.headers)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    assert landed(kafka, str(attributes["id"]))[0]["data"]["queue"] == "billing"


def test_what_twilio_signs(server: str, kafka: str) -> None:
    sid = f"CA{uuid4().hex}"
    form = {
        "CallSid": sid,
        "AccountSid": "AC1",
        "CallStatus": "initiated",
        "FromCity": "",
        "Direction": "inbound",
    }
    signature = RequestValidator(SECRET).compute_signature(TWILIO_URL, form)
    answer = httpx2.post(f"{server}/v1/hooks/twilio", data=form, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 204
    assert landed(kafka, sid)[0]["type"] == "call.started"

    event = {
        "specversion": "1.0", "id": f"EZ{uuid4().hex}", "type": "com.twilio.studio.flow.execution.started",
        "time": "2026-11-21T10:00:00Z", "data": {"execution_sid": sid, "account_sid": "AC1"},
    }  # fmt: skip
    body = orjson.dumps([event])
    query = f"bodySHA256={sha256(body).hexdigest()}"
    signature = RequestValidator(SECRET).compute_signature(f"{TWILIO_URL}?{query}", {})
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/json"}
    assert httpx2.post(f"{server}/v1/hooks/twilio?{query}", content=body, headers=headers).status_code == 204
    assert {each["type"] for each in landed(kafka, sid)} == {"call.started", "ivr.started"}


def test_what_standard_webhooks_sign(server: str, kafka: str) -> None:
    name = uuid4().hex
    body = orjson.dumps({
        "specversion": "1.0", "id": name, "source": "//acme/pbx", "type": "call.queued", "subject": "1",
        "time": "2026-11-21T10:00:00Z", "data": {"queue": "billing"},
    }).decode()  # fmt: skip
    now = datetime.now(UTC)
    headers = {
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SIGNING).sign(name, now, body),
        "content-type": "application/json",
    }
    answer = httpx2.post(f"{server}/v1/hooks/standard", content=body, headers=headers)
    assert answer.status_code == 202
    assert landed(kafka, name)[0]["tenant"] == "acme"


def test_our_forwarder_of_asterisk(server: str, kafka: str, tmp_path: Path) -> None:
    call = f"1795255200.{uuid4().int}"
    said = ["NONE|ENTERQUEUE||+14155550101|1", "SIP/7|CONNECT|12|1.2|3", "SIP/7|COMPLETECALLER|12|80|1"]
    log = tmp_path / "queue_log"
    log.write_text("".join(f"1795255200|{call}|billing|{each}\n" for each in said))
    with closing(Post(f"{server}/v1/hooks/asterisk/pbx", SECRET, pytest.fail)) as post:
        assert forward(Follower(log, tmp_path / "position"), post, about_calls)
    events = landed(kafka, call)
    assert {event["type"] for event in events} == {"call.queued", "call.answered", "call.ended"}
    assert {(event["source"], event["subject"]) for event in events} == {("//asterisk/pbx", call)}
