"""TaskRouter: tasks wait in queues, workers accept them; by web-hook and by Event Streams."""

from typing import Any

import orjson

from services.ingest.core.platforms.context import Context, Event, SetAside, object_of
from services.ingest.core.platforms.twilio_voice import source_of

#: What becomes of a task -> the type of its event, without the channel; carried types are ours alone.
_TYPES = {
    "taskqueue.entered": "queued",
    "reservation.accepted": "answered",
    "reservation.created": "offered",
    "reservation.rejected": "agent_missed",
    "reservation.timeout": "agent_missed",
    "reservation.rescinded": "agent_missed",
    "task.created": "task_created",
    "task.transferinitiated": "transfer_begun",
    "task.transfercompleted": "transferred",
    "task.wrapup": "wrap_up",
    "task.canceled": "abandoned",
    "task.completed": "ended",
}
#: Tasks of these are calls; of all other channels they are chats.
_VOICE = frozenset({"", "voice", "default"})


def translate(kind: str, fields: dict[str, Any], context: Context) -> list[Event]:
    known = _TYPES.get(kind.replace("-", ""))
    if known is None:
        raise SetAside(f"taskrouter.{kind}", "it says nothing of a customer's journey")
    attributes = _attributes(fields.get("taskattributes"))
    contact = (
        attributes.get("call_sid") or attributes.get("conversationSid") or attributes.get("conversation_sid")
    )
    task_channel = str(fields.get("taskchanneluniquename") or attributes.get("channelType") or "").lower()
    channel = "call" if task_channel in _VOICE or str(contact or "").startswith("CA") else "chat"
    moment = fields.get("timestampms") or fields.get("timestamp") or context.received_us
    subject = contact or fields["tasksid"]
    event_id = str(fields.get("sid") or fields.get("eventsid") or f"{fields['tasksid']}/{kind}/{moment}")
    data = _shared(attributes, fields, context) | _special(known, fields)
    event = context.event(
        f"{channel}.{known}", context.moment(moment), event_id, source_of(fields, context), subject, data
    )
    return [event]


def _shared(attributes: dict[str, Any], fields: dict[str, Any], context: Context) -> dict[str, Any]:
    identifiers, known = context.attributes(attributes)
    outbound = "outbound" in str(attributes.get("direction", "")).lower()
    customer = attributes.get("outbound_to") or attributes.get("to") if outbound else attributes.get("from")
    return {
        "identifiers": context.identifiers(phone=customer, **identifiers),
        "queue": context.name(fields.get("taskqueuename") or fields.get("taskqueuesid")),
        "agent": context.name(fields.get("workername") or fields.get("workersid")),
        "task": fields["tasksid"],
    } | known


def _special(known: str, fields: dict[str, Any]) -> dict[str, Any]:
    if known == "transferred":
        kind = {"cold": "cold", "warm": "warm"}.get(str(fields.get("transfermode", "")).lower())
        is_queue = str(fields.get("transfertype", "")).lower() == "queue"
        to = fields.get("transferto")
        return {"kind": kind, "to_queue" if is_queue else "to_agent": to}
    if known == "ended":
        return {"disposition": fields.get("taskcompletedreason") or fields.get("reason")}
    if known in ("abandoned", "agent_missed"):
        return {"reason": fields.get("taskcanceledreason") or fields.get("reason")}
    return {}


def _attributes(value: object) -> dict[str, Any]:
    """They come as text with JSON in it."""
    if isinstance(value, str) and value.strip():
        return object_of(orjson.loads(value))
    return object_of(value)
