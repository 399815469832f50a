"""Conditions on a contact by what else there is: contacts of the same customer, frictions found in it."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, literal, or_, select

from schemas.frictions import Kind, State
from schemas.times import rfc3339
from services.live.store.tables import contacts, frictions

_c = contacts.c


def follows(return_us: int) -> ColumnElement[bool]:
    """Whether an earlier contact of the customer ended in time before it, and this is no call-back."""
    earlier = contacts.alias("earlier")
    e = earlier.c
    before = exists(
        select(literal(1)).where(
            e.customer_key == _c.customer_key,
            e.contact != _c.contact,
            e.may_be_repeated,
            e.started_at <= _c.started_at,
            _is_before(e, _c),
            e.ended_us <= _c.started_us,
            e.ended_us >= _c.started_us - return_us,
        )
    )
    return and_(_c.is_call_back.is_(False), before)


def followed(return_us: int) -> ColumnElement[bool]:
    """Whether a later contact of the customer starts in time after its end, and is no call-back."""
    later = contacts.alias("later")
    n = later.c
    return exists(
        select(literal(1)).where(
            n.customer_key == _c.customer_key,
            n.contact != _c.contact,
            n.may_repeat,
            n.is_call_back.is_(False),
            n.started_at >= _c.started_at,
            _is_before(_c, n),
            n.started_us >= _c.ended_us,
            n.started_us <= _c.ended_us + return_us,
        )
    )


def _is_before(one: Any, other: Any) -> ColumnElement[bool]:
    """Of two that start at one moment, and one of which has no length, either could follow the other."""
    is_same_moment = one.started_us == other.started_us
    return or_(one.started_us < other.started_us, and_(is_same_moment, one.contact < other.contact))


def has(kind: Kind, since_us: int) -> ColumnElement[bool]:
    """Whether a friction of this kind holds in it, found in what happened from then on."""
    f = frictions.c
    found = select(f.contact).where(
        f.kind == kind.value, f.at >= rfc3339(since_us), f.state == State.RAISED.value
    )
    return _c.contact.in_(found)
