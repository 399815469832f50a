"""Events of Asterisk's manager interface (AMI): flat names and values."""

from collections.abc import Iterable
from typing import Any

from services.ingest.core.platforms.context import Context, Event, SetAside, hashed

#: Event -> the type of ours. `Join` is how versions before 12 call it.
_TYPES = {
    "AgentCalled": "call.agent_alerted",
    "AgentComplete": "call.ended",
    "AgentConnect": "call.answered",
    "AgentRingNoAnswer": "call.agent_missed",
    "AttendedTransfer": "call.transferred",
    "BlindTransfer": "call.transferred",
    "Hangup": "call.ended",
    "Hold": "call.held",
    "Join": "call.queued",
    "MusicOnHoldStart": "call.held",
    "MusicOnHoldStop": "call.resumed",
    "QueueCallerAbandon": "call.abandoned",
    "QueueCallerJoin": "call.queued",
    "Unhold": "call.resumed",
}
_ENDED_BY = {"caller": "customer", "agent": "agent"}
_OF_AGENT = frozenset({"AgentCalled", "AgentConnect", "AgentComplete", "AgentRingNoAnswer"})


def fields_of(lines: Iterable[str]) -> dict[str, str]:
    """`Name: value` each; what is no such line is left out."""
    parts = (line.partition(":") for line in lines)
    return {name.strip(): value.strip() for name, colon, value in parts if colon}


def translate(fields: dict[str, Any], context: Context) -> list[Event]:
    kind = str(fields.get("Event", ""))
    name = _TYPES.get(kind)
    if name is None:
        # Of a caller who leaves a queue QueueCallerAbandon or AgentConnect tells more.
        raise SetAside(f"ami.{kind or 'unknown'}", "it says nothing of a journey that another event does not")
    channel = next((part for part in ("Transferee", "OrigTransferer") if f"{part}Uniqueid" in fields), "")
    unique = fields[f"{channel}Uniqueid"]
    call = fields.get(f"{channel}Linkedid") or unique
    if kind == "Hangup" and fields.get("Linkedid") != unique:
        raise SetAside("ami.Hangup", "it is not said to be the caller's own leg, with which a call ends")
    if kind == "AgentComplete" and fields.get("Reason") == "transfer":
        raise SetAside("ami.AgentComplete", "the event of the transfer tells it")
    data = _data(kind, fields, channel, context)
    # Without `timestampevents=yes` the manager tells no time: then it is when the forwarder read it.
    moment = fields.get("Timestamp") or fields.get("ReadAt") or context.received_us
    event_id = f"{call}/{kind.lower()}/{hashed(fields)[:16]}"
    source = context.source("asterisk")
    return [context.event(name, context.moment(moment), event_id, source, call, data)]


def _data(kind: str, fields: dict[str, Any], channel: str, context: Context) -> dict[str, Any]:
    data: dict[str, Any] = {"queue": context.name(fields.get("Queue"))}
    if kind in ("Join", "QueueCallerJoin", "QueueCallerAbandon"):
        number = fields.get("CallerIDNum") or fields.get(f"{channel}CallerIDNum")
        data["identifiers"] = context.identifiers(phone=number)
    if kind in _OF_AGENT:
        data["agent"] = context.name(fields.get("MemberName") or fields.get("Interface"))
    if kind == "AgentComplete":
        data["ended_by"] = _ENDED_BY.get(str(fields.get("Reason", "")).lower())
    elif kind == "Hangup":
        data["disposition"] = fields.get("Cause-txt") or fields.get("Cause")
    elif kind in ("BlindTransfer", "AttendedTransfer"):
        to = str(fields.get("Extension") or fields.get("TransferTargetCallerIDNum") or "")
        data |= {
            "kind": "cold" if kind == "BlindTransfer" else "warm",
            "to_queue": context.connection.names.get(to),
            "to": to,
        }
    return data
