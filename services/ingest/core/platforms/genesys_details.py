"""A whole conversation as the analytics API has it: participants, their sessions, the segments of these."""

from collections.abc import Iterator
from typing import Any

from services.ingest.core.platforms.context import Context, Event, items_of, object_of
from services.ingest.core.platforms.genesys_words import (
    CHANNELS,
    Said,
    ended_by,
    source_of,
    upper,
)

_TRANSFERS = {"TRANSFER": "cold", "CONSULTTRANSFER": "warm", "CONFERENCETRANSFER": "warm"}


def translate(payload: dict[str, Any], context: Context) -> list[Event]:
    """Under the names that detail events of the same session, topic and moment have."""
    conversation = payload["conversationId"]
    source = source_of(payload.get("organizationId"), context)
    events: list[Event] = []
    for participant, session in _sessions(payload):
        channel = CHANNELS.get(upper(session.get("mediaType")))
        segments = sorted(
            (object_of(each) for each in items_of(session.get("segments"))),
            key=lambda segment: str(segment.get("segmentStart")),
        )
        if channel is None or not segments:
            continue
        teller = _Teller(conversation, participant, session, source, channel, context)
        events += teller.tell(segments)
    return events


def _sessions(payload: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for participant in items_of(payload["participants"]):
        for session in items_of(participant.get("sessions")):
            yield participant, session


class _Teller:
    """What one session of one participant says."""

    def __init__(
        self,
        conversation: str,
        participant: dict[str, Any],
        session: dict[str, Any],
        source: str,
        channel: str,
        context: Context,
    ) -> None:
        self._session = session
        self._source = source
        self._channel = channel
        self._context = context
        self._body = session | {
            "conversationId": conversation,
            "participantId": participant.get("participantId"),
            "externalContactId": participant.get("externalContactId"),
            "userId": participant.get("userId"),
        }
        self._purpose = str(participant.get("purpose", "")).lower()

    def tell(self, segments: list[dict[str, Any]]) -> list[Event]:
        if self._purpose in ("customer", "external"):
            return list(self._customer(segments))
        if self._purpose == "acd":
            return list(self._queue(segments))
        if self._purpose in ("agent", "user"):
            return list(self._agent(segments))
        if self._purpose in ("ivr", "botflow") and self._channel == "call":
            return list(self._ivr(segments))
        return []

    def _event(self, topic: str, moment: object, name: str, segment: dict[str, Any], **data: Any) -> Event:
        body = self._body | {"queueId": segment.get("queueId"), "eventTime": moment}
        channel = "ivr" if topic.startswith("flow") else self._channel
        return Said(topic, body, self._source, self._context).event(channel, name, **data)

    def _customer(self, segments: list[dict[str, Any]]) -> Iterator[Event]:
        first, last = segments[0], segments[-1]
        direction = {"INBOUND": "inbound", "OUTBOUND": "outbound"}.get(upper(self._body.get("direction")))
        if self._channel == "email":
            name = "replied" if direction == "outbound" else "received"
            yield self._event("customer.start", first["segmentStart"], name, {})
            return
        yield self._event("customer.start", first["segmentStart"], "started", {}, direction=direction)
        if last.get("segmentEnd"):
            by = ended_by(last.get("disconnectType"))
            yield self._event("customer.end", last["segmentEnd"], "ended", {}, ended_by=by)

    def _queue(self, segments: list[dict[str, Any]]) -> Iterator[Event]:
        yield self._event("acd.start", segments[0]["segmentStart"], "queued", segments[0])
        for metric in items_of(self._session.get("metrics")):
            if metric.get("name") == "tAbandon" and self._channel != "email":
                yield self._event("acd.end", metric["emitDate"], "abandoned", segments[-1])

    def _agent(self, segments: list[dict[str, Any]]) -> Iterator[Event]:
        """Alerted at first, answered where the first talk begins, then perhaps held and resumed."""
        answered = held = False
        for segment in segments:
            kind, moment = upper(segment.get("segmentType")), segment["segmentStart"]
            if kind == "INTERACT" and not answered:
                answered = True
                yield self._event("user.answered", moment, "answered", segment)
            elif kind == "HOLD" and answered:
                held = True
                yield self._event("user.held", moment, "held", segment)
            elif kind == "INTERACT" and held:
                held = False
                yield self._event("user.resumed", moment, "resumed", segment)
        last = segments[-1]
        how = _TRANSFERS.get(upper(last.get("disconnectType")).replace("_", ""))
        if how and answered and self._channel != "email":
            queue = self._context.name(last.get("queueId"))
            agent = self._context.name(self._body.get("userId"))
            data = {"from_queue": queue, "from_agent": agent, "kind": how, "queue": None, "agent": None}
            yield self._event("user.end", last["segmentEnd"], "transferred", last, **data)

    def _ivr(self, segments: list[dict[str, Any]]) -> Iterator[Event]:
        yield self._event("flow.start", segments[0]["segmentStart"], "started", {})
        if segments[-1].get("segmentEnd"):
            how = upper(segments[-1].get("disconnectType"))
            reason = "transferred" if how.endswith("TRANSFER") else None
            if how in ("PEER", "ENDPOINT", "CLIENT"):
                reason = "customer_hangup"
            yield self._event("flow.end", segments[-1]["segmentEnd"], "ended", {}, reason=reason)
