"""Identities out of the read model: what a customer is known by, and what was decided of it."""

from collections.abc import Collection
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, func, or_, select

from services.database.statements import chunks
from services.live.core.moving import Identifier
from services.live.core.names import identifier_hash, label
from services.live.store.tables import contacts, identities, identity_journal, identity_trials, is_contact

Document = dict[str, Any]
#: Identifiers shown of one customer.
IDENTIFIERS_MAX = 1_000


class Journal(NamedTuple):
    """The newest entries first; `next_seq`: go on below it."""

    entries: list[Document]
    next_seq: int | None
    total: int


def of_customer(connection: Connection, customer_key: str) -> list[Document]:
    """The last decision on each identifier that is his."""
    query = select(identities.c.body).where(identities.c.customer_key == label(customer_key))
    rows = connection.execute(query.order_by(identities.c.own_key).limit(IDENTIFIERS_MAX))
    return [orjson.loads(row.body) for row in rows]


def silent_of(connection: Connection, tenant: str, names: Collection[Identifier]) -> set[Identifier]:
    """Those that link nobody."""
    by_hash = {identifier_hash(*name): name for name in names}
    found: set[Identifier] = set()
    for chunk in chunks(list(by_hash)):
        query = select(identities.c.identifier).where(identities.c.identifier.in_(chunk))
        query = query.where(identities.c.customer_key.is_(None), identities.c.tenant == label(tenant))
        found |= {by_hash[bytes(row.identifier)] for row in connection.execute(query)}
    return found


def left(
    connection: Connection, tenant: str, customer_key: str, names: Collection[Identifier]
) -> set[Identifier]:
    """Those that once were this customer's and were then decided to be somebody else's."""
    by_hash = {identifier_hash(*name): name for name in names}
    query = select(identities.c.identifier).join(
        identity_journal, identity_journal.c.own_key == identities.c.own_key
    )
    query = query.where(identity_journal.c.before_key == label(customer_key))
    query = query.where(identities.c.tenant == label(tenant))
    found: set[Identifier] = set()
    for chunk in chunks(list(by_hash)):
        rows = connection.execute(query.where(identities.c.identifier.in_(chunk)))
        found |= {by_hash[bytes(row.identifier)] for row in rows}
    return found


def journal(connection: Connection, customer_key: str, below: int | None, limit: int) -> Journal:
    """All that was decided of identifiers that are, were or became this customer's."""
    concerns = _concerns(customer_key)
    query = select(identity_journal.c.seq, identity_journal.c.body).where(concerns)
    if below is not None:
        query = query.where(identity_journal.c.seq < below)
    rows = connection.execute(query.order_by(identity_journal.c.seq.desc()).limit(limit + 1)).all()
    total = connection.execute(
        select(func.count()).select_from(identity_journal).where(concerns)
    ).scalar_one()
    more = rows[limit - 1].seq if len(rows) > limit else None
    return Journal([orjson.loads(row.body) for row in rows[:limit]], more, total)


def trial(connection: Connection, trial_id: str) -> list[Document] | None:
    """What a trial would change; None while it is not answered."""
    query = select(identity_trials.c.body).where(identity_trials.c.trial == label(trial_id))
    body = connection.execute(query).scalar()
    return None if body is None else orjson.loads(body)


def contacts_of(connection: Connection, customer_key: str) -> int:
    query = select(func.count()).select_from(contacts).where(contacts.c.customer_key == label(customer_key))
    return connection.execute(query.where(is_contact)).scalar_one()


def _concerns(customer_key: str) -> ColumnElement[bool]:
    key, column = label(customer_key), identity_journal.c
    return or_(column.customer_key == key, column.before_key == key, column.own_key == key)
