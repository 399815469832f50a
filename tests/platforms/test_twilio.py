"""Twilio: calls and their legs, flows, tasks, conversations, and what Event Streams wraps them in."""

from typing import Any

import orjson
import pytest

from tests.platforms.given import FORM, Outcome, told

STATUS = {
    "AccountSid": "AC1", "CallSid": "CA1", "From": "+14155550101", "To": "+18005550100",
    "Direction": "inbound",
    "CallStatus": "completed", "CallDuration": "49", "SequenceNumber": "3",
    "Timestamp": "Sat, 21 Nov 2026 10:00:49 +0000",
}  # fmt: skip


def status(**changes: str) -> Outcome:
    return told("twilio", STATUS | changes, FORM)


def stream(kind: str, data: Any, **changes: Any) -> Outcome:
    event = {
        "specversion": "1.0", "type": f"com.twilio.{kind}", "id": "EZ1", "source": "/x",
        "datacontenttype": "application/json", "time": "2026-11-21T10:00:00.000Z", "data": data,
    }  # fmt: skip
    return told("twilio", [event | changes])


def test_the_end_of_an_inbound_call_tells_its_beginning_too() -> None:
    started, ended = status().events
    assert (started["type"], started["time"]) == ("call.started", "2026-11-21T10:00:00.000Z")
    assert started["data"] == {"direction": "inbound", "identifiers": {"phone": "+14155550101"}}
    assert (ended["type"], ended["data"]["disposition"], ended["sequence"]) == (
        "call.ended",
        "completed",
        "3",
    )


def test_a_live_beginning_is_the_same_event_and_stands() -> None:
    live = status(CallStatus="initiated", SequenceNumber="0", CallDuration="").only
    derived = status().events[0]
    assert (live["id"], live["sequence"]) == (derived["id"], "0")
    assert "sequence" not in derived


def test_of_an_outbound_call_the_customer_is_the_one_called() -> None:
    started = status(Direction="outbound-api").events[0]
    assert started["data"] == {"direction": "outbound", "identifiers": {"phone": "+18005550100"}}


def test_a_child_leg_belongs_to_its_parents_call() -> None:
    leg = {"CallSid": "CA2", "ParentCallSid": "CA1", "Direction": "outbound-dial", "To": "client:ann"}
    answered = status(**leg, CallStatus="in-progress").only
    assert (answered["type"], answered["subject"], answered["data"]) == (
        "call.answered",
        "CA1",
        {"agent": "ann"},
    )
    assert status(**leg, CallStatus="no-answer").types == ["call.leg_no_answer"]


@pytest.mark.parametrize("number", ["anonymous", "client:ann", "sip:ann@example.com", "+266696687", ""])
def test_no_number_is_no_identifier(number: str) -> None:
    assert "identifiers" not in status(From=number).events[1]["data"]


def test_a_status_of_tomorrow_is_set_aside() -> None:
    found = status(CallStatus="teleported")
    assert (found.events, found.left[0].kind, found.left[0].is_set_aside) == ([], "voice.teleported", True)


EXECUTION = {
    "execution_sid": "FN1", "account_sid": "AC1", "flow_sid": "FW1", "started_by": "CA1",
    "contact_channel_address": "+14155550101", "date_created": "2026-11-21T10:00:00.000Z",
    "date_updated": "2026-11-21T10:01:00.000Z", "ended_reason": "FLOW_END",
}  # fmt: skip
STEP = {
    "step_sid": "FT1", "execution_sid": "FN1", "account_sid": "AC1", "flow_sid": "FW1", "name": "keypress",
    "transitioned_from": "main_menu", "transitioned_to": "billing",
    "date_created": "2026-11-21T10:00:30.000Z",
}  # fmt: skip


def test_a_flow_is_the_ivr_and_its_steps_are_of_the_same_contact() -> None:
    events = [
        *stream("studio.flow.execution.started", EXECUTION).events,
        *stream("studio.flow.step.ended", STEP).events,
        *stream("studio.flow.step.ended", STEP | {"step_sid": "FT2", "name": "timeout"}).events,
        *stream("studio.flow.execution.ended", EXECUTION).events,
    ]
    assert [event["type"] for event in events] == [
        "ivr.started", "ivr.menu_entered", "ivr.option_selected", "ivr.menu_entered",
        "ivr.input_failed", "ivr.ended",
    ]  # fmt: skip
    assert {event["subject"] for event in events} == {"FN1"}
    assert events[2]["data"]["node"] == "main_menu"
    assert events[4]["data"]["reason"] == "no_input"
    # How a flow that ran to its end left the caller, Twilio does not tell.
    assert "reason" not in events[5]["data"]


def test_a_widget_that_asks_nothing_is_no_menu() -> None:
    assert stream("studio.flow.step.ended", STEP | {"name": "audioComplete"}).types == ["ivr.step_ended"]


def test_a_flow_that_a_message_started_is_a_chat() -> None:
    assert stream("studio.flow.execution.started", EXECUTION | {"started_by": "SM1"}).types == [
        "chat.started"
    ]


