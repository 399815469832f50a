"""Boards from the database and back, within the caller's transaction."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, func, insert, select, tuple_

from schemas.frictions import Friction
from services.alerts import outbox
from services.alerts.core.board import Board, Context, Member
from services.alerts.core.grouping import Group, Held, group_of
from services.alerts.core.names import label
from services.alerts.store import tables
from services.alerts.store.silences import standing
from services.database.statements import chunks, upsert

_HELD = msgspec.json.Decoder(Held)


def board_for(connection: Connection, context: Context, frictions: Sequence[Friction], now_us: int) -> Board:
    """The incidents that these frictions may touch."""
    members = _members(connection, sorted({label(friction.friction_id) for friction in frictions}))
    groups = sorted({group_of(friction) for friction in frictions})
    held = {one.incident.incident_id: one for one in _open_of(connection, groups)}
    elsewhere = sorted({member.incident_id for member in members} - held.keys())
    for chunk in chunks(elsewhere):
        for one in _held(connection, tables.incidents.c.incident_id.in_(chunk)):
            held[one.incident.incident_id] = one
    context = replace(context, silences=standing(connection, now_us))
    return Board(context, held.values(), members, _ordinals(connection, groups))


def board_of(connection: Connection, context: Context, incident_id: str, now_us: int) -> Board | None:
    """One incident, for what a person does to it."""
    held = held_by_id(connection, incident_id)
    if held is None:
        return None
    return Board(replace(context, silences=standing(connection, now_us)), [held])


def board_of_quiet(connection: Connection, context: Context, now_us: int) -> Board | None:
    """The open incidents whose quiet period has passed; None where there are none."""
    if not has_quiet(connection, context, now_us):
        return None
    return Board(context, _held(connection, _is_quiet(context, now_us)))


def has_quiet(connection: Connection, context: Context, now_us: int) -> bool:
    query = select(tables.incidents.c.incident_id).where(_is_quiet(context, now_us)).limit(1)
    return connection.execute(query).first() is not None


def held_by_id(connection: Connection, incident_id: str) -> Held | None:
    found = _held(connection, tables.incidents.c.incident_id == label(incident_id))
    return found[0] if found else None


def save(connection: Connection, board: Board, now_us: int) -> None:
    """Closed ones first: a group has one open incident at a time, also within the transaction."""
    changed = sorted(board.changed.values(), key=lambda held: not held.is_closed)
    if changed:
        connection.execute(upsert(connection, tables.incidents), [_row(held) for held in changed])
    if board.changed_members:
        rows = [_member_row(key, member) for key, member in board.changed_members.items()]
        connection.execute(upsert(connection, tables.members), rows)
    if board.history:
        rows = [
            {"incident_id": entry.incident_id, "body": msgspec.json.encode(entry)} for entry in board.history
        ]
        connection.execute(insert(tables.history), rows)
    outbox.enqueue(connection, board.notices, now_us)


def _row(held: Held) -> dict[str, Any]:
    incident = held.incident
    return {
        "incident_id": incident.incident_id,
        "tenant": label(incident.tenant),
        "kind": incident.kind.value,
        "touchpoint": label(incident.touchpoint),
        "state": incident.state.value,
        "closed_as": incident.closed_as.value if incident.closed_as else None,
        "opened_at": incident.opened_at,
        "last_us": held.last_us,
        "is_news": True,
        "revision": incident.revision,
        "body": msgspec.json.encode(held),
    }


def _member_row(friction_id: str, member: Member) -> dict[str, Any]:
    return {
        "friction_id": label(friction_id),
        "incident_id": member.incident_id,
        "at": member.at,
        "is_raised": member.is_raised,
    }


def _members(connection: Connection, labels: list[str]) -> list[Member]:
    column = tables.members.c
    found: list[Member] = []
    for chunk in chunks(labels):
        rows = connection.execute(select(tables.members).where(column.friction_id.in_(chunk)))
        found += [Member(**row._mapping) for row in rows]
    return found


def _open_of(connection: Connection, groups: list[Group]) -> Iterable[Held]:
    column = tables.incidents.c
    for chunk in chunks(groups):
        yield from _held(connection, column.closed_as.is_(None), _is_of(chunk))


def _ordinals(connection: Connection, groups: list[Group]) -> dict[Group, int]:
    column = tables.incidents.c
    counted: dict[tuple[str, ...], int] = {}
    for chunk in chunks(groups):
        names = (column.tenant, column.kind, column.touchpoint)
        query = select(*names, func.count()).where(_is_of(chunk)).group_by(*names)
        counted |= {
            (tenant, kind, place): number for tenant, kind, place, number in connection.execute(query)
        }
    return {group: counted.get(_labels(group), 0) for group in groups}


def _is_of(groups: Sequence[Group]) -> ColumnElement[bool]:
    column = tables.incidents.c
    return tuple_(column.tenant, column.kind, column.touchpoint).in_([_labels(group) for group in groups])


def _labels(group: Group) -> tuple[str, str, str]:
    return label(group.tenant), str(group.kind), label(group.touchpoint)


def _is_quiet(context: Context, now_us: int) -> ColumnElement[bool]:
    column = tables.incidents.c
    return column.closed_as.is_(None) & (column.last_us < now_us - context.limits.quiet_us)


def _held(connection: Connection, *conditions: ColumnElement[bool]) -> list[Held]:
    """Locked until the end of the transaction, in one order, so that two transactions cannot cross."""
    query = select(tables.incidents.c.body).where(*conditions).order_by(tables.incidents.c.incident_id)
    return [_HELD.decode(body) for (body,) in connection.execute(query.with_for_update())]
