"""The words of Genesys Cloud, and what they mean in ours. They come in any case."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from services.ingest.core.platforms.context import Context, Event, items_of

CHANNELS = {"VOICE": "call", "CALLBACK": "call", "CHAT": "chat", "MESSAGE": "chat", "EMAIL": "email"}

_BY_CUSTOMER = frozenset({"ENDPOINT", "CLIENT"})
_BY_SYSTEM = frozenset(
    {"SYSTEM", "ERROR", "TIMEOUT", "TRANSPORT_FAILURE", "INACTIVITY", "SESSION_EXPIRED", "SPAM", "UNCALLABLE"}
)
#: Flows that a caller hears before anybody or anything is waited for.
_IVR_FLOWS = frozenset({"", "INBOUNDCALL", "SECURECALL", "VOICE", "BOT", "DIGITALBOT", "COMMONMODULE"})


def upper(value: object) -> str:
    return str(value or "").upper()


def source_of(organisation: object, context: Context) -> str:
    return context.source("genesys", organisation)


def ended_by(disconnect_type: object) -> str | None:
    """Of the customer's own session. PEER is whoever was at the other end, perhaps a flow: not told."""
    kind = upper(disconnect_type).replace("-", "_")
    if kind in _BY_CUSTOMER:
        return "customer"
    return "system" if kind in _BY_SYSTEM else None


def is_in_ivr(channel: str, flow_type: object) -> bool:
    return channel == "call" and upper(flow_type) in _IVR_FLOWS


def flow_end_reason(body: Mapping[str, Any]) -> str | None:
    exit_reason, how = upper(body.get("exitReason")), upper(body.get("disconnectType"))
    if body.get("transferType") or how.endswith("TRANSFER") or "TRANSFER" in exit_reason:
        return "transferred"
    if how in ("PEER", "ENDPOINT", "CLIENT"):
        return "customer_hangup"
    return "disconnected" if "ERROR" in exit_reason or how in ("ERROR", "TRANSPORT_FAILURE") else None


class Said(Struct, frozen=True):
    """One detail event: its topic without the conversation, and its body."""

    kind: str
    body: Mapping[str, Any]
    source: str
    context: Context

    @property
    def queue(self) -> str | None:
        return self.context.name(self.body.get("queueId"))

    @property
    def agent(self) -> str | None:
        return self.context.name(self.body.get("userId"))

    def event(self, channel: str, name: str, **data: Any) -> Event:
        """Named by session, topic and time: the same whichever way it was delivered, and how often."""
        at_us = self.context.moment(self.body["eventTime"])
        session = self.body.get("sessionId") or self.body.get("participantId")
        shared = {"queue": self.queue, "agent": self.agent, "identifiers": self._identifiers(data)}
        event_id = f"{session}/{self.kind}/{at_us // 1000}"
        subject = self.body["conversationId"]
        return self.context.event(f"{channel}.{name}", at_us, event_id, self.source, subject, shared | data)

    def _identifiers(self, data: dict[str, Any]) -> dict[str, Any] | None:
        """The customer's end of the contact; the other end is the tenant's own."""
        body = self.body
        outbound = upper(body.get("direction")) == "OUTBOUND"
        number = body.get("dnis") if outbound else body.get("ani")
        address = str(body.get("addressTo" if outbound else "addressFrom") or "")
        is_mail = "@" in address and upper(body.get("mediaType")) == "EMAIL"
        is_short = upper(body.get("messageType")) in ("SMS", "WHATSAPP")
        person = body.get("externalContactId") or next(
            iter(items_of(body.get("conversationExternalContactIds"))), None
        )
        return self.context.identifiers(
            person=person,
            phone=number or (address if is_short else None),
            email=address if is_mail else None,
            visitor_id=data.pop("visitor", None),
            **data.pop("more_identifiers", {}),
        )
