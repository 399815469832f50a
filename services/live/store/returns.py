"""Conditions on a contact by what else there is: contacts of the same customer, frictions found in it."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, literal, or_, select

from schemas.frictions import Kind, State
from schemas.times import rfc3339
from services.live.store.tables import contacts, frictions

_c = contacts.c


def follows(return_us: int) -> ColumnElement[bool]:
    """Whether an earlier contact of the customer ended in time before it, and this is no call-back."""
    earlier = contacts.alias("earlier").c
    in_time = _comes_in_time(earlier, _c, return_us)
    return and_(
        _c.is_call_back.is_(False), exists(select(literal(1)).where(earlier.may_be_repeated, in_time))
    )


def followed(return_us: int) -> ColumnElement[bool]:
    """Whether a later contact of the customer starts in time after its end, and is no call-back."""
    later = contacts.alias("later").c
    in_time = _comes_in_time(_c, later, return_us)
    return exists(select(literal(1)).where(later.may_repeat, later.is_call_back.is_(False), in_time))


def _comes_in_time(one: Any, other: Any, return_us: int) -> ColumnElement[bool]:
    """Whether the other contact starts within this time after the end of the one, of the same customer.

    Of two that start at one moment, and one of which has no length, either could follow the other.
    """
    is_same_moment = one.started_us == other.started_us
    return and_(
        one.customer_key == other.customer_key,
        one.started_at <= other.started_at,  # follows from the rest; the index has it
        or_(one.started_us < other.started_us, and_(is_same_moment, one.contact < other.contact)),
        other.started_us.between(one.ended_us, one.ended_us + return_us),
    )


def has(kind: Kind, since_us: int) -> ColumnElement[bool]:
    """Whether a friction of this kind holds in it, found in what happened from then on."""
    f = frictions.c
    found = select(f.contact).where(
        f.kind == kind.value, f.at >= rfc3339(since_us), f.state == State.RAISED.value
    )
    return _c.contact.in_(found)
