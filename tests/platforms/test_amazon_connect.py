"""Amazon Connect: a call by events and by its record, which say the same under the same ids."""

from typing import Any

import pytest

from schemas.events import precedence
from tests.platforms.given import Outcome, parsed, told

INSTANCE = "arn:aws:connect:us-west-2:1:instance/i1"
QUEUE = {"queueArn": f"{INSTANCE}/queue/q1", "enqueueTimestamp": "2026-11-21T10:00:10.000Z"}
AGENT = {"agentArn": f"{INSTANCE}/agent/a1", "connectedToAgentTimestamp": "2026-11-21T10:00:40.000Z"}


def event(kind: str, **changes: Any) -> Outcome:
    detail = {
        "eventType": kind,
        "contactId": "c1",
        "channel": "VOICE",
        "instanceArn": INSTANCE,
        "initiationMethod": "INBOUND",
        "initiationTimestamp": "2026-11-21T10:00:00.000Z",
        "disconnectTimestamp": "2026-11-21T10:02:00.000Z",
    }
    envelope = {
        "id": "e1",
        "detail-type": "Amazon Connect Contact Event",
        "source": "aws.connect",
        "time": "2026-11-21T10:02:01Z",
        "detail": detail | changes,
    }
    return told("amazon_connect", envelope)


def record(**changes: Any) -> Outcome:
    fields = {
        "AWSContactTraceRecordFormatVersion": "2017-03-10",
        "ContactId": "c1",
        "Channel": "VOICE",
        "InstanceARN": INSTANCE,
        "InitiationMethod": "INBOUND",
        "InitiationTimestamp": "2026-11-21T10:00:00Z",
        "ConnectedToSystemTimestamp": "2026-11-21T10:00:01Z",
        "DisconnectTimestamp": "2026-11-21T10:02:00Z",
        "DisconnectReason": "CUSTOMER_DISCONNECT",
        "LastUpdateTimestamp": "2026-11-21T10:03:00Z",
        "CustomerEndpoint": {"Address": "+14155550101", "Type": "TELEPHONE_NUMBER"},
        "Queue": {
            "ARN": f"{INSTANCE}/queue/q1",
            "Name": "billing",
            "EnqueueTimestamp": "2026-11-21T10:00:10Z",
        },
        "Agent": None,
    }
    return told("amazon_connect", fields | changes)


def test_events_tell_a_call_as_it_goes() -> None:
    assert event("INITIATED").types == ["call.started"]
    assert event("CONNECTED_TO_SYSTEM").types == ["ivr.started"]
    assert event("QUEUED", queueInfo=QUEUE).types == ["ivr.ended", "call.queued"]
    answered = event("CONNECTED_TO_AGENT", queueInfo=QUEUE, agentInfo=AGENT).only
    assert (answered["type"], answered["data"]) == ("call.answered", {"queue": "q1", "agent": "a1"})
    assert event("DISCONNECTED", queueInfo=QUEUE, agentInfo=AGENT).types == ["call.ended"]


@pytest.mark.parametrize(
    "names", [("agentInfo", "agentArn"), ("AgentInfo", "AgentArn"), ("AGENTINFO", "AGENTARN")]
)
def test_names_are_the_same_in_any_case(names: tuple[str, str]) -> None:
    info = {names[1]: AGENT["agentArn"], "ConnectedToAgentTimestamp": AGENT["connectedToAgentTimestamp"]}
    found = event("CONNECTED_TO_AGENT", channel="Voice", **{names[0]: info}).only
    assert (found["type"], found["data"]["agent"]) == ("call.answered", "a1")
    assert found["time"] == "2026-11-21T10:00:40.000Z"


def test_a_record_stands_over_the_events_of_the_same_moments() -> None:
    by_event = {each["id"]: each for each in event("QUEUED", queueInfo=QUEUE).events}
    by_record = {each["id"]: each for each in record().events}
    assert by_event.keys() <= by_record.keys()
    for name, earlier in by_event.items():
        told_first, told_last = parsed(earlier), parsed(by_record[name])
        assert (told_first.type, told_first.at_us) == (told_last.type, told_last.at_us)
        assert precedence(told_first.sequence, b"", None) < precedence(told_last.sequence, b"", None)


def test_who_left_the_queue_has_abandoned_it() -> None:
    found = record()
    assert found.types == ["call.started", "ivr.started", "ivr.ended", "call.queued", "call.abandoned"]
    assert found.events[-1]["data"] == {"queue": "billing", "identifiers": {"phone": "+14155550101"}}


def test_who_never_queued_left_in_the_ivr() -> None:
    found = record(Queue=None)
    assert found.types == ["call.started", "ivr.started", "ivr.ended", "call.ended"]
    assert found.events[2]["data"]["reason"] == "customer_hangup"
    ended_by_flow = record(Queue=None, DisconnectReason="CONTACT_FLOW_DISCONNECT").events[2]["data"]
    # A flow that ends a call may have served its caller or not.
    assert "reason" not in ended_by_flow


def test_a_transfer_goes_on_with_the_first_contact() -> None:
    second = {"contactId": "c2", "initialContactId": "c1", "initiationMethod": "TRANSFER"}
    moved = event("INITIATED", **second).only
    assert (moved["type"], moved["subject"]) == ("call.transferred", "c1")
    assert event("QUEUED", queueInfo=QUEUE, **second).types == ["call.queued"]
    assert (
        record(NextContactId="c2", TransferCompletedTimestamp="2026-11-21T10:01:00Z").types[-1]
        == "call.leg_ended"
    )


def test_a_reason_that_is_null_is_left_out() -> None:
    agent = {"ARN": AGENT["agentArn"], "Username": "ann", "ConnectedToAgentTimestamp": "2026-11-21T10:00:40Z"}
    ended = record(DisconnectReason=None, Agent=agent).events[-1]
    assert (ended["type"], ended["data"].keys()) == ("call.ended", {"queue", "agent", "identifiers"})


def test_chats_are_chats_and_tasks_are_set_aside() -> None:
    assert event("INITIATED", channel="CHAT").types == ["chat.started"]
    assert event("INITIATED", channel="TASK").left[0].is_set_aside


def test_a_kind_of_tomorrow_is_set_aside() -> None:
    found = event("HOLOGRAM")
    assert (found.events, found.left[0].kind) == ([], "contact_event.HOLOGRAM")


def test_attributes_of_a_contact_may_name_the_customer() -> None:
    fields = {
        "ContactId": "c1", "Channel": "VOICE", "InitiationTimestamp": "2026-11-21T10:00:00Z", "Agent": None,
        "Attributes": {"crm": 42, "why": "router"},
    }  # fmt: skip
    event = told("amazon_connect", fields, attributes={"crm": "customer_id", "why": "goal"}).only
    assert event["data"] == {"identifiers": {"customer_id": "42"}, "goal": "router"}


def test_contact_lens_speaks_of_the_contact() -> None:
    detail = {"ruleName": "angry", "contactArn": f"{INSTANCE}/contact/c1", "instanceArn": INSTANCE}
    envelope = {"id": "e1", "time": "2026-11-21T10:00:00Z", "source": "aws.connect", "detail": detail}
    found = told("amazon_connect", envelope | {"detail-type": "Contact Lens Post Chat Rules Matched"}).only
    assert (found["type"], found["subject"], found["source"]) == (
        "chat.rule_matched",
        "c1",
        "//amazon-connect/i1",
    )
    assert told("amazon_connect", envelope | {"detail-type": "Contact Lens Analysis State Change"}).left
