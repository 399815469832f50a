"""What a decision on identifiers concerns: customers, their contacts and journeys."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, func, select

from schemas.journeys import JourneyState
from schemas.times import SECOND_US, rfc3339
from services.database.statements import chunks
from services.live.core.moving import Identifier, Names, Verdicts, strongest_first
from services.live.core.names import identifier_hash, label
from services.live.store.identities import silent_of
from services.live.store.journeys import STEPS_MAX, steps_by_contact
from services.live.store.tables import contacts, customers, identifiers, is_contact, journeys

Document = dict[str, Any]
#: Customers that are looked at, contacts of theirs, journeys that are listed.
CUSTOMERS_MAX = 1_000
CONTACTS_MAX = 5_000
JOURNEYS_MAX = 200
#: Of what was silent for so long the journey builder may have forgotten what it would take to move it.
KEPT_US = 35 * 24 * 3600 * SECOND_US
_SHOWN = ("journey_id", "customer_key", "state", "goal", "opened_at")


class Count(NamedTuple):
    """`is_all`: nothing was left out."""

    number: int
    is_all: bool


def holders(connection: Connection, tenant: str, names: Iterable[Identifier]) -> list[str]:
    """The customers whose contacts name one of these, at most `CUSTOMERS_MAX`."""
    joined = identifiers.join(customers, customers.c.customer_key == identifiers.c.customer_key)
    found: dict[str, None] = {}
    for chunk in chunks([identifier_hash(*name) for name in names]):
        query = select(identifiers.c.customer_key).select_from(joined)
        query = query.where(identifiers.c.identifier.in_(chunk), customers.c.tenant == label(tenant))
        rows = connection.execute(query.order_by(identifiers.c.customer_key).limit(CUSTOMERS_MAX))
        found.update((row.customer_key, None) for row in rows)
    return list(found)[:CUSTOMERS_MAX]


def contacts_moving(
    connection: Connection, tenant: str, keys: Sequence[str], changes: Sequence[Document], now_us: int
) -> Count:
    """How many contacts of these customers would be another's."""
    known = _identifiers_of(connection, keys) | {(one["type"], one["value"]) for one in changes}
    linked = {(one["type"], one["value"]) for one in changes if one["customer_key"] is not None}
    silent = silent_of(connection, tenant, known) - linked
    names, verdicts = Names(known), Verdicts(changes, silent)
    found = _contacts(connection, keys)
    heads = [head for head in found if head["last_event_at"] >= rfc3339(now_us - KEPT_US)]
    steps = steps_by_contact(connection, heads)
    number = sum(
        verdicts.moves(head["customer_key"], strongest_first(steps.get(_name(head), ()), names))
        for head in heads
    )
    is_all = len(keys) < CUSTOMERS_MAX and len(heads) == len(found) < CONTACTS_MAX
    return Count(number, is_all and sum(map(len, steps.values())) <= STEPS_MAX)


def journeys_of(connection: Connection, keys: Collection[str]) -> tuple[list[Document], int]:
    """Those that moved last, at most `JOURNEYS_MAX`, and how many there are."""
    found: list[tuple[str, Document]] = []
    total = 0
    for chunk in chunks([label(key) for key in keys]):
        mine = journeys.c.customer_key.in_(chunk), journeys.c.state != JourneyState.SUPERSEDED.value
        query = select(journeys.c.last_event_at, journeys.c.body).where(*mine)
        rows = connection.execute(query.order_by(journeys.c.last_event_at.desc()).limit(JOURNEYS_MAX))
        found += [(row.last_event_at, orjson.loads(row.body)) for row in rows]
        total += connection.execute(select(func.count()).select_from(journeys).where(*mine)).scalar_one()
    newest = sorted(found, key=lambda one: (one[0], one[1]["journey_id"]), reverse=True)[:JOURNEYS_MAX]
    return [{name: head[name] for name in _SHOWN} for _, head in newest], total


def _identifiers_of(connection: Connection, keys: Sequence[str]) -> set[Identifier]:
    found: set[Identifier] = set()
    for chunk in chunks([label(key) for key in keys]):
        for row in connection.execute(select(customers.c.body).where(customers.c.customer_key.in_(chunk))):
            named = orjson.loads(row.body)["identifiers"]
            found |= {(kind, value) for kind, values in named.items() for value in values}
    return found


def _contacts(connection: Connection, keys: Sequence[str]) -> list[Document]:
    """The heads of the last ones, at most `CONTACTS_MAX`."""
    found: list[Document] = []
    for chunk in chunks([label(key) for key in keys]):
        query = select(contacts.c.body).where(contacts.c.customer_key.in_(chunk), is_contact)
        rows = connection.execute(query.order_by(contacts.c.started_at.desc()).limit(CONTACTS_MAX))
        found += [orjson.loads(row.body) for row in rows]
    return found[:CONTACTS_MAX]


def _name(head: Document) -> tuple[str, str]:
    return head["contact"]["source"], head["contact"]["subject"]