def test_an_event_without_its_time_is_kept_as_faulty() -> None:
    found = stream(
        "studio.flow.execution.ended", EXECUTION, time=None, datacontenttype="2026-11-21T10:00:00Z"
    )
    assert (found.events, found.left[0].is_set_aside) == ([], False)
    assert "`time`" in found.left[0].detail


TASK = {
    "WorkspaceSid": "WS1", "AccountSid": "AC1", "TaskSid": "WT1", "Sid": "EV1",
    "TaskChannelUniqueName": "voice",
    "TaskAttributes": orjson.dumps({"call_sid": "CA1", "from": "+14155550101", "plan": "gold"}).decode(),
    "TaskQueueName": "billing", "WorkerName": "ann", "TimestampMs": "1795255200123", "TransferMode": "COLD",
    "TransferType": "QUEUE", "TransferTo": "WQ2", "TaskCompletedReason": "solved",
}  # fmt: skip


@pytest.mark.parametrize(("kind", "name", "said"), [
    ("task-queue.entered", "call.queued", {"queue": "billing"}),
    ("reservation.accepted", "call.answered", {"queue": "billing", "agent": "ann"}),
    ("reservation.timeout", "call.agent_missed", {"agent": "ann"}),
    ("task.transfer-completed", "call.transferred", {"kind": "cold", "to_queue": "WQ2"}),
    ("task.canceled", "call.abandoned", {"queue": "billing"}),
    ("task.completed", "call.ended", {"disposition": "solved"}),
])  # fmt: skip
def test_tasks_wait_and_are_accepted_as_calls_are(kind: str, name: str, said: dict[str, str]) -> None:
    event = told("twilio", TASK | {"EventType": kind}, FORM).only
    assert (event["type"], event["subject"], event["time"]) == (name, "CA1", "2026-11-21T10:00:00.123Z")
    assert event["data"].items() >= said.items()
    assert event["data"]["identifiers"] == {"phone": "+14155550101"}


def test_event_streams_names_the_same_fields_in_its_own_way() -> None:
    data = {"task_sid": "WT1", "task_queue_name": "billing", "task_channel_unique_name": "chat", "sid": "EV1"}
    event = stream("taskrouter.task-queue.entered", data).only
    assert (event["type"], event["subject"], event["data"]["queue"]) == ("chat.queued", "WT1", "billing")


def test_the_tenants_own_attributes_have_the_meaning_he_gives_them() -> None:
    found = told("twilio", TASK | {"EventType": "task.created"}, FORM, attributes={"plan": "product"})
    assert found.only["data"]["product"] == "gold"


def test_task_attributes_that_are_no_json_are_kept_as_faulty() -> None:
    found = told("twilio", TASK | {"EventType": "task.created", "TaskAttributes": "{oops"}, FORM)
    assert (found.events, found.left[0].is_set_aside) == ([], False)


MESSAGE = {
    "EventType": "onMessageAdded", "AccountSid": "AC1", "ConversationSid": "CH1", "MessageSid": "IM1",
    "Index": "4",
    "Author": "whatsapp:+14155550101", "Body": "Where is my parcel?",
    "DateCreated": "2026-11-21T10:00:00.000Z",
}  # fmt: skip


@pytest.mark.parametrize(("author", "name", "by"), [
    ("whatsapp:+14155550101", "chat.message_sent", "customer"), ("agent-ann", "chat.message_sent", "agent"),
    ("studio", "chat.message_sent", "bot"), ("someone", "chat.message_posted", None),
])  # fmt: skip
def test_who_wrote_is_told_by_the_address_or_the_connection_or_not_at_all(
    author: str, name: str, by: str
) -> None:
    found = told("twilio", MESSAGE | {"Author": author}, FORM, agents=("agent-*",), bots=("studio",)).only
    assert (found["type"], found["data"].get("by"), found["subject"]) == (name, by, "CH1")


def test_a_conversation_begins_and_ends() -> None:
    assert told("twilio", MESSAGE | {"EventType": "onConversationAdded"}, FORM).types == ["chat.started"]
    closed = {"EventType": "onConversationStateUpdated", "StateTo": "closed"}
    assert told("twilio", MESSAGE | closed, FORM).types == ["chat.ended"]
    assert told("twilio", MESSAGE | {"EventType": "onDeliveryUpdated"}, FORM).left[0].is_set_aside


def test_a_text_message_is_of_the_thread_between_two_numbers() -> None:
    sms = {
        "MessageSid": "SM1",
        "AccountSid": "AC1",
        "From": "+14155550101",
        "To": "+18005550100",
        "Body": "Hi",
    }
    event = told("twilio", sms | {"SmsStatus": "received"}, FORM).only
    assert (event["type"], event["subject"]) == ("chat.message_sent", "+14155550101/+18005550100")
    assert told("twilio", sms | {"MessageStatus": "delivered"}, FORM).left[0].is_set_aside


def test_in_a_batch_a_bad_event_sinks_no_other() -> None:
    good = {"specversion": "1.0", "type": "com.twilio.studio.flow.execution.started", "id": "EZ1",
            "time": "2026-11-21T10:00:00Z", "data": EXECUTION}  # fmt: skip
    found = told("twilio", [good, {"specversion": "1.0", "type": None}, "nonsense", good | {"data": 7}])
    assert (found.types, len(found.left)) == (["ivr.started"], 3)
