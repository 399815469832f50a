"""Frictions out of the read model, joined with journey and customer by their contact."""

from typing import Any, Literal

import orjson
from sqlalchemy import ColumnElement, Connection, Row, Select, Table, case, func, select

from services.database.cursor import Cursor
from services.database.paging import Order, Page, page
from services.database.statements import chunks
from services.live.core.filters import FrictionFilter
from services.live.core.names import label
from services.live.store.tables import contacts, customers, frictions, is_contact

ORDER = Order(frictions.c.at, frictions.c.friction_id)
QUEUE = "queue:"
GROUPS_MAX = 1_000

By = Literal["kind", "touchpoint", "tenant", "queue"]
Document = dict[str, Any]
_JOINED = frictions.outerjoin(contacts, contacts.c.contact == frictions.c.contact)


def list_frictions(
    connection: Connection, wanted: FrictionFilter, cursor: Cursor | None, limit: int
) -> tuple[list[Document], Page]:
    found = page(connection, _query(wanted), ORDER, cursor, limit)
    return [_document(row) for row in found.rows], found


def frictions_of(connection: Connection, wanted: FrictionFilter, limit: int) -> list[Document]:
    """The newest ones."""
    query = _query(wanted).order_by(ORDER.at.desc(), ORDER.key.desc()).limit(limit)
    return [_document(row) for row in connection.execute(query)]


def frictions_of_contacts(connection: Connection, hashes: list[bytes]) -> list[Document]:
    """All of them, the newest first."""
    found: list[Document] = []
    for chunk in chunks(hashes):
        rows = connection.execute(_query(FrictionFilter(contacts=tuple(chunk))))
        found.extend(_document(row) for row in rows)
    return sorted(found, key=lambda friction: (friction["at"], friction["friction_id"]), reverse=True)


def by_id(connection: Connection, wanted: FrictionFilter) -> dict[str, Document]:
    """For few, that `wanted.ids` names."""
    return {row.friction_id: _document(row) for row in connection.execute(_query(wanted))}


def groups(connection: Connection, wanted: FrictionFilter, by: By) -> list[Document]:
    """How many are raised and retracted, the most raised first."""
    column = frictions.c.touchpoint if by == "queue" else frictions.c[by]
    raised, retracted = _number("raised"), _number("retracted")
    query = select(column.label("key"), raised.label("raised"), retracted.label("retracted"))
    query = query.select_from(_source(wanted)).where(*conditions(wanted))
    if by == "queue":
        query = query.where(frictions.c.touchpoint.startswith(QUEUE))
    query = query.group_by(column).order_by(raised.desc(), column).limit(GROUPS_MAX)
    return [_group(row, by) for row in connection.execute(query)]


def counters(connection: Connection, wanted: FrictionFilter) -> dict[str, int]:
    """All contacts and customers in the range, whatever befell them."""
    conditions = _contact_conditions(wanted)
    row = connection.execute(
        select(
            func.count().label("contacts"),
            func.coalesce(func.sum(contacts.c.short_abandons), 0).label("short_abandons"),
            func.coalesce(func.sum(case((contacts.c.is_call_back, 1), else_=0)), 0).label("call_backs"),
        ).where(*conditions)
    ).one()
    return {
        "contacts": row.contacts,
        "customers_known": connection.execute(_customers_known(wanted)).scalar_one(),
        "short_abandons": int(row.short_abandons),
        "call_backs": int(row.call_backs),
    }


def _customers_known(wanted: FrictionFilter) -> Select[int]:
    query = select(func.count()).select_from(customers).where(customers.c.is_known)
    if wanted.tenant is not None:
        query = query.where(customers.c.tenant == label(wanted.tenant))
    if wanted.customer is not None:
        query = query.where(customers.c.customer_key == label(wanted.customer))
    if wanted.since is None and wanted.until is None and wanted.journey is None:
        return query
    seen = select(contacts.c.customer_key).where(*_contact_conditions(wanted))
    return query.where(customers.c.customer_key.in_(seen))


def _contact_conditions(wanted: FrictionFilter) -> list[ColumnElement[bool]]:
    conditions = [
        is_contact,
        wanted.tenant is None or contacts.c.tenant == label(wanted.tenant),
        wanted.customer is None or contacts.c.customer_key == label(wanted.customer),
        wanted.journey is None or contacts.c.journey_id == label(wanted.journey),
        wanted.since is None or contacts.c.started_at >= wanted.since,
        wanted.until is None or contacts.c.started_at < wanted.until,
    ]
    return [condition for condition in conditions if not isinstance(condition, bool)]


def _query(wanted: FrictionFilter) -> Select[Any]:
    joined = select(frictions, contacts.c.customer_key, contacts.c.journey_id).select_from(_JOINED)
    return joined.where(*conditions(wanted))


def _source(wanted: FrictionFilter) -> Any:
    return frictions if wanted.customer is None and wanted.journey is None else _JOINED


def place_conditions(table: Table, wanted: FrictionFilter) -> list[ColumnElement[bool]]:
    """Of a table that says of what kind, whose and where."""
    column = table.c
    conditions = [
        not wanted.kinds or column.kind.in_(wanted.kinds),
        wanted.tenant is None or column.tenant == label(wanted.tenant),
        wanted.touchpoint is None or column.touchpoint == label(wanted.touchpoint),
        wanted.queue is None or column.touchpoint == label(QUEUE + wanted.queue),
    ]
    return [condition for condition in conditions if not isinstance(condition, bool)]


def conditions(wanted: FrictionFilter) -> list[ColumnElement[bool]]:
    column = frictions.c
    conditions = [
        *place_conditions(frictions, wanted),
        wanted.customer is None or contacts.c.customer_key == label(wanted.customer),
        wanted.journey is None or contacts.c.journey_id == label(wanted.journey),
        wanted.state is None or column.state == wanted.state,
        wanted.since is None or column.at >= wanted.since,
        wanted.until is None or column.at < wanted.until,
        wanted.ids is None or column.friction_id.in_(wanted.ids),
        wanted.contacts is None or column.contact.in_(wanted.contacts),
    ]
    return [condition for condition in conditions if not isinstance(condition, bool)]


def _number(state: str) -> ColumnElement[int]:
    return func.sum(case((frictions.c.state == state, 1), else_=0))


def _group(row: Row[Any], by: By) -> Document:
    key = row.key.removeprefix(QUEUE) if by == "queue" else row.key
    return {"key": key, "raised": int(row.raised), "retracted": int(row.retracted)}


def _document(row: Row[Any]) -> Document:
    document: Document = orjson.loads(row.body)
    document["journey_id"] = row.journey_id
    document["customer_key"] = row.customer_key
    return document
