"""What platforms post, to begin from: an example of each, and where the real payloads are, those too."""

from typing import Any, NamedTuple

import orjson

from services.ingest.core.platforms import PLATFORMS
from services.ingest.hooks import shipped_mappings
from tests.ingest.doors import event
from tests.ingest.fuzzing import FORM
from tests.platforms.test_payloads import FILES, body_of

JSON, TEXT = "application/json", "text/plain"
SECRET = "s3cret"
MOMENT = "2026-11-21T10:00:00.000Z"
PERSON = {"id": 3, "email": "ann@example.com", "phone_number": "+14155550101", "name": "Ann"}
TRACK = {
    "type": "track",
    "event": "a",
    "userId": "u",
    "messageId": "m",
    "timestamp": MOMENT,
    "writeKey": SECRET,
}
PAGE_VIEW = {
    "e": "pv",
    "eid": "1",
    "aid": "site",
    "dtm": "1795255200123",
    "duid": "d",
    "url": "https://a.example",
}
SIGNED = {"header": "X-Acme-Signature", "prefix": "sha256=", "timestamp_header": "X-Acme-Time"}
ACME = {
    "items": "calls", "kind": "what", "account": "pbx", "signature": SIGNED,
    "rules": [{
        "type": "call.queued", "when": "what == 'waiting'", "subject": "call", "time": "at",
        "id": "join('/', [call, what])",
        "data": {"queue": "group", "language": {"of": "lang", "map": {"1": "en"}},
                 "identifiers": {"phone": "caller", "person": "contact.id"}},
    }],
}  # fmt: skip


class Known(NamedTuple):
    """A body that is as it should be: its media type, and a document or raw bytes."""

    kind: str
    document: Any


EXAMPLES: dict[str, list[Known]] = {
    "acme": [Known(JSON, {"calls": [
        {"what": "waiting", "call": "7", "pbx": "north", "at": MOMENT, "group": "q1", "lang": 1,
         "caller": "+14155550101", "contact": {"id": 9}}
    ]})],
    "amazon_connect": [Known(JSON, {
        "detail-type": "Amazon Connect Contact Event", "time": MOMENT,
        "detail": {"eventType": "QUEUED", "contactId": "c", "channel": "VOICE",
                   "queueInfo": {"queueArn": "a/queue/q", "enqueueTimestamp": MOMENT}},
    })],
    "asterisk": [
        Known(TEXT, b"1795255200|1795255200.7|q|NONE|ENTERQUEUE||+14155550101|1\n"
                    b"1795255300|1795255200.7|q|NONE|ABANDON|1|1|100\n"),
        Known(TEXT, b"Event: QueueCallerJoin\r\nUniqueid: 1.7\r\nLinkedid: 1.7\r\nQueue: q\r\n\r\n"),
    ],
    "chatwoot": [Known(JSON, {
        "event": "message_created", "id": 5, "message_type": "incoming", "content": "hi", "sender": PERSON,
        "created_at": MOMENT, "conversation": {"id": 7, "status": "open"}, "account": {"id": 1},
    })],
    "genesys": [Known(JSON, {
        "detail-type": "v2.detail.events.conversation.{id}.customer.start", "time": MOMENT,
        "detail": {"eventBody": {"eventTime": 1795255200123, "conversationId": "c", "participantId": "p",
                                 "sessionId": "s", "mediaType": "VOICE", "ani": "tel:+14155550101"}},
    })],
    "intercom": [Known(JSON, {
        "id": "n", "topic": "conversation.user.replied", "created_at": 1795255200, "app_id": "a",
        "data": {"item": {"id": "77", "source": {"author": PERSON, "body": "hi"},
                          "conversation_parts": {"conversation_parts": [{"id": "1", "body": "x"}]}}},
    })],
    "qualtrics": [
        Known(FORM, {"Topic": "x", "MSG": '{"Status":"Complete","SurveyID":"S","ResponseID":"R",'
                     '"CompletedDate":"2026-11-21 11:00:00"}', "HMAC": "0"}),
    ],
    "segment": [Known(JSON, {"batch": [TRACK], "writeKey": SECRET}), Known(JSON, TRACK)],
    "snowplow": [Known(JSON, {"schema": "iglu:a/b/jsonschema/1-0-4", "data": [PAGE_VIEW]})],
    "standard": [Known(JSON, event())],
    "twilio": [
        Known(FORM, {"AccountSid": "AC1", "CallSid": "CA1", "From": "+14155550101", "CallStatus": "completed",
                     "CallDuration": "49", "Timestamp": "Sat, 21 Nov 2026 10:00:49 +0000"}),
        Known(FORM, {"EventType": "task-queue.entered", "TaskSid": "WT1", "WorkspaceSid": "WS1", "Sid": "EV1",
                     "TimestampMs": "1795255200123", "TaskAttributes": '{"call_sid":"CA1"}'}),
        Known(JSON, [{"specversion": "1.0", "type": "com.twilio.studio.flow.step.ended", "id": "EZ1",
                      "time": MOMENT, "data": {"step_sid": "FT1", "execution_sid": "FN1", "name": "menu"}}]),
    ],
    "zendesk": [
        Known(JSON, {"ticket_id": "7", "event": "status", "status": "solved", "previous_status": "open",
                     "requester_email": "ann@example.com", "updated_at": MOMENT}),
        Known(JSON, {"type": "zen:event-type:ticket.created", "id": "z1", "time": MOMENT, "account_id": 1,
                     "subject": "zen:ticket:7", "detail": {"id": "7", "status": "NEW"}, "event": {}}),
    ],
}  # fmt: skip
EXAMPLES["rudderstack"] = EXAMPLES["segment"]


def known(platform: str) -> list[Known]:
    real = [name for name in FILES if name.partition("/")[0] == platform]
    found = [*EXAMPLES.get(platform, ()), *(_real(name) for name in real)]
    return found or [Known(JSON, {"id": "1", "event": "a", "timestamp": MOMENT})]


def _real(name: str) -> Known:
    body = body_of(name)
    if name.endswith(".txt"):
        return Known(FORM if "form" in name else TEXT, body)
    return Known(JSON, orjson.loads(body))


#: All that may post; the second connection of each wants a signature.
NAMES = (*PLATFORMS, *shipped_mappings(), "acme")
BODIES = {name: known(name) for name in NAMES}


def connections() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name in NAMES:
        shared: dict[str, Any] = {"platform": name} | ({"mapping": ACME} if name == "acme" else {})
        url = {"url": f"https://hooks.example.com/v1/hooks/{name}/signed"} if name == "twilio" else {}
        found += [shared | {"unsigned": True}, shared | url | {"name": "signed", "secrets": [SECRET]}]
    return found
