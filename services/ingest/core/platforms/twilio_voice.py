"""Status callbacks of a call and of its legs."""

from typing import Any

from schemas.times import SECOND_US
from services.ingest.core.platforms.context import Context, Event, SetAside

#: The call is over.
_ENDS = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
_BEGINS = frozenset({"queued", "initiated"})
_UNDER_WAY = frozenset({"ringing", "in-progress", "answered"})


def source_of(fields: dict[str, Any], context: Context) -> str:
    return context.source("twilio", fields.get("accountsid"))


def translate(fields: dict[str, Any], context: Context) -> list[Event]:
    status = str(fields["callstatus"]).lower()
    at_us = context.moment(fields["timestamp"]) if fields.get("timestamp") else context.received_us
    parent = fields.get("parentcallsid")
    if status not in _BEGINS | _UNDER_WAY | _ENDS:
        raise SetAside(f"voice.{status}", "a status of calls that we do not know")
    if parent:
        return [_leg(status, str(parent), fields, context, at_us)]
    events = []
    if status in _BEGINS:
        events.append(_event("call.started", "initiated", at_us, fields, context, {}))
    elif status in _ENDS:
        seconds = fields.get("callduration")
        if seconds not in (None, ""):
            # By default Twilio tells the end alone. A live beginning wins over this: it has a sequence.
            began_us = at_us - int(float(str(seconds)) * SECOND_US)
            events.append(_event("call.started", "initiated", began_us, fields, context, {}, False))
        events.append(_event("call.ended", status, at_us, fields, context, {"disposition": status}))
    else:
        events.append(_event(f"call.{status.replace('-', '_')}", status, at_us, fields, context, {}))
    return events


def _leg(status: str, parent: str, fields: dict[str, Any], context: Context, at_us: int) -> Event:
    """A child is somebody whom the call is put through to."""
    named = {"in-progress": "call.answered", "answered": "call.answered"}
    event_type = named.get(status, f"call.leg_{status.replace('-', '_')}")
    to = str(fields.get("to") or fields.get("called") or "").removeprefix("client:")
    agent = {"agent": context.name(to)}
    sid = fields["callsid"]
    return context.event(
        event_type, at_us, f"{sid}/{status}", source_of(fields, context), parent, agent,
        fields.get("sequencenumber"),
    )  # fmt: skip


def _event(
    event_type: str,
    moment: str,
    at_us: int,
    fields: dict[str, Any],
    context: Context,
    data: dict[str, Any],
    has_sequence: bool = True,
) -> Event:
    sid = fields["callsid"]
    direction = str(fields.get("direction") or "").lower()
    if direction:
        # outbound-api, outbound-dial
        direction = "inbound" if direction == "inbound" else "outbound"
    customer = fields.get("to") if direction == "outbound" else fields.get("from")
    data = data | {"identifiers": context.identifiers(phone=customer)}
    if event_type == "call.started":
        data = data | {"direction": direction}
    return context.event(
        event_type, at_us, f"{sid}/{moment}", source_of(fields, context), sid,
        data,
        fields.get("sequencenumber") if has_sequence else None,
    )  # fmt: skip
