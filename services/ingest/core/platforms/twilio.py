"""Twilio: voice status and message web-hooks, Studio, TaskRouter, Conversations, and Event Streams.

One contact is one call with its legs (the parent's sid), one conversation, one thread of messages between
two numbers, or a task without any of these.
"""

from typing import Any

from services.ingest.core.platforms import twilio_messages, twilio_studio, twilio_tasks, twilio_voice
from services.ingest.core.platforms.context import (
    Context,
    Event,
    SetAside,
    Untranslatable,
    folded,
    object_of,
)
from services.ingest.core.platforms.platform import Answer, Platform, read_form_or_json
from services.ingest.core.signatures import check_twilio

STREAMS = "com.twilio."


def translate(payload: Any, context: Context) -> list[Event]:
    if "specversion" in payload:
        return _stream_event(payload, context)
    fields = folded(payload)
    if "tasksid" in fields or "workspacesid" in fields:
        return twilio_tasks.translate(str(fields.get("eventtype", "")), fields, context)
    if str(fields.get("eventtype", "")).startswith("on") and "conversationsid" in fields:
        return twilio_messages.of_conversation(fields, context)
    if "callstatus" in fields and "callsid" in fields:
        return twilio_voice.translate(fields, context)
    if "messagesid" in fields or "smssid" in fields:
        return twilio_messages.translate(fields, context)
    if "executionsid" in fields:
        return twilio_studio.translate(str(fields.get("eventtype", "")), fields, context)
    raise SetAside("unknown", "none of the web-hooks we know has these fields")


def _stream_event(payload: dict[str, Any], context: Context) -> list[Event]:
    """One CloudEvent of Event Streams."""
    kind = str(payload.get("type"))
    if not kind.startswith(STREAMS):
        raise SetAside(kind, "no event of Twilio's")
    name = kind.removeprefix(STREAMS)
    if name.startswith("eventstreams."):
        raise SetAside(kind, "a test of the sink")
    if payload.get("time") is None or "/" not in str(payload.get("datacontenttype", "a/b")):
        raise Untranslatable(kind, "`time` is missing, or `datacontenttype` is no media type")
    fields = {"timestamp": payload["time"]} | folded(object_of(payload.get("data")))
    if name.startswith("studio.flow."):
        return twilio_studio.translate(name.removeprefix("studio.flow."), fields, context)
    if name.startswith("taskrouter."):
        return twilio_tasks.translate(name.removeprefix("taskrouter."), fields, context)
    if name.startswith("messaging."):
        return twilio_messages.translate(fields | {"kind": name}, context)
    if name.startswith("voice.") and "callstatus" in fields and "callsid" in fields:
        return twilio_voice.translate(fields, context)
    raise SetAside(kind, "we do not know what it says of a journey")


TWILIO = Platform(
    name="twilio",
    check=check_twilio,
    translate=translate,
    read=read_form_or_json,
    # TaskRouter wants 204, or 200 as JSON; the others take any 2xx.
    answer=Answer(204),
    needs={
        "url": "Twilio signs the address it posts to: enter it here as it stands there, without its query"
    },
)
