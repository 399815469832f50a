"""Genesys Cloud: a call through flow, queue, agent and transfer, in whatever envelope and case."""

from typing import Any

import pytest

from tests.platforms.given import Outcome, told

ORGANISATION = "32aa07aa-db1b-4987-abd0-9483601ec29d"


def detail(kind: str, envelope: bool = True, **body: Any) -> Outcome:
    shared = {
        "eventTime": 1795255200123, "conversationId": "c1", "participantId": "p1", "sessionId": "s1",
        "mediaType": "VOICE", "direction": "INBOUND", "ani": "tel:+14155550101", "dnis": "tel:+18005550100",
    }  # fmt: skip
    event = {
        "topicName": f"v2.detail.events.conversation.c1.{kind}",
        "version": "2",
        "eventBody": shared | body,
    }
    if not envelope:
        return told("genesys", event)
    return told(
        "genesys",
        {
            "version": "0",
            "id": "e1",
            "detail-type": f"v2.detail.events.conversation.{{id}}.{kind}",
            "source": f"aws.partner/genesys.com/cloud/{ORGANISATION}/bus",
            "time": "2026-11-21T10:00:00Z",
            "detail": event,
        },
        names={"q1": "billing"},
    )


@pytest.mark.parametrize(("kind", "body", "name", "said"), [
    ("customer.start", {}, "call.started", {"direction": "inbound"}),
    ("flow.start", {"flowType": "INBOUNDCALL", "flowId": "f1"}, "ivr.started", {"flow": "f1"}),
    ("flow.end", {"flowType": "inboundcall", "exitReason": "TRANSFER"}, "ivr.ended",
     {"reason": "transferred"}),
    ("flow.end", {"flowType": "INBOUNDCALL", "disconnectType": "PEER"}, "ivr.ended",
     {"reason": "customer_hangup"}),
    ("flow.end", {"disconnectType": "ERROR"}, "ivr.ended", {"reason": "disconnected"}),
    ("flow.end", {"flowType": "INQUEUECALL"}, "call.flow_ended", {}),
    ("acd.start", {"queueId": "q1"}, "call.queued", {"queue": "billing"}),
    ("acd.end", {"queueId": "q1", "acdOutcome": "Abandon"}, "call.abandoned", {"queue": "billing"}),
    ("acd.end", {"acdOutcome": "ANSWERED", "answeredUserId": "u1", "disconnectType": "TRANSFER"},
     "call.answered",
     {"agent": "u1"}),
    ("acd.end", {"queueId": "q1", "acdOutcome": "FLOW_OUT", "disconnectType": "TRANSFER"}, "call.transferred",
     {"from_queue": "billing"}),
    ("user.start", {"userId": "u1"}, "call.agent_alerted", {"agent": "u1"}),
    ("user.end", {"userId": "u1", "disconnectType": "CONSULT_TRANSFER"}, "call.transferred",
     {"from_agent": "u1", "kind": "warm"}),
    ("user.end", {"disconnectType": "transfer"}, "call.transferred", {"kind": "cold"}),
    ("user.end", {"disconnectType": "NO_ANSWER_TRANSFER"}, "call.agent_left", {}),
    ("customer.end", {"disconnectType": "ENDPOINT"}, "call.ended", {"ended_by": "customer"}),
    ("customer.end", {"disconnectType": "TIMEOUT", "mediaType": "CHAT"}, "chat.ended",
     {"ended_by": "system"}),
    ("wrapup", {"wrapupCode": "sold"}, "call.wrapped_up", {"disposition": "sold"}),
    ("customer.start", {"mediaType": "EMAIL", "subject": "Router"}, "email.received", {"topic": "Router"}),
])  # fmt: skip
def test_a_topic_becomes_its_event(kind: str, body: dict[str, Any], name: str, said: dict[str, str]) -> None:
    event = detail(kind, **body).only
    assert (event["type"], event["subject"], event["time"]) == (name, "c1", "2026-11-21T10:00:00.123Z")
    assert event["source"] == f"//genesys/{ORGANISATION}"
    assert event["data"].items() >= said.items()


