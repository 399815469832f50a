"""Customers out of the read model: by key, and by what a source knows them by."""

from typing import Any

import orjson
from sqlalchemy import Connection, Select, func, select

from services.database.statements import chunks
from services.live.core.names import identifier_hash, label, spellings
from services.live.store.tables import contacts, customers, identifiers, identities, is_contact

Document = dict[str, Any]


#: Customers that were merged name the one that they became; more steps than these are none of ours.
STEPS_MAX = 50


def customer(connection: Connection, customer_key: str) -> Document | None:
    """Without the identifiers that his contacts name, and that belong to somebody else."""
    body = connection.execute(
        select(customers.c.body).where(customers.c.customer_key == label(customer_key))
    ).scalar()
    if body is None:
        return _never_told(connection, customer_key)
    found: Document = orjson.loads(body)
    if found["merged_into"] is not None:
        found["merged_into"] = living(connection, found["merged_into"])
    elif found["identifiers"]:
        found["identifiers"] = _own(connection, found)
    return found


def living(connection: Connection, customer_key: str) -> str:
    """The customer that has the contacts of this one: himself, or whom he was merged into."""
    for _ in range(STEPS_MAX):
        query = select(customers.c.merged_into).where(customers.c.customer_key == label(customer_key))
        row = connection.execute(query).first()
        known = _owner(connection, customer_key) if row is None else None
        merged_into = row.merged_into if row is not None else known.customer_key if known else None
        if merged_into is None or merged_into == customer_key:
            break
        customer_key = merged_into
    return customer_key


def _owner(connection: Connection, own_key: str) -> Any:
    """Whose the identifier is that has this key alone."""
    query = select(identities.c.customer_key, identities.c.tenant)
    return connection.execute(query.where(identities.c.own_key == label(own_key))).first()


def _never_told(connection: Connection, customer_key: str) -> Document | None:
    """Of a key that only the journal names: its identifier was another's before it had a contact."""
    owner = _owner(connection, customer_key)
    if owner is None or owner.customer_key in (None, label(customer_key)):
        return None
    return {
        "customer_key": customer_key,
        "merged_into": living(connection, owner.customer_key),
        "tenant": owner.tenant,
        "is_known": False,
        "identifiers": {},
        "contacts": 0,
        "revision": 0,
        "attributes": {},
    }


def _own(connection: Connection, found: Document) -> dict[str, list[str]]:
    named = {
        identifier_hash(kind, value): (kind, value)
        for kind, values in found["identifiers"].items()
        for value in values
    }
    foreign: set[tuple[str, str]] = set()
    for chunk in chunks(list(named)):
        query = select(identities.c.identifier, identities.c.customer_key)
        query = query.where(identities.c.identifier.in_(chunk), identities.c.tenant == label(found["tenant"]))
        rows = connection.execute(query.where(identities.c.customer_key != label(found["customer_key"])))
        foreign |= {named[bytes(row.identifier)] for row in rows}
    left = {
        kind: [value for value in values if (kind, value) not in foreign]
        for kind, values in found["identifiers"].items()
    }
    return {kind: values for kind, values in left.items() if values}


def lookup(connection: Connection, kind: str, value: str, tenant: str | None) -> list[str]:
    """Keys of the customers that own the identifier, the one heard of last first.

    More than one only where it links nobody: over its limit, or in several tenants.
    """
    for spelling in spellings(kind, value):
        identifier = identifier_hash(kind, spelling)
        found = connection.execute(_owners(identifier, tenant))
        keys = [row.customer_key for row in found]
        decided = connection.execute(_decided(identifier, tenant))
        linked = {living(connection, row.customer_key) for row in decided}
        # Where it was decided whose it is, those who only named it are not meant.
        if keys := [key for key in keys if key in linked] or keys:
            return keys
    return []


def _decided(identifier: bytes, tenant: str | None) -> Select[str]:
    query = select(identities.c.customer_key).where(identities.c.identifier == identifier)
    query = query.where(identities.c.customer_key.is_not(None))
    return query if tenant is None else query.where(identities.c.tenant == label(tenant))


def _owners(identifier: bytes, tenant: str | None) -> Select[str]:
    newest = func.max(contacts.c.started_at)
    joined = identifiers.join(customers, customers.c.customer_key == identifiers.c.customer_key)
    joined = joined.outerjoin(contacts, contacts.c.customer_key == customers.c.customer_key)
    query = select(customers.c.customer_key).select_from(joined)
    query = query.where(identifiers.c.identifier == identifier)
    if tenant is not None:
        query = query.where(customers.c.tenant == label(tenant))
    by_news = (func.coalesce(newest, "").desc(), customers.c.customer_key)
    return query.group_by(customers.c.customer_key).order_by(*by_news).limit(100)


def last_contacts(connection: Connection, customer_key: str, limit: int) -> list[Document]:
    """The heads of the customer's last contacts, the earliest first."""
    query = select(contacts.c.body).where(contacts.c.customer_key == label(customer_key), is_contact)
    rows = connection.execute(query.order_by(contacts.c.started_at.desc()).limit(limit))
    return [orjson.loads(row.body) for row in rows][::-1]
