"""Contact records of Amazon Connect: a whole contact at its end, sent again whenever it changes."""

from typing import Any

from services.ingest.core.platforms.amazon_words import Told, channel_of
from services.ingest.core.platforms.context import Context, Event

#: Who ended it, where the reason says so.
_ENDED_BY = {
    "CUSTOMER_DISCONNECT": "customer",
    "AGENT_DISCONNECT": "agent",
    "TELECOM_PROBLEM": "system",
    "CONTACT_FLOW_DISCONNECT": "system",
    "EXPIRED": "system",
    "API": "system",
    "IDLE_DISCONNECT": "system",
}


def translate(record: dict[str, Any], context: Context) -> list[Event]:
    """`record`: its names folded. The later `LastUpdateTimestamp` wins."""
    updated = record.get("lastupdatetimestamp")
    sequence = str(context.moment(updated) // 1000) if updated else None
    told = Told(record, channel_of(record.get("channel"), "contact_record"), context, sequence)
    return [*_beginning(told), *_middle(told), *_ending(told)]


def _beginning(told: Told) -> list[Event]:
    initiated = told.detail["initiationtimestamp"]
    if told.is_transfer:
        return [told.event("transferred", "transferred", initiated, to_queue=told.queue, to_agent=told.agent)]
    events = [told.event("started", "initiated", initiated, direction=told.direction)]
    connected = told.detail.get("connectedtosystemtimestamp")
    if told.is_inbound_call and connected:
        events.append(told.event("started", "ivr", connected, channel="ivr"))
    return events


def _middle(told: Told) -> list[Event]:
    events = []
    enqueued = told.part("queue").get("enqueuetimestamp")
    answered = told.part("agent").get("connectedtoagenttimestamp")
    if told.is_inbound_call and (left := enqueued or answered):
        events.append(told.event("ended", "ivr-ended", left, channel="ivr", reason="transferred"))
    if enqueued:
        events.append(told.event("queued", "queued", enqueued))
    if answered:
        events.append(told.event("answered", "answered", answered))
    transferred = told.detail.get("transfercompletedtimestamp")
    if transferred and not told.detail.get("nextcontactid"):
        # Out of the contact centre. Where another contact follows, that one tells of the transfer.
        to = told.part("transferredtoendpoint").get("address")
        data = {"from_queue": told.queue, "from_agent": told.agent, "to_external": to}
        events.append(told.event("transferred", "transferred-out", transferred, **data))
    return events


def _ending(told: Told) -> list[Event]:
    disconnected = told.detail.get("disconnecttimestamp")
    if not disconnected:
        return []
    return ending(told, disconnected, str(told.detail.get("disconnectreason") or ""))


def ending(told: Told, at: object, reason: str) -> list[Event]:
    """In the queue and nobody came: abandoned. No queue at all: left in the IVR. Else just ended."""
    reason = reason.upper()
    was_queued, was_answered = bool(told.part("queueinfo", "queue")), bool(told.part("agentinfo", "agent"))
    if told.channel == "email":
        return [told.event("ended", "ended", at, reason=reason)]
    if told.detail.get("nextcontactid"):
        # The customer goes on in another contact of Connect's.
        return [told.event("leg_ended", "ended", at, disposition=reason)]
    if reason == "CUSTOMER_DISCONNECT" and was_queued and not was_answered:
        return [told.event("abandoned", "ended", at)]
    if reason and told.is_inbound_call and not was_queued and not was_answered:
        how = {"CUSTOMER_DISCONNECT": "customer_hangup", "TELECOM_PROBLEM": "disconnected"}.get(reason)
        left = told.event("ended", "ivr-ended", at, channel="ivr", reason=how)
        return [left, told.event("ended", "ended", at, ended_by=_ENDED_BY.get(reason), disposition=reason)]
    return [told.event("ended", "ended", at, ended_by=_ENDED_BY.get(reason), disposition=reason or None)]
