"""Studio: one execution of a flow is the IVR leg of a call, or the bot of a conversation.

The execution is the contact, though it names the call that started it: a step names its execution alone,
and what a caller went through in a flow must stay together.
"""

from typing import Any

from services.ingest.core.platforms.context import Context, Event, SetAside
from services.ingest.core.platforms.twilio_voice import source_of

#: What a caller did at the widget a step came from, or failed to.
_CHOSEN = frozenset({"keypress", "speech"})
_FAILED = {"timeout": "no_input", "nomatch": "no_match", "noinput": "no_input"}


def translate(kind: str, fields: dict[str, Any], context: Context) -> list[Event]:
    """`kind`: `execution.started`, `execution.ended`, `step.ended`."""
    execution = str(fields["executionsid"])
    started_by = str(fields.get("startedby") or "")
    is_call = not started_by or started_by.startswith("CA")
    channel = "ivr" if is_call else "chat"
    if kind.startswith("execution."):
        return [_execution(kind, channel, execution, fields, context)]
    if kind == "step.ended":
        return _step(execution, fields, context)
    raise SetAside(f"studio.{kind}", "we do not know what it says of a journey")


def _execution(kind: str, channel: str, execution: str, fields: dict[str, Any], context: Context) -> Event:
    is_start = kind == "execution.started"
    moment = fields.get("datecreated") if is_start else fields.get("dateupdated")
    address = fields.get("contactchanneladdress")
    data = {
        "identifiers": context.identifiers(phone=address),
        "flow": context.name(fields.get("flowsid")),
        "started_by": fields.get("startedby"),
        "ended_reason": None if is_start else fields.get("endedreason"),
    }
    if channel == "chat":
        # The conversation goes on without the flow.
        event_type = "chat.started" if is_start else "chat.flow_ended"
    else:
        event_type = "ivr.started" if is_start else "ivr.ended"
    return context.event(
        event_type,
        context.moment(moment or fields["timestamp"]),
        f"{execution}/{kind}",
        source_of(fields, context),
        execution,
        data,
    )


def _step(execution: str, fields: dict[str, Any], context: Context) -> list[Event]:
    cause = str(fields.get("name", ""))
    node, following = fields.get("transitionedfrom"), fields.get("transitionedto")
    at_us = context.moment(fields.get("datecreated") or fields["timestamp"])
    step = str(fields.get("stepsid") or f"{execution}/{at_us}")

    def event(event_type: str, **data: Any) -> Event:
        flow = {"flow": context.name(fields.get("flowsid"))}
        source = source_of(fields, context)
        return context.event(event_type, at_us, f"{step}/{event_type}", source, execution, flow | data)

    # Few widgets are menus: those at which callers press or say something, or fail to.
    if cause.lower() in _CHOSEN and node:
        return [
            event("ivr.menu_entered", node=node),
            event("ivr.option_selected", node=node, option=following),
        ]
    if cause.lower() in _FAILED and node:
        failed = event("ivr.input_failed", node=node, reason=_FAILED[cause.lower()])
        return [event("ivr.menu_entered", node=node), failed]
    return [event("ivr.step_ended", node=node, following=following, cause=cause)]
