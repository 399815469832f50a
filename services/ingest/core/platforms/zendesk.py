"""Zendesk: tickets by event web-hook, by the EventBridge connector, and by a trigger with our template.

Its own ids of people are no customer ids of the tenant's: they go with `zendesk:` before them.
"""

from typing import Any

from services.ingest.core.platforms.context import Context, Event, SetAside, hashed, object_of, plain
from services.ingest.core.platforms.delivery import Connection, Delivery
from services.ingest.core.platforms.eventbridge import Envelope, opened
from services.ingest.core.platforms.platform import Answer, Platform
from services.ingest.core.signatures import HmacScheme, check_hmac, check_token

PREFIX = "zen:event-type:"
_SOLVED = frozenset({"solved", "closed"})
#: What a ticket may be the contact of, with the author's side of a comment told.
_CREATED = frozenset({"created", "ticketcreated"})


def translate(payload: Any, context: Context) -> list[Event]:
    envelope = opened(payload)
    if envelope is not None:
        return _of_connector(envelope, context)
    kind = str(payload.get("type", ""))
    if kind.startswith(f"{PREFIX}ticket."):
        detail, event = object_of(payload["detail"]), object_of(payload.get("event"))
        at_us = context.moment(payload.get("time") or detail["updated_at"])
        position = object_of(object_of(event.get("meta")).get("sequence")).get("position")
        account = payload.get("account_id")
        change = kind.removeprefix(f"{PREFIX}ticket.")
        return [_ticket(change, detail, event, at_us, str(payload["id"]), position, account, context)]
    if kind.startswith(PREFIX):
        raise SetAside(kind.removeprefix(PREFIX), "no event of a ticket")
    if "ticket_id" in payload:
        return [_of_trigger(payload, context)]
    raise SetAside(kind or "unknown", "no event of a ticket")


def _of_connector(envelope: Envelope, context: Context) -> list[Event]:
    event = object_of(envelope.detail.get("ticket_event"))
    if not event:
        raise SetAside(envelope.kind, "no event of a ticket")
    meta = object_of(event.get("meta"))
    at_us = context.moment(meta.get("occurred_at") or envelope.time)
    # "Ticket Created" -> "ticketcreated"; the ticket itself stands below.
    change = plain(str(event.get("type") or envelope.kind.rpartition(":")[2])).replace(" ", "")
    position = object_of(meta.get("sequence")).get("position")
    account = envelope.source.split("/")[2] if envelope.source.count("/") > 2 else None
    return [
        _ticket(change, object_of(event["ticket"]), event, at_us, envelope.id, position, account, context)
    ]


def _of_trigger(payload: dict[str, Any], context: Context) -> Event:
    """The template that README gives for triggers: what an administrator types is known by no schema."""
    status = str(payload.get("status") or "")
    detail = {
        "id": payload["ticket_id"],
        "status": status,
        "subject": payload.get("subject"),
        "requester_email": payload.get("requester_email"),
        "requester_phone": payload.get("requester_phone"),
        "group_id": payload.get("group"),
        "assignee_id": payload.get("assignee"),
    }
    at_us = context.moment(payload.get("updated_at") or context.received_us)
    change = plain(str(payload.get("event") or "updated"))
    event = {"current": status, "previous": payload.get("previous_status")}
    event_id = hashed(payload)
    return _ticket(change, detail, event, at_us, event_id, None, payload.get("account"), context)


def _ticket(
    change: str,
    detail: dict[str, Any],
    event: dict[str, Any],
    at_us: int,
    event_id: str,
    position: object,
    account: object,
    context: Context,
) -> Event:
    via = object_of(detail.get("via"))
    data = {
        "topic": detail.get("subject") or detail.get("type"),
        "queue": context.name(detail.get("group_id")),
        "agent": context.name(detail.get("assignee_id")),
        "change": change,
        "status": _status(detail.get("status")),
        "via": via.get("channel"),
        "form_id": detail.get("form_id"),
        "identifiers": context.identifiers(
            person=detail.get("requester_id"),
            email=detail.get("requester_email"),
            phone=detail.get("requester_phone"),
        ),
    }
    # Within one change of the ticket `position` orders what happened at the same moment.
    name = _name(plain(change), event, detail)
    source = context.source("zendesk", account)
    return context.event(f"ticket.{name}", at_us, event_id, source, detail["id"], data, position)


def _name(change: str, event: dict[str, Any], detail: dict[str, Any]) -> str:
    if change in _CREATED:
        return "opened"
    if change.endswith("statuschanged") or change in ("status", "solved", "reopened"):
        now, before = _status(event.get("current") or detail.get("status")), _status(event.get("previous"))
        if now in _SOLVED and before not in _SOLVED:
            return "resolved"
        if before in _SOLVED and now not in _SOLVED and now:
            return "reopened"
    return "updated"


def _status(value: object) -> str:
    """As a word: some revisions send an object with the status in it."""
    if isinstance(value, dict):
        value = value.get("status") or value.get("value")
    return str(value or "").lower()


#: The time and then the body: an old page of the manual had it the other way round.
ZENDESK_SIGNATURE = HmacScheme(
    header="X-Zendesk-Webhook-Signature",
    encoding="base64",
    signed="{timestamp}{body}",
    timestamp_header="X-Zendesk-Webhook-Signature-Timestamp",
)


def check(delivery: Delivery, connection: Connection) -> str | None:
    """Zendesk signs its web-hooks; the EventBridge connector's destination sends a key that we chose."""
    if ZENDESK_SIGNATURE.header.lower() not in delivery.headers and connection.header:
        return check_token(delivery, connection)
    return check_hmac(ZENDESK_SIGNATURE, delivery, connection.secrets)


ZENDESK = Platform(name="zendesk", check=check, translate=translate, answer=Answer(200, b"{}"))
