"""Genesys Cloud: detail events (EventBridge or WebSocket), Open Messaging, analytics conversation details."""

from collections.abc import Callable
from typing import Any

from services.ingest.core.platforms import genesys_details, genesys_messages
from services.ingest.core.platforms.context import Context, Event, SetAside, items_of, object_of
from services.ingest.core.platforms.delivery import Connection, Delivery
from services.ingest.core.platforms.eventbridge import opened
from services.ingest.core.platforms.genesys_words import (
    CHANNELS,
    Said,
    ended_by,
    flow_end_reason,
    is_in_ivr,
    source_of,
    upper,
)
from services.ingest.core.platforms.platform import Answer, Platform
from services.ingest.core.signatures import HmacScheme, check_hmac, check_token

TOPIC = "v2.detail.events.conversation."

#: Agents hand a customer on; of all other types of disconnection nobody decided that.
_TRANSFERS = {"TRANSFER": "cold", "CONSULT_TRANSFER": "warm", "CONFERENCE_TRANSFER": "warm"}

#: What a customer meets, with no type of its own in the language of events: carried and shown.
_CARRIED = {
    "acw": "after_work",
    "attributes.update": "attributes_updated",
    "contact.update": "contact_updated",
    "flow.outcome": "flow_outcome",
    "outbound.init": "dialed",
    "user.start": "agent_alerted",
    "voicemail.end": "voicemail_ended",
    "voicemail.start": "voicemail_started",
    "wrapup": "wrapped_up",
}


def translate(payload: Any, context: Context) -> list[Event]:
    envelope = opened(payload)
    detail = payload if envelope is None else envelope.detail
    if envelope is not None and not envelope.kind.startswith(TOPIC):
        raise SetAside(envelope.kind, "no detail event of a conversation")
    topic = str(detail.get("topicName", ""))
    if topic.startswith(TOPIC):
        # The id in the middle is the conversation's, or the literal {id}.
        _, _, kind = topic.removeprefix(TOPIC).partition(".")
        organisation = _organisation("" if envelope is None else envelope.source)
        body = object_of(detail.get("eventBody"))
        said = Said(kind, body, source_of(organisation, context), context)
        return _of_topic(said, detail)
    if "participants" in payload and "conversationId" in payload:
        return genesys_details.translate(payload, context)
    if "channel" in payload and str(payload.get("direction", "")).lower() in ("inbound", "outbound"):
        return genesys_messages.translate(payload, context)
    raise SetAside(topic or "unknown", "no event of a conversation")


def _organisation(source: str) -> str | None:
    """Of `aws.partner/genesys.com/cloud/<organisation>/<bus>`."""
    parts = source.split("/")
    return parts[3] if len(parts) > 3 and "genesys" in source else None


def _of_topic(said: Said, detail: dict[str, Any]) -> list[Event]:
    channel = CHANNELS.get(upper(said.body.get("mediaType")))
    if channel is None:
        raise SetAside(said.kind, f"media type {said.body.get('mediaType')!r} is no channel of ours")
    written = _WRITERS.get(said.kind)
    if written is not None:
        return written(said, channel)
    if said.kind in _CARRIED:
        return [said.event(channel, _CARRIED[said.kind], **_carried(said))]
    raise SetAside(said.kind or str(detail.get("topicName")), "a topic that we do not know")


def _carried(said: Said) -> dict[str, Any]:
    identifiers, fields = said.context.attributes(object_of(said.body.get("attributes")))
    return fields | {
        "disposition": said.body.get("wrapupCode"),
        "outcome": said.context.name(said.body.get("flowOutcomeId")),
        "value": said.body.get("flowOutcomeValue"),
        "milestones": [
            object_of(each).get("milestoneId") for each in items_of(said.body.get("flowMilestones"))
        ],
        "more_identifiers": identifiers,
    }


def _customer_start(said: Said, channel: str) -> list[Event]:
    if channel == "email":
        is_reply = upper(said.body.get("direction")) == "OUTBOUND"
        name = "replied" if is_reply else "received"
        return [said.event("email", name, topic=None if is_reply else said.body.get("subject"))]
    direction = {"INBOUND": "inbound", "OUTBOUND": "outbound"}.get(upper(said.body.get("direction")))
    journey = object_of(said.body.get("journeyContext"))
    customer = object_of(journey.get("customer"))
    return [said.event(channel, "started", direction=direction, visitor=customer.get("id"))]


def _customer_end(said: Said, channel: str) -> list[Event]:
    if channel == "email":
        return [said.event("email", "ended")]
    return [said.event(channel, "ended", ended_by=ended_by(said.body.get("disconnectType")))]


def _acd_start(said: Said, channel: str) -> list[Event]:
    return [said.event(channel, "queued")]


def _acd_end(said: Said, channel: str) -> list[Event]:
    """How a wait ended: the outcome tells, and only the queue knows it."""
    outcome = upper(said.body.get("acdOutcome"))
    if outcome == "ABANDON":
        return [said.event(channel, "abandoned" if channel != "email" else "left_queue")]
    if outcome == "ANSWERED":
        return [said.event(channel, "answered", agent=said.context.name(said.body.get("answeredUserId")))]
    if outcome == "FLOW_OUT" and upper(said.body.get("disconnectType")) == "TRANSFER" and channel != "email":
        return [said.event(channel, "transferred", queue=None, from_queue=said.queue)]
    return [said.event(channel, "left_queue", outcome=said.body.get("acdOutcome"))]


def _user_end(said: Said, channel: str) -> list[Event]:
    kind = _TRANSFERS.get(upper(said.body.get("disconnectType")))
    if kind is None or channel == "email":
        return [said.event(channel, "agent_left")]
    data = {"from_queue": said.queue, "from_agent": said.agent, "kind": kind, "queue": None, "agent": None}
    return [said.event(channel, "transferred", **data)]


def _flow(said: Said, channel: str) -> list[Event]:
    is_start = said.kind == "flow.start"
    flow = {"flow": said.context.name(said.body.get("flowId")), "flow_type": said.body.get("flowType")}
    if not is_in_ivr(channel, said.body.get("flowType")):
        return [said.event(channel, "flow_started" if is_start else "flow_ended", **flow)]
    if is_start:
        return [said.event("ivr", "started", **flow)]
    return [said.event("ivr", "ended", reason=flow_end_reason(said.body), **flow)]


_WRITERS: dict[str, Callable[[Said, str], list[Event]]] = {
    "acd.end": _acd_end,
    "acd.start": _acd_start,
    "customer.end": _customer_end,
    "customer.start": _customer_start,
    "flow.end": _flow,
    "flow.start": _flow,
    "user.end": _user_end,
}

#: Base64 behind `sha256=`, where others write hex.
OPEN_MESSAGING = HmacScheme(header="X-Hub-Signature-256", encoding="base64", prefix="sha256=")


def check(delivery: Delivery, connection: Connection) -> str | None:
    """Open Messaging signs; an EventBridge API destination sends the secret itself in a header."""
    if OPEN_MESSAGING.header.lower() in delivery.headers:
        return check_hmac(OPEN_MESSAGING, delivery, connection.secrets)
    return check_token(delivery, connection)


GENESYS = Platform(name="genesys", check=check, translate=translate, answer=Answer(200, b"{}"))