def test_who_hung_up_at_the_other_end_is_not_told() -> None:
    assert "ended_by" not in detail("customer.end", disconnectType="PEER").only["data"]


def test_the_same_by_websocket_has_the_same_id() -> None:
    assert detail("acd.start").only["id"] == detail("acd.start", envelope=False).only["id"]


def test_the_customer_is_at_the_far_end_whichever_way_the_call_goes() -> None:
    assert detail("customer.start").only["data"]["identifiers"] == {"phone": "+14155550101"}
    outbound = detail("customer.start", direction="OUTBOUND", externalContactId="x1").only["data"]
    assert outbound["identifiers"] == {"phone": "+18005550100", "visitor_id": "genesys:x1"}


@pytest.mark.parametrize("changes", [{"mediaType": "SCREENSHARE"}, {"mediaType": None}])
def test_a_medium_that_is_no_channel_is_set_aside(changes: dict[str, Any]) -> None:
    assert detail("customer.start", **changes).left[0].is_set_aside


def test_a_topic_of_tomorrow_is_set_aside() -> None:
    assert [left.kind for left in detail("customer.blink").left] == ["customer.blink"]


def test_without_its_moment_it_is_kept_as_faulty() -> None:
    assert not detail("acd.start", eventTime=None).left[0].is_set_aside


def message(**changes: Any) -> Outcome:
    payload = {
        "id": "m1", "type": "Text", "text": "Hello", "direction": "Outbound", "originatingEntity": "Bot",
        "channel": {"time": "2026-11-21T10:00:00.000Z", "to": {"id": "person"}, "from": {"id": "shop"}},
    }  # fmt: skip
    return told("genesys", payload | changes)


def test_open_messaging_says_who_made_a_message() -> None:
    assert message().only["data"]["by"] == "bot"
    inbound = message(direction="Inbound", channel={
        "time": "2026-11-21T10:00:00Z", "to": {"id": "shop"}, "from": {"id": "person"},
    }).only  # fmt: skip
    assert (inbound["data"]["by"], inbound["subject"]) == ("customer", message().only["subject"])
    assert message(type="Receipt").left[0].is_set_aside
    assert message(originatingEntity=None).types == ["chat.message_posted"]


def test_an_analytics_record_tells_abandoned_held_resumed_and_transferred() -> None:
    def session(purpose: str, segments: list[tuple[str, int, int, str]], **more: Any) -> dict[str, Any]:
        listed = [
            {"segmentType": kind, "segmentStart": f"2026-11-21T10:{start:02}:00Z",
             "segmentEnd": f"2026-11-21T10:{end:02}:00Z", "queueId": "q1", "disconnectType": how}
            for kind, start, end, how in segments
        ]  # fmt: skip
        sessions = [{"sessionId": purpose, "mediaType": "voice", "direction": "inbound",
        "ani": "+14155550101",
                     "segments": listed} | more]  # fmt: skip
        return {"participantId": purpose, "purpose": purpose, "userId": "u1", "sessions": sessions}

    held = [
        ("alert", 2, 3, ""),
        ("interact", 3, 4, ""),
        ("hold", 4, 5, ""),
        ("interact", 5, 6, "consultTransfer"),
    ]
    abandoned = {"metrics": [{"name": "tAbandon", "emitDate": "2026-11-21T10:09:00Z"}]}
    participants = [
        session("customer", [("interact", 0, 9, "client")]),
        session("ivr", [("ivr", 0, 1, "transfer")]),
        session("acd", [("interact", 1, 3, "transfer")]),
        session("agent", held),
        session("acd", [("delay", 7, 9, "peer")], sessionId="acd2", **abandoned),
    ]
    found = told("genesys", {"conversationId": "c1", "participants": participants})
    in_order = [event["type"] for event in sorted(found.events, key=lambda event: str(event["time"]))]
    assert in_order == [
        "call.started", "ivr.started", "ivr.ended", "call.queued", "call.answered", "call.held",
        "call.resumed",
        "call.transferred", "call.queued", "call.ended", "call.abandoned",
    ]  # fmt: skip
