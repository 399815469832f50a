"""Help desks and their chats: Zendesk, Intercom, Chatwoot, and the surveys of Qualtrics."""

from typing import Any

import orjson
import pytest

from services.ingest.core.platforms.delivery import Delivery
from tests.platforms.given import FORM, NOW_US, Outcome, platform, told


def zendesk(kind: str, current: Any = None, previous: Any = None, **detail: Any) -> Outcome:
    body = {
        "type": f"zen:event-type:{kind}", "account_id": 8, "id": "01H", "time": "2026-11-21T10:00:00Z",
        "subject": "zen:ticket:35", "detail": {"id": "35", "subject": "Router", "requester_id": 7} | detail,
        "event": {"current": current, "previous": previous, "meta": {"sequence": {"id": "x", "position": 2}}},
    }  # fmt: skip
    return told("zendesk", body)


@pytest.mark.parametrize(("kind", "current", "previous", "name"), [
    ("ticket.created", None, None, "ticket.opened"),
    ("ticket.status_changed", "SOLVED", "OPEN", "ticket.resolved"),
    ("ticket.status_changed", "OPEN", "SOLVED", "ticket.reopened"),
    ("ticket.status_changed", "CLOSED", "SOLVED", "ticket.updated"),
    ("ticket.comment_added", None, None, "ticket.updated"),
    ("ticket.something_new", None, None, "ticket.updated"),
])  # fmt: skip
def test_a_ticket_goes_through_its_states(kind: str, current: str, previous: str, name: str) -> None:
    event = zendesk(kind, current, previous).only
    assert (event["type"], event["subject"], event["source"]) == (name, "35", "//zendesk/8")
    assert event["sequence"] == "2"
    assert event["data"]["identifiers"] == {"visitor_id": "zendesk:7"}


def test_a_platforms_own_ids_of_people_may_be_the_tenants() -> None:
    body = {"type": "zen:event-type:ticket.created", "id": "1", "time": "2026-11-21T10:00:00Z",
            "detail": {"id": "35", "requester_id": 7}}  # fmt: skip
    assert told("zendesk", body, customer_ids=True).only["data"]["identifiers"] == {"customer_id": "7"}


def test_what_is_of_no_ticket_is_set_aside() -> None:
    assert zendesk("user.created").left[0].kind == "user.created"


def test_zendesks_connector_to_eventbridge_says_the_same_in_its_own_way() -> None:
    ticket_event = {
        "meta": {"occurred_at": "2026-11-21T10:00:00Z", "sequence": {"position": 1}},
        "type": "Ticket Status Changed", "previous": "solved", "current": "open", "ticket": {"id": 35},
    }  # fmt: skip
    envelope = {
        "id": "e1", "source": "aws.partner/zendesk.com/8/default", "time": "2026-11-21T10:00:01Z",
        "detail-type": "Support Ticket: Ticket Status Changed", "detail": {"ticket_event": ticket_event},
    }  # fmt: skip
    event = told("zendesk", envelope).only
    assert (event["type"], event["subject"], event["source"]) == ("ticket.reopened", "35", "//zendesk/8")


def test_a_trigger_with_our_template() -> None:
    body = {"ticket_id": "35", "event": "created", "status": "new", "requester_email": "ann@example.com",
            "updated_at": "2026-11-21T10:00:00Z", "group": "billing"}  # fmt: skip
    event = told("zendesk", body).only
    assert (event["type"], event["data"]["queue"]) == ("ticket.opened", "billing")
    assert event["data"]["identifiers"] == {"email": "ann@example.com"}
    solved = told("zendesk", body | {"event": "status", "status": "solved", "previous_status": "open"}).only
    assert solved["type"] == "ticket.resolved"


def intercom(topic: str, **item: Any) -> Outcome:
    person = {"type": "contact", "id": "p1", "external_id": "42"}
    shared = {"id": "77", "contacts": {"contacts": [person]}, "admin_assignee_id": 5, "team_assignee_id": 9}
    body = {
        "type": "notification_event", "app_id": "app", "id": "notif_1", "topic": topic,
        "created_at": 1795255200,
        "data": {"item": shared | item},
    }  # fmt: skip
    return told("intercom", body, names={"9": "billing"})


def test_intercoms_conversation_of_today() -> None:
    source = {
        "body": "<p>Help &amp; advice</p>",
        "author": {"type": "user", "id": "p1", "email": "ann@example.com"},
    }
    started, said = intercom("conversation.user.created", source=source).events
    assert (started["type"], started["subject"], started["data"]["queue"]) == (
        "chat.started",
        "77",
        "billing",
    )
    assert (said["data"]["by"], said["data"]["text"]) == ("customer", "Help & advice")
    wanted = {"customer_id": "42", "email": "ann@example.com", "visitor_id": "intercom:p1"}
    assert said["data"]["identifiers"] == wanted


