"""Customers out of the read model: by key, and by what a source knows them by."""

from typing import Any

import orjson
from sqlalchemy import Connection, Select, func, select

from services.live.core.names import identifier_hash, label, spellings
from services.live.store.tables import contacts, customers, identifiers

Document = dict[str, Any]


def customer(connection: Connection, customer_key: str) -> Document | None:
    body = connection.execute(
        select(customers.c.body).where(customers.c.customer_key == label(customer_key))
    ).scalar()
    return None if body is None else orjson.loads(body)


def lookup(connection: Connection, kind: str, value: str, tenant: str | None) -> list[str]:
    """Keys of the customers that own the identifier, the one heard of last first.

    More than one only where it links nobody: over its limit, or in several tenants.
    """
    for spelling in spellings(kind, value):
        found = connection.execute(_owners(identifier_hash(kind, spelling), tenant))
        if keys := [row.customer_key for row in found]:
            return keys
    return []


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
    query = select(contacts.c.body).where(contacts.c.customer_key == label(customer_key))
    rows = connection.execute(query.order_by(contacts.c.started_at.desc()).limit(limit))
    return [orjson.loads(row.body) for row in rows][::-1]
