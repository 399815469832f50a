"""Lists, newest first, a page at a time: each page goes on behind the last row of the one before."""

from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Row, Select, func, select, tuple_

from services.database.cursor import Cursor

#: Totals are exact up to here; counting further would cost more than it tells.
TOTAL_MAX = 10_000


class Page(NamedTuple):
    rows: list[Row[Any]]
    next: Cursor | None
    total: int
    is_exact: bool


class Order(NamedTuple):
    """What a list is sorted by, downwards: a moment and, of equal ones, the key."""

    at: Column[str]
    key: Column[str]


def page(connection: Connection, query: Select[Any], order: Order, cursor: Cursor | None, limit: int) -> Page:
    total = _total(connection, query)
    if cursor is not None:
        query = query.where(tuple_(order.at, order.key) < tuple_(cursor.at, cursor.key))
    query = query.order_by(order.at.desc(), order.key.desc()).limit(limit + 1)
    rows = list(connection.execute(query))
    following = _cursor(rows[limit - 1], order) if len(rows) > limit else None
    return Page(rows[:limit], following, min(total, TOTAL_MAX), total <= TOTAL_MAX)


def _total(connection: Connection, query: Select[Any]) -> int:
    counted = query.limit(TOTAL_MAX + 1).subquery()
    return connection.execute(select(func.count()).select_from(counted)).scalar_one()


def _cursor(row: Row[Any], order: Order) -> Cursor:
    return Cursor(row._mapping[order.at], row._mapping[order.key])
