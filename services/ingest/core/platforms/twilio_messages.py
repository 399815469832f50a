"""Conversations, and messages without one: a thread between two addresses."""

from typing import Any

from services.ingest.core.platforms.context import Context, Event, SetAside
from services.ingest.core.platforms.twilio_voice import source_of

_CARRIED = {
    "onparticipantadded": "chat.participant_joined",
    "onparticipantremoved": "chat.participant_left",
}
_RECEIVED = frozenset({"received", "receiving"})


def of_conversation(fields: dict[str, Any], context: Context) -> list[Event]:
    kind = str(fields["eventtype"]).lower()
    sid = str(fields["conversationsid"])
    at_us = context.moment(
        fields.get("datecreated")
        or fields.get("dateupdated")
        or fields.get("timestamp")
        or context.received_us
    )
    source = source_of(fields, context)
    author = fields.get("author") or fields.get("messagingbinding.address") or fields.get("identity")
    identifiers = {"identifiers": context.identifiers(phone=author)}

    def event(event_type: str, event_id: object, data: dict[str, Any]) -> list[Event]:
        return [context.event(event_type, at_us, f"{sid}/{event_id}", source, sid, data, fields.get("index"))]

    if kind == "onconversationadded":
        return event("chat.started", "started", {})
    if kind == "onmessageadded":
        return event(*_message(author, fields, context, identifiers))
    if kind in _CARRIED:
        return event(_CARRIED[kind], f"{kind}/{fields.get('participantsid')}", identifiers)
    if kind == "onconversationremoved" or (
        kind == "onconversationstateupdated" and str(fields.get("stateto", "")).lower() == "closed"
    ):
        return event("chat.ended", "ended", {"reason": fields.get("reason")})
    raise SetAside(f"conversations.{fields['eventtype']}", "it says nothing of a customer's journey")


def _message(
    author: object, fields: dict[str, Any], context: Context, identifiers: dict[str, Any]
) -> tuple[str, object, dict[str, Any]]:
    message = fields.get("messagesid") or fields.get("index")
    data = {"text": fields.get("body"), "language": None}
    by = context.author(author)
    if by is None and identifiers["identifiers"]:
        # Who writes from a telephone is the customer; all others write from the tenant's own applications.
        by = "customer"
    if by is None:
        return "chat.message_posted", message, data | {"author": author}
    return (
        "chat.message_sent",
        message,
        data | {"by": by} | (identifiers if by == "customer" else {"agent": author}),
    )


def translate(fields: dict[str, Any], context: Context) -> list[Event]:
    """A message that came in. Of what went out Twilio tells the delivery alone."""
    status = str(fields.get("smsstatus") or fields.get("messagestatus") or "").lower()
    kind = str(fields.get("kind", f"message.{status}"))
    is_received = status in _RECEIVED or "inbound-message.received" in kind
    if not is_received:
        raise SetAside(kind, "how a message was delivered says nothing of who wrote what")
    customer, ours = str(fields["from"]), str(fields["to"])
    message = fields.get("messagesid") or fields.get("smssid") or fields.get("smsmessagesid")
    data = {"by": "customer", "text": fields.get("body"), "identifiers": context.identifiers(phone=customer)}
    at_us = context.moment(fields["timestamp"]) if fields.get("timestamp") else context.received_us
    source = source_of(fields, context)
    return [context.event("chat.message_sent", at_us, str(message), source, f"{customer}/{ours}", data)]
