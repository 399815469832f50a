"""Open Messaging: the messages of one conversation with one person of an integration."""

from typing import Any

from services.ingest.core.platforms.context import Context, Event, SetAside, object_of
from services.ingest.core.platforms.genesys_words import source_of, upper

_HUMAN = {"HUMAN": "agent", "BOT": "bot"}


def translate(payload: dict[str, Any], context: Context) -> list[Event]:
    """Outbound: from the contact centre to the customer. Of an outbound message its maker may be told."""
    kind = f"open_messaging.{payload.get('type')}"
    if upper(payload.get("type")) not in ("TEXT", "STRUCTURED"):
        raise SetAside(kind, "a receipt or a sign of typing says nothing of a journey")
    channel = object_of(payload["channel"])
    is_outbound = upper(payload["direction"]) == "OUTBOUND"
    integration = object_of(channel.get("from" if is_outbound else "to")).get("id")
    person = object_of(channel.get("to" if is_outbound else "from"))
    by = _HUMAN.get(upper(payload.get("originatingEntity"))) if is_outbound else "customer"
    data = {
        "by": by,
        "text": payload.get("text"),
        "identifiers": context.identifiers(
            person=person.get("id"),
            email=person.get("id") if upper(person.get("idType")) == "EMAIL" else None,
            phone=person.get("id") if upper(person.get("idType")) == "PHONE" else None,
        ),
    }
    return [
        context.event(
            "chat.message_sent" if by else "chat.message_posted",
            context.moment(channel["time"]),
            str(payload.get("id") or channel["messageId"]),
            source_of(None, context),
            f"{integration}/{person['id']}",
            data,
        )
    ]
