"""Chatwoot: conversations and their messages."""

from typing import Any

from services.ingest.core.platforms.context import Context, Event, SetAside, hashed, object_of
from services.ingest.core.platforms.delivery import Connection, Delivery
from services.ingest.core.platforms.platform import Answer, Platform
from services.ingest.core.signatures import HmacScheme, hmac_check

_INCOMING = frozenset({"incoming", "0"})
_OUTGOING = frozenset({"outgoing", "1", "template", "3"})
#: A change of status -> what it means for the chat.
_STATUSES = {"resolved": "ended", "open": "reopened", "pending": "pending", "snoozed": "snoozed"}


def translate(payload: Any, context: Context) -> list[Event]:
    kind = str(payload.get("event", ""))
    account = object_of(payload.get("account")).get("id") or payload.get("account_id")
    source = context.source("chatwoot", account)
    if kind in ("message_created", "message_updated"):
        return [_message(kind, payload, source, context)]
    if kind in ("conversation_created", "conversation_status_changed", "conversation_updated"):
        return [_conversation(kind, payload, source, context)]
    if kind in ("contact_created", "contact_updated"):
        return [_contact(kind, payload, source, context)]
    raise SetAside(kind or "unknown", "a kind that says nothing of a journey, or that we do not know")


def _message(kind: str, payload: dict[str, Any], source: str, context: Context) -> Event:
    if payload.get("private") is True:
        name, by = "agent.noted", None
    else:
        name, by = "chat.message_sent", _by(payload, context)
    if kind == "message_updated":
        # The same message in other words, or with a mark that it was read.
        name, by = "chat.message_updated", None
    elif name == "chat.message_sent" and by is None:
        name = "chat.message_posted"
    conversation = object_of(payload.get("conversation"))
    sender = object_of(payload.get("sender"))
    person = sender if by == "customer" else object_of(object_of(conversation.get("meta")).get("sender"))
    message, at = payload["id"], payload.get("updated_at") if kind == "message_updated" else None
    moment = at or payload.get("created_at") or context.received_us
    data = {
        "by": by,
        "text": payload.get("content"),
        "agent": sender.get("name") if by == "agent" else None,
        "queue": context.name(object_of(payload.get("inbox")).get("name") or conversation.get("inbox_id")),
        "identifiers": _identifiers(person, context),
    }
    event_id = f"message/{message}" + ("" if kind == "message_created" else f"/{hashed(payload)}")
    subject = conversation.get("id") or conversation.get("display_id")
    return context.event(name, context.moment(moment), event_id, source, subject, data)


def _by(payload: dict[str, Any], context: Context) -> str | None:
    direction = str(payload.get("message_type", "")).lower()
    sender = object_of(payload.get("sender"))
    kind = str(sender.get("type") or payload.get("sender_type") or "").lower()
    if direction in _INCOMING:
        return "customer"
    if kind in ("agent_bot", "agentbot", "captain::assistant") or direction in ("template", "3"):
        return "bot"
    if direction in _OUTGOING:
        return context.author(sender.get("name")) or "agent"
    return None


def _conversation(kind: str, payload: dict[str, Any], source: str, context: Context) -> Event:
    status = str(payload.get("status", "")).lower()
    changed = {name for change in payload.get("changed_attributes") or [] for name in change}
    if kind == "conversation_created":
        name, moment = "started", payload.get("created_at")
    elif kind == "conversation_status_changed":
        name, moment = _STATUSES.get(status, "status_changed"), _changed_at(payload)
    elif {"assignee_id", "team_id"} & changed:
        name, moment = "assigned", _changed_at(payload)
    else:
        name, moment = "updated", _changed_at(payload)
    meta = object_of(payload.get("meta"))
    data = {
        "queue": context.name(object_of(meta.get("team")).get("name") or payload.get("inbox_id")),
        "agent": object_of(meta.get("assignee")).get("name"),
        "status": status,
        "identifiers": _identifiers(object_of(meta.get("sender")), context),
        "resolved": True if name == "ended" else None,
    }
    at_us = context.moment(moment or context.received_us)
    # `X-Chatwoot-Delivery` names a delivery, not the event: of a change its own moment is the name.
    event_id = f"{kind}/{payload['id']}" + ("" if name == "started" else f"/{status}/{at_us // 1000}")
    return context.event(f"chat.{name}", at_us, event_id, source, payload["id"], data)


def _changed_at(payload: dict[str, Any]) -> object:
    return payload.get("updated_at") or payload.get("last_activity_at") or payload.get("timestamp")


def _contact(kind: str, payload: dict[str, Any], source: str, context: Context) -> Event:
    identifiers = _identifiers(payload, context)
    if not identifiers or len(identifiers) < 2:
        raise SetAside(kind, "it brings no two identifiers that belong together")
    at_us = context.moment(payload.get("updated_at") or payload.get("created_at") or context.received_us)
    event_id = f"{kind}/{payload['id']}/{hashed(identifiers)}"
    return context.event("customer.identified", at_us, event_id, source, None, {"identifiers": identifiers})


def _identifiers(person: dict[str, Any], context: Context) -> dict[str, Any] | None:
    """`identifier` is the tenant's own id of a contact, `id` is Chatwoot's."""
    return context.identifiers(
        person=person.get("id"),
        customer_id=person.get("identifier"),
        email=person.get("email"),
        phone=person.get("phone_number"),
    )


_CHECK = hmac_check(
    HmacScheme(
        header="X-Chatwoot-Signature",
        prefix="sha256=",
        signed="{timestamp}.{body}",
        timestamp_header="X-Chatwoot-Timestamp",
    )
)


def check(delivery: Delivery, connection: Connection) -> str | None:
    why = _CHECK(delivery, connection)
    if why and "x-chatwoot-signature" not in delivery.headers:
        return f"{why}: versions before 4.17 do not sign; upgrade Chatwoot"
    return why


CHATWOOT = Platform(name="chatwoot", check=check, translate=translate, answer=Answer(200, b"{}"))
