"""Journeys out of the read model: lists, and one with all that belongs to it."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, Select, func, select

from schemas.data import Contact
from schemas.frictions import State
from schemas.journeys import JourneyState
from services.database.cursor import Cursor
from services.database.paging import Order, Page, page
from services.database.statements import chunks
from services.live.core.filters import JourneyFilter
from services.live.core.names import contact_hash, label
from services.live.store.frictions import frictions_of_contacts
from services.live.store.tables import contacts, customers, events, frictions, journeys

ORDER = Order(journeys.c.last_event_at, journeys.c.journey_id)
#: Steps shown of one journey, the first ones; a customer may have 20,000.
STEPS_MAX = 20_000
#: Journeys that became part of others name these; more in a row than these are none of ours.
SUCCESSORS_MAX = 50

Document = dict[str, Any]


class Whole(NamedTuple):
    """A journey's head with its steps (JSON each), contacts and frictions."""

    head: Document
    steps: list[bytes]
    contacts: list[Document]
    frictions: list[Document]
    is_cut: bool


def list_journeys(
    connection: Connection, wanted: JourneyFilter, cursor: Cursor | None, limit: int
) -> tuple[list[bytes], Page]:
    found = page(connection, _query(wanted), ORDER, cursor, limit)
    return [row.body for row in found.rows], found


def heads(connection: Connection, wanted: JourneyFilter) -> dict[str, bytes]:
    """The heads themselves, by id: for few, that `wanted.ids` names."""
    return {row.journey_id: row.body for row in connection.execute(_query(wanted))}


def open_journey(connection: Connection, customer_key: str) -> Document | None:
    """The customer's open journey that moved last."""
    wanted = JourneyFilter(state=JourneyState.OPEN, customer=customer_key)
    query = _query(wanted).order_by(ORDER.at.desc(), ORDER.key.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else orjson.loads(row.body)


def journey(connection: Connection, journey_id: str) -> Whole | None:
    body = connection.execute(
        select(journeys.c.body).where(journeys.c.journey_id == label(journey_id))
    ).scalar()
    if body is None:
        return None
    head: Document = orjson.loads(body)
    if head["state"] == JourneyState.SUPERSEDED.value:
        head["superseded_by"] = _standing(connection, head)
    hashes = [contact_hash(head["tenant"], Contact(**contact)) for contact in head["contacts"]]
    steps = steps_of(connection, hashes)
    return Whole(
        head,
        steps[:STEPS_MAX],
        contacts_of(connection, hashes),
        frictions_of_contacts(connection, hashes),
        len(steps) > STEPS_MAX,
    )


def _standing(connection: Connection, head: Document) -> str | None:
    """The journey that one which ceased has become part of, by way of others; as far as it is known."""
    known = None
    for _ in range(SUCCESSORS_MAX):
        successor = _successor(connection, head)
        if successor is None:
            break
        known = successor
        query = select(journeys.c.body).where(journeys.c.journey_id == label(known))
        query = query.where(journeys.c.state == JourneyState.SUPERSEDED.value)
        body = connection.execute(query).scalar()
        if body is None:
            break
        head = orjson.loads(body)
    return known


def _successor(connection: Connection, head: Document) -> str | None:
    """Where the contact is now that opened it; where that is not known, as it was said when it ceased."""
    opener = [contact_hash(head["tenant"], Contact(**contact)) for contact in head["contacts"][:1]]
    home: str | None = connection.execute(
        select(contacts.c.journey_id).where(contacts.c.contact.in_(opener))
    ).scalar()
    said: str | None = head["superseded_by"]
    return said if home is None or home == label(head["journey_id"]) else home


def steps_of(connection: Connection, hashes: list[bytes]) -> list[bytes]:
    """The steps of some contacts, in event order; one more than `STEPS_MAX` at most."""
    found: list[tuple[bytes, bytes]] = []
    for chunk in chunks(hashes):
        query = select(events.c.order_key, events.c.body).where(events.c.contact.in_(chunk))
        query = query.order_by(events.c.order_key).limit(STEPS_MAX + 1)
        found.extend((bytes(row.order_key), bytes(row.body)) for row in connection.execute(query))
    return [body for _, body in sorted(found)][: STEPS_MAX + 1]


def steps_by_contact(
    connection: Connection, heads: Iterable[Document]
) -> dict[tuple[str, str], list[Document]]:
    """The steps of some contacts, in event order, by source and subject."""
    hashes = [contact_hash(head["tenant"], Contact(**head["contact"])) for head in heads]
    steps: dict[tuple[str, str], list[Document]] = {}
    for step in map(orjson.loads, steps_of(connection, hashes)):
        steps.setdefault((step["contact"]["source"], step["contact"]["subject"]), []).append(step)
    return steps


def contacts_of(connection: Connection, hashes: list[bytes]) -> list[Document]:
    """Their heads, by start. One that the topic has not brought yet is left out."""
    found: list[Document] = []
    for chunk in chunks(hashes):
        rows = connection.execute(select(contacts.c.body).where(contacts.c.contact.in_(chunk)))
        found.extend(orjson.loads(row.body) for row in rows)
    return sorted(found, key=lambda head: (head["started_at"], head["contact"]["subject"]))


def _query(wanted: JourneyFilter) -> Select[Any]:
    return select(journeys).where(*conditions(wanted))


def conditions(wanted: JourneyFilter) -> list[ColumnElement[bool]]:
    column = journeys.c
    conditions = [
        wanted.state != "" or column.state != JourneyState.SUPERSEDED.value,
        not wanted.state or column.state == wanted.state,
        wanted.tenant is None or column.tenant == label(wanted.tenant),
        wanted.customer is None or column.customer_key == label(wanted.customer),
        wanted.goal is None or column.goal == label(wanted.goal),
        wanted.persona is None or _is_of_customers(customers.c.persona == label(wanted.persona)),
        wanted.segment is None or _is_of_customers(customers.c.segment == label(wanted.segment)),
        wanted.channel is None or _went_over(wanted.channel),
        wanted.friction is None or _has_friction(wanted.friction),
        wanted.since is None or column.last_event_at >= wanted.since,
        wanted.until is None or column.last_event_at < wanted.until,
        wanted.ids is None or column.journey_id.in_(wanted.ids),
    ]
    return [condition for condition in conditions if not isinstance(condition, bool)]


def _is_of_customers(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return journeys.c.customer_key.in_(select(customers.c.customer_key).where(condition))


def _went_over(channel: str) -> ColumnElement[bool]:
    # Not `LIKE`, which takes large for small letters on one of the databases.
    channels = journeys.c.channels
    return channels != func.replace(channels, f"|{label(channel)}|", "")


def _has_friction(kind: str) -> ColumnElement[bool]:
    # Not `EXISTS`: SQLite would look all frictions of the kind through for every journey.
    joined = contacts.join(frictions, frictions.c.contact == contacts.c.contact)
    raised = (frictions.c.kind == kind, frictions.c.state == State.RAISED.value)
    return journeys.c.journey_id.in_(select(contacts.c.journey_id).select_from(joined).where(*raised))