def test_intercoms_answers_ratings_notes_and_ends() -> None:
    part = {"conversation_parts": [{"body": "<b>Done</b>", "author": {"type": "admin", "id": 5}}]}
    answered = intercom("conversation.admin.replied", conversation_parts=part).only
    assert (answered["type"], answered["data"]["by"], answered["data"]["text"]) == (
        "chat.message_sent",
        "agent",
        "Done",
    )
    rated = intercom("conversation.rating.added", conversation_rating={"rating": 2, "remark": "slow"}).only
    assert (rated["data"]["score"], rated["data"]["about"]) == (
        2.0,
        {"source": "//intercom/app", "subject": "77"},
    )
    assert intercom("conversation.admin.noted", conversation_parts=part).types == ["agent.noted"]
    assert intercom("conversation.admin.closed").types == ["chat.ended"]
    assert intercom("ticket.created").types == ["ticket.opened"]
    assert intercom("company.created").left[0].is_set_aside


def test_intercoms_ping_is_greeted() -> None:
    sent = Delivery({"content-type": "application/json"}, b'{"topic": "ping"}', NOW_US)
    answer = platform("intercom").greet(sent)
    assert answer is not None
    assert answer.status == 200


@pytest.mark.parametrize("created", [1795255200, "1795255200", "2026-11-21T10:00:00.000+00:00"])
def test_one_payload_may_write_times_in_several_ways(created: object) -> None:
    body = {
        "id": "1",
        "topic": "conversation.admin.closed",
        "created_at": created,
        "data": {"item": {"id": 1}},
    }
    assert told("intercom", body).only["time"] == "2026-11-21T10:00:00.000Z"


def chatwoot(event: str, **changes: Any) -> Outcome:
    return told("chatwoot", {"event": event, "id": 5, "account": {"id": 1}} | changes)


PERSON = {"id": 3, "email": "ann@example.com", "phone_number": "+14155550101", "identifier": "42"}


@pytest.mark.parametrize(("changes", "name", "by"), [
    ({"message_type": "incoming", "sender": PERSON}, "chat.message_sent", "customer"),
    ({"message_type": 0, "sender": PERSON}, "chat.message_sent", "customer"),
    ({"message_type": "outgoing", "sender": {"type": "user", "name": "Ann"}}, "chat.message_sent", "agent"),
    ({"message_type": "outgoing", "sender": {"type": "agent_bot"}}, "chat.message_sent", "bot"),
    ({"message_type": "template"}, "chat.message_sent", "bot"),
    ({"message_type": "activity"}, "chat.message_posted", None),
    ({"message_type": "outgoing", "private": True, "content": "rude"}, "agent.noted", None),
])  # fmt: skip
def test_chatwoots_messages_say_whose_they_are(changes: dict[str, Any], name: str, by: str | None) -> None:
    conversation = {"id": 12, "meta": {"sender": PERSON}}
    shared = {"created_at": "2026-11-21 10:00:00 UTC", "conversation": conversation}
    event = chatwoot("message_created", **shared | changes).only
    assert (event["type"], event["data"].get("by"), event["subject"]) == (name, by, "12")
    assert event["data"]["identifiers"]["customer_id"] == "42"
    assert event["time"] == "2026-11-21T10:00:00.000Z"


def test_chatwoots_conversation_begins_moves_and_ends() -> None:
    meta = {"meta": {"sender": PERSON, "assignee": {"name": "Ann"}}, "updated_at": NOW_US / 1e6}
    assert chatwoot("conversation_created", created_at=1795255200).types == ["chat.started"]
    assert chatwoot("conversation_status_changed", status="resolved", **meta).only["data"]["resolved"] is True
    assert chatwoot("conversation_status_changed", status="open", **meta).types == ["chat.reopened"]
    moved = [{"assignee_id": {"previous_value": None, "current_value": 1}}]
    assert chatwoot("conversation_updated", changed_attributes=moved, **meta).types == ["chat.assigned"]
    assert chatwoot("conversation_typing_on").left[0].is_set_aside
    assert chatwoot("contact_updated", **PERSON).types == ["customer.identified"]


MESSAGE = {
    "Status": "Complete",
    "SurveyID": "SV_1",
    "ResponseID": "R_1",
    "CompletedDate": "2026-11-21 11:00:00",
}


def test_qualtrics_is_believed_in_its_message_not_in_its_topic() -> None:
    form = {"Topic": "brand.surveyengine.completedResponse.SV_FORGED", "MSG": orjson.dumps(MESSAGE).decode()}
    event = told("qualtrics", form, FORM, timezone="Europe/Rome").only
    assert (event["type"], event["id"], event["data"]["survey"]) == ("survey.completed", "R_1", "SV_1")
    # Its times name no zone: the connection does.
    assert event["time"] == "2026-11-21T10:00:00.000Z"


def test_a_message_that_is_no_json_is_kept_as_faulty() -> None:
    assert not told("qualtrics", {"MSG": "{oops"}, FORM).left[0].is_set_aside
