"""One record of a topic to the rows that hold it. A row is its filterable values and its JSON body."""

from typing import Any

import msgspec
import orjson

from schemas.contacts import ContactHead, CustomerHead, Resolved, Service
from schemas.data.written import SurveyAnswered
from schemas.events import Event
from schemas.frictions import SEVERITIES, Friction
from schemas.identities import JournalEntry, TrialAnswer
from schemas.incidents import Incident
from schemas.journeys import Journey
from schemas.replays import RunReport
from schemas.times import parse_us, rfc3339
from services.live.core.names import contact_hash, identifier_hash, label, maybe_label, name_hash
from services.live.core.order import order_key, rank

Row = dict[str, Any]
_FRICTION_FIELDS = tuple(name for name in Friction.__struct_fields__ if name != "replay")


def event_row(event: Event, data: Any) -> Row:
    """A step. `data` as it was sent: it may say more than the rules read."""
    contact = event.contact
    step = {
        "event_id": event.id,
        "source": event.source,
        "type": event.type,
        "channel": event.channel,
        "contact": {"source": contact.source, "subject": contact.subject},
        "time": rfc3339(event.at_us),
        "data": data,
    }
    return {
        "contact": contact_hash(event.tenant, contact),
        "event": name_hash(event.source, event.id),
        "rank": rank(event),
        "order_key": order_key(event),
        "body": orjson.dumps(step),
    }


def contact_row(head: ContactHead) -> Row:
    return {
        "contact": contact_hash(head.tenant, head.contact),
        "tenant": label(head.tenant),
        "customer_key": label(head.customer_key),
        "journey_id": maybe_label(head.journey_id),
        "started_at": head.started_at,
        "short_abandons": head.short_abandons,
        "is_call_back": head.is_call_back,
        "channel": head.channel,
        "queue": maybe_label(head.queue),
        "goal": maybe_label(head.goal),
        "started_us": _maybe_us(head.started_at),
        "ended_us": _maybe_us(head.ended_at),
        **_served(head.service),
        "body": msgspec.json.encode(head),
    }


def _served(service: Service) -> Row:
    handling = service.handling
    return {
        "may_repeat": service.may_repeat,
        "may_be_repeated": service.may_be_repeated,
        "met_machine": service.met_machine,
        "is_contained": service.is_contained,
        "left_machine": service.left_machine,
        "reached_us": service.reached_us,
        "handled_us": None if handling is None else handling.handled_us,
        "held_us": 0 if handling is None else handling.held_us,
        "transfers": service.transfers,
        "has_form": service.has_form,
        "resolved_us": service.resolved_us if service.resolved is Resolved.YES else None,
    }


def _maybe_us(moment: str | None) -> int | None:
    return None if moment is None else parse_us(moment)


def answer_row(event: Event, step: Row) -> Row | None:
    """Of a survey's answer; None where its scale is none. `step`: the event's other row."""
    answer = event.data
    if not isinstance(answer, SurveyAnswered) or answer.scale is None:
        return None
    low, high = answer.scale
    place = min(1.0, max(0.0, (answer.score - low) / (high - low)))
    return {
        "contact": step["contact"],
        "event": step["event"],
        "rank": step["rank"],
        "tenant": label(event.tenant),
        "at": rfc3339(event.at_us),
        "metric": answer.metric,
        "place": 1.0 - place if answer.metric == "ces" and answer.easier_is == "low" else place,
    }


def wait_rows(head: ContactHead) -> list[Row]:
    return [
        {
            "contact": contact_hash(head.tenant, head.contact),
            "ordinal": ordinal,
            "tenant": label(head.tenant),
            "queue": maybe_label(wait.queue),
            "start_us": wait.start_us,
            "end_us": wait.end_us,
            "how": wait.how,
            "last_event_at": head.last_event_at,
        }
        for ordinal, wait in enumerate(head.waits)
    ]


def customer_row(head: CustomerHead) -> Row:
    return {
        "customer_key": label(head.customer_key),
        "tenant": label(head.tenant),
        "is_known": head.is_known,
        "merged_into": maybe_label(head.merged_into),
        "contacts": head.contacts,
        "segment": _maybe_named(head.attributes.get("segment")),
        "persona": _maybe_named(head.attributes.get("persona")),
        "body": msgspec.json.encode(head),
    }


def _maybe_named(value: str | bool | None) -> str | None:
    return maybe_label(value if isinstance(value, str) else None)


def identifier_rows(head: CustomerHead) -> list[Row]:
    hashes = {identifier_hash(kind, value) for kind, values in head.identifiers.items() for value in values}
    key = label(head.customer_key)
    return [{"customer_key": key, "identifier": identifier} for identifier in sorted(hashes)]


def trial_row(answer: TrialAnswer) -> Row:
    changes = [_entry_shown(entry) for entry in answer.changes]
    return {"trial": label(answer.id), "body": orjson.dumps(changes)}


def _entry_shown(entry: JournalEntry) -> dict[str, Any]:
    return {name: value for name, value in msgspec.to_builtins(entry).items() if name != "record"}


def identity_row(entry: JournalEntry) -> Row:
    return {
        "own_key": label(entry.own_key),
        "identifier": identifier_hash(entry.type, entry.value),
        "tenant": label(entry.tenant),
        "customer_key": maybe_label(entry.customer_key),
        "body": orjson.dumps(_entry_shown(entry)),
    }


def journal_row(entry: JournalEntry) -> Row:
    return {
        "seq": entry.seq,
        "own_key": label(entry.own_key),
        "customer_key": maybe_label(entry.customer_key),
        "before_key": maybe_label(entry.before),
        "body": orjson.dumps(_entry_shown(entry)),
    }


def journey_row(journey: Journey) -> Row:
    return {
        "journey_id": label(journey.journey_id),
        "tenant": label(journey.tenant),
        "customer_key": label(journey.customer_key),
        "state": journey.state.value,
        "goal": maybe_label(journey.goal),
        "outcome": journey.outcome.value if journey.outcome is not None else None,
        "channels": f"|{'|'.join(journey.channels)}|".replace("\0", ""),
        "last_event_at": journey.last_event_at,
        "body": msgspec.json.encode(journey),
    }


def friction_row(friction: Friction) -> Row:
    """Its body lacks journey and customer: they are joined by the contact when it is read."""
    return {
        "friction_id": label(friction.friction_id),
        "tenant": label(friction.tenant),
        "kind": friction.kind.value,
        "state": friction.state.value,
        "contact": contact_hash(friction.tenant, friction.contact),
        "touchpoint": label(friction.touchpoint),
        "at": friction.at,
        "severity": SEVERITIES.index(friction.severity),
        "body": msgspec.json.encode({name: getattr(friction, name) for name in _FRICTION_FIELDS}),
    }


def incident_row(incident: Incident) -> Row:
    return {
        "incident_id": label(incident.incident_id),
        "revision": incident.revision,
        "tenant": label(incident.tenant),
        "kind": incident.kind.value,
        "touchpoint": label(incident.touchpoint),
        "body": msgspec.json.encode(incident),
    }


def report_row(report: RunReport) -> Row:
    return {
        "run": label(report.run),
        "part": label(report.part),
        "name": report.run.encode(),
        "is_done": report.done,
    }
