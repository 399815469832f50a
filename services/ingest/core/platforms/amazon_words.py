"""The words of Amazon Connect, which writes names now `agentInfo`, now `AgentInfo`: case is no matter."""

from typing import Any

from msgspec import Struct

from services.ingest.core.platforms.context import Context, Event, SetAside, folded, object_of

_CHANNELS = {"VOICE": "call", "CHAT": "chat", "EMAIL": "email"}
_OUTBOUND = frozenset({"OUTBOUND", "CALLBACK"})
_AT_AGENT = frozenset({"answered", "ended"})
_AT_QUEUE = frozenset({"queued", "abandoned"}) | _AT_AGENT
_TRANSFERS = frozenset({"TRANSFER", "QUEUE_TRANSFER"})


def channel_of(value: object, kind: str) -> str:
    channel = _CHANNELS.get(str(value or "").upper())
    if channel is None:
        raise SetAside(kind, f"channel {value!r} is none of ours")
    return channel


def arn_end(arn: object) -> str | None:
    """The id at the end of an ARN."""
    return str(arn).rpartition("/")[2] or None if arn else None


class Told(Struct, frozen=True):
    """A contact, of an event or a record, with its names folded."""

    detail: dict[str, Any]
    channel: str
    context: Context
    #: Of contact events the time of sending, of records that of their last update: epoch ms.
    sequence: str | None

    def part(self, *names: str) -> dict[str, Any]:
        """The first of these objects that is there, its names folded too."""
        for name in names:
            if found := object_of(self.detail.get(name)):
                return folded(found)
        return {}

    @property
    def method(self) -> str:
        return str(self.detail.get("initiationmethod") or "").upper()

    @property
    def direction(self) -> str | None:
        if not self.method:
            return None
        return "outbound" if self.method in _OUTBOUND else "inbound"

    @property
    def is_transfer(self) -> bool:
        return self.method in _TRANSFERS

    @property
    def is_inbound_call(self) -> bool:
        return self.channel == "call" and self.method == "INBOUND"

    @property
    def queue(self) -> str | None:
        queue = self.part("queueinfo", "queue")
        return queue.get("name") or self.context.name(arn_end(queue.get("queuearn") or queue.get("arn")))

    @property
    def agent(self) -> str | None:
        agent = self.part("agentinfo", "agent")
        known = arn_end(agent.get("agentarn") or agent.get("arn"))
        return agent.get("username") or self.context.name(known)

    @property
    def identifiers(self) -> dict[str, Any] | None:
        endpoint = self.part("customerendpoint")
        is_phone = str(endpoint.get("type") or "").upper() in ("TELEPHONE_NUMBER", "")
        known, _ = self.context.attributes(object_of(self.detail.get("attributes")))
        address = endpoint.get("address")
        is_mail = str(endpoint.get("type") or "").upper() == "EMAIL_ADDRESS"
        return self.context.identifiers(
            **{"phone": address if is_phone else None, "email": address if is_mail else None} | known
        )

    def event(self, name: str, moment: str, at: object, channel: str | None = None, **data: Any) -> Event:
        """`moment` names it within its Connect contact, whether an event or a record told of it."""
        detail = self.detail
        _, known = self.context.attributes(object_of(detail.get("attributes")))
        subject = detail.get("initialcontactid") or detail["contactid"]
        # A record knows from the first who answered at last; each event says what held at its moment.
        shared = {
            "queue": self.queue if name in _AT_QUEUE and channel != "ivr" else None,
            "agent": self.agent if name in _AT_AGENT and channel != "ivr" else None,
            "identifiers": self.identifiers,
        } | known
        return self.context.event(
            f"{channel or self.channel}.{name}",
            self.context.moment(at),
            f"{detail['contactid']}/{moment}",
            self.context.source("amazon-connect", arn_end(detail.get("instancearn"))),
            subject,
            shared | data,
            self.sequence,
        )
