"""Amazon Connect: contact events and Contact Lens by EventBridge, contact records, Cases.

One call is one contact of ours, though Connect starts another with each transfer: `initialContactId` it is.
A contact event and the contact record say the same under one id; the record knows more and has the later
`sequence`, so it stands, as does the latest of its own deliveries.
"""

from collections.abc import Callable
from typing import Any

from services.ingest.core.platforms import amazon_records
from services.ingest.core.platforms.amazon_words import Told, arn_end, channel_of
from services.ingest.core.platforms.context import Context, Event, SetAside, folded, object_of
from services.ingest.core.platforms.eventbridge import Envelope, opened
from services.ingest.core.platforms.platform import Answer, Platform
from services.ingest.core.signatures import check_token

CONTACT_EVENT = "amazon connect contact event"
CASES = "amazon connect cases event"
RULES = frozenset({
    "contact lens post call rules matched",
    "contact lens realtime rules matched",
    "contact lens post chat rules matched",
    "contact lens realtime chat rules matched",
})  # fmt: skip


def translate(payload: Any, context: Context) -> list[Event]:
    envelope = opened(payload)
    if envelope is not None:
        return _of_envelope(envelope, context)
    fields = folded(payload)
    if _is_record(fields):
        return amazon_records.translate(fields, context)
    if "eventtype" in fields and "contactid" in fields:
        if "version" in fields and "languagecode" in fields:
            raise SetAside(f"contact_lens.{fields['eventtype']}", "a segment stream tells no time of day")
        # Without its envelope the event's own moment is all there is.
        return _contact_event(fields, None, context)
    raise SetAside(str(payload.get("Name", "unknown")), "neither a contact event nor a contact record")


def _of_envelope(envelope: Envelope, context: Context) -> list[Event]:
    kind, detail = envelope.kind.lower(), folded(envelope.detail)
    if kind == CONTACT_EVENT:
        return _contact_event(detail, envelope.time, context)
    if kind in RULES:
        return [_rule_matched(kind, detail, envelope, context)]
    if kind == CASES:
        return _case(detail, envelope, context)
    if _is_record(detail):
        return amazon_records.translate(detail, context)
    raise SetAside(envelope.kind, "we do not know what it says of a journey")


def _is_record(fields: dict[str, Any]) -> bool:
    return {"contactid", "initiationtimestamp", "agent"} <= fields.keys() and "eventtype" not in fields


def _contact_event(detail: dict[str, Any], sent: object, context: Context) -> list[Event]:
    kind = str(detail.get("eventtype", "")).upper()
    writer = _WRITERS.get(kind)
    if writer is None:
        raise SetAside(f"contact_event.{kind}", "an event of contacts that we do not know")
    told = Told(detail, channel_of(detail.get("channel"), kind), context, sequence_of(sent, context))
    return writer(told, sent)


def sequence_of(sent: object, context: Context) -> str | None:
    return None if sent is None else str(context.moment(sent) // 1000)


def _initiated(told: Told, sent: object) -> list[Event]:
    at = told.detail.get("initiationtimestamp") or sent
    if told.is_transfer:
        return [
            told.event("transferred", "transferred", at, to_queue=told.queue, to_agent=told.agent, queue=None)
        ]
    return [told.event("started", "initiated", at, direction=told.direction)]


def _connected_to_system(told: Told, sent: object) -> list[Event]:
    at = told.detail.get("connectedtosystemtimestamp") or sent
    if told.is_inbound_call:
        # The flow answers: the caller is in the IVR.
        return [told.event("started", "ivr", at, channel="ivr")]
    return [told.event("connected_to_system", "connected_to_system", at)]


def _queued(told: Told, sent: object) -> list[Event]:
    at = told.part("queueinfo").get("enqueuetimestamp") or sent
    events = [told.event("queued", "queued", at)]
    if told.is_inbound_call:
        events.insert(0, told.event("ended", "ivr-ended", at, channel="ivr", reason="transferred"))
    return events


def _answered(told: Told, sent: object) -> list[Event]:
    at = told.part("agentinfo").get("connectedtoagenttimestamp") or sent
    return [told.event("answered", "answered", at)]


def _disconnected(told: Told, sent: object) -> list[Event]:
    at = told.detail.get("disconnecttimestamp") or sent
    return amazon_records.ending(told, at, str(told.detail.get("disconnectreason") or ""))


def _carried(name: str) -> Callable[[Told, object], list[Event]]:
    def write(told: Told, sent: object) -> list[Event]:
        return [told.event(name, f"{name}/{told.sequence}", sent)]

    return write


_WRITERS: dict[str, Callable[[Told, object], list[Event]]] = {
    "COMPLETED": _carried("completed"),
    "CONNECTED_TO_AGENT": _answered,
    "CONNECTED_TO_SYSTEM": _connected_to_system,
    "CONTACT_DATA_UPDATED": _carried("data_updated"),
    "DISCONNECTED": _disconnected,
    "INITIATED": _initiated,
    "QUEUED": _queued,
}


def _rule_matched(kind: str, detail: dict[str, Any], envelope: Envelope, context: Context) -> Event:
    """A rule of the tenant's about what was said: carried and shown."""
    contact = arn_end(detail["contactarn"])
    data = {
        "rule": detail.get("rulename"),
        "action": detail.get("actionname"),
        "queue": context.name(arn_end(detail.get("queuearn"))),
        "agent": context.name(arn_end(detail.get("agentarn"))),
    }
    channel = "chat" if "chat" in kind else "call"
    source = context.source("amazon-connect", arn_end(detail.get("instancearn")))
    return context.event(
        f"{channel}.rule_matched", context.moment(envelope.time), envelope.id, source, contact, data
    )


def _case(detail: dict[str, Any], envelope: Envelope, context: Context) -> list[Event]:
    kind = str(detail.get("eventtype", "")).upper()
    case = folded(object_of(detail.get("case") or detail.get("relateditem")))
    name = {"CASE.CREATED": "opened", "CASE.UPDATED": "updated"}.get(kind, "updated")
    if not case.get("caseid"):
        raise SetAside(f"cases.{kind}", "it names no case")
    at_us = context.moment(detail.get("approximatechangetime") or envelope.time)
    source = context.source("amazon-connect-cases", envelope.detail.get("domainId"))
    data = {"change": kind, "attributes": detail.get("changedattributes")}
    return [context.event(f"ticket.{name}", at_us, envelope.id, source, case["caseid"], data, at_us // 1000)]


AMAZON_CONNECT = Platform(
    name="amazon_connect", check=check_token, translate=translate, answer=Answer(200, b"{}")
)
