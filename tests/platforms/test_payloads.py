"""Every payload that platforms and their manuals show: events that the door accepts, or a reason."""

from itertools import permutations
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.events import precedence
from services.ingest.core.platforms.delivery import Delivery
from tests.platforms.given import FOLDER, FORM, MAPPED, NO_FOLDER, Outcome, parsed, told

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=NO_FOLDER)

#: Schemas and lists of fields: no payloads. CloudEvents go through their own door.
NO_PAYLOADS = ("schemas/", "syntax/", "signature_vector", "SOURCES.md", "cloudevents/")
FILES = sorted(
    str(path.relative_to(FOLDER))
    for path in FOLDER.rglob("*.*")
    if path.is_file() and not any(mark in str(path) for mark in NO_PAYLOADS)
) if FOLDER.is_dir() else []  # fmt: skip

#: Kept, with what the platform calls them, where no event is made of any of it.
LEFT = {
    "amazon_connect/contact_lens_segment_stream_completed.json": "contact_lens.COMPLETED",
    "amazon_connect/contact_lens_segment_stream_failed.json": "contact_lens.FAILED",
    "amazon_connect/contact_lens_segment_stream_started.json": "contact_lens.STARTED",
    "amazon_connect/lambda_invocation_contact_flow_event.json": "ContactFlowExecution",
    "asterisk/ami_agent_loggued_in.txt": "ami.unknown",
    "asterisk/ami_agent_not_in_pause.txt": "ami.Newchannel",
    "asterisk/ami_originate_with_events.txt": "ami.unknown",
    "freeswitch/esl_channel_create.txt": "CHANNEL_CREATE",
    "freeswitch/esl_heartbeat.txt": "HEARTBEAT",
    "freeswitch/esl_message_query.txt": "MESSAGE_QUERY",
    "genesys/eventbridge_unknown_detail_type_negative.json": (
        "v2.something.but.conversation.{id}.customer.start"
    ),
    "pagerduty/incident_triggered.json": "unknown",
    "segment/webhook_destination_alias.json": "alias",
    "segment/webhook_destination_delete.json": "delete",
    "slack/url_verification.json": "url_verification",
    "twilio/event_streams_message_sent_as_indexed.json": "unknown",
    "twilio/event_streams_message_sent_reconstructed_batch.json": "messaging.message.sent",
    "twilio/event_streams_studio_flow_execution_ended.json": "com.twilio.studio.flow.execution.ended",
    "twilio/event_streams_test_event.json": "com.twilio.eventstreams.test-event",
    "twilio/monitor_notification_with_request_variables.json": "unknown",
}


def outcome(name: str) -> Outcome:
    path = FOLDER / name
    folder, body = path.parent.name, body_of(name)
    # What no adapter and no mapping is for goes by the generic route.
    platform = "standard" if folder == "pagerduty" else folder
    if path.suffix == ".txt":
        kind = FORM if "form" in path.name else "text/plain"
        return told(platform, body.strip() if kind == FORM else body, kind)
    return told(platform, body, "application/json", _address(path))


def body_of(name: str) -> bytes:
    """Without the envelope of whoever captured it on the wire."""
    body = (FOLDER / name).read_bytes()
    document = orjson.loads(body) if name.endswith(".json") else None
    if not isinstance(document, dict) or not {"rawBody", "_captured", "method"} & document.keys():
        return body
    inner = document.get("rawBody", document.get("body"))
    return inner.encode() if isinstance(inner, str) else orjson.dumps(inner)


def _address(path: Path) -> str:
    kind = path.stem.removeprefix("http_api_").partition("_")[0]
    return f"http://door/v1/{kind}" if path.stem.startswith("http_api") else ""


@pytest.mark.parametrize("name", FILES)
def test_it_becomes_events_or_is_kept_with_its_reason(name: str) -> None:
    found = outcome(name)
    if name in LEFT:
        assert found.left[0].kind == LEFT[name]
        assert all(left.kind and left.detail and left.item.original for left in found.left)
    else:
        assert found.events
        assert found.left == []


@pytest.mark.parametrize("name", FILES)
def test_sent_again_it_is_the_same_events(name: str) -> None:
    names = [[(event["source"], event["id"]) for event in outcome(name).events] for _ in range(2)]
    assert names[0] == names[1]
    assert len(set(names[0])) == len(names[0])


def test_a_value_typed_into_a_field_is_kept_nowhere() -> None:
    for name in FILES:
        if name.startswith("snowplow/"):
            text = str(outcome(name).events)
            assert "jane@example.com" not in text
            assert "my line is down" not in text


def test_the_contact_record_that_came_three_times_stands_as_it_was_last() -> None:
    deliveries = [
        outcome(f"amazon_connect/ctr_external_transfer_delivery_{number}.json").events for number in (1, 2, 3)
    ]
    for order in permutations(deliveries):
        standing: dict[str, Any] = {}
        for event in (parsed(each) for events in order for each in events):
            known = standing.get(event.id)
            if known is None or precedence(event.sequence, event.digest, None) > precedence(
                known.sequence, known.digest, None
            ):
                standing[event.id] = event
        assert {event.sequence for event in standing.values()} == {"1641874187000"}
        assert len(standing) == len(deliveries[2])


def test_a_contact_record_tells_the_whole_call() -> None:
    types = outcome("amazon_connect/ctr_external_transfer_delivery_3.json").types
    assert types == [
        "call.started", "ivr.started", "ivr.ended", "call.queued", "call.answered", "call.transferred",
        "call.ended",
    ]  # fmt: skip


def test_an_analytics_record_tells_the_whole_conversation() -> None:
    found = outcome("genesys/analytics_conversation_details_1.json")
    assert found.types == ["chat.started", "chat.ended", "chat.queued", "chat.answered", "chat.held"]
    assert {event["subject"] for event in found.events} == {"1bc96a39-6725-40c4-9345-db72aa67b8c6"}


def test_slacks_challenge_is_echoed() -> None:
    body = (FOLDER / "slack" / "url_verification.json").read_bytes()
    answer = MAPPED["slack"].greet(Delivery({"content-type": "application/json"}, body, 0))
    assert answer is not None
    assert answer.body.decode() == orjson.loads(body)["challenge"]
