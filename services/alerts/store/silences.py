"""Silences: of what, until when, by whom."""

from typing import Any

from sqlalchemy import Connection, delete, insert, select

from schemas.times import rfc3339
from services.alerts.core.policy import Silence
from services.alerts.store.tables import silences
from services.database.cursor import Cursor
from services.database.paging import Order, Page, page

ORDER = Order(silences.c.created_at, silences.c.silence_id)
Document = dict[str, Any]


def standing(connection: Connection, now_us: int) -> tuple[Silence, ...]:
    column = silences.c
    query = select(column.silence_id, column.until_us, column.kind, column.touchpoint, column.tenant)
    return tuple(Silence(**row._mapping) for row in connection.execute(query.where(column.until_us > now_us)))


def list_silences(connection: Connection, cursor: Cursor | None, limit: int) -> tuple[list[Document], Page]:
    found = page(connection, select(silences), ORDER, cursor, limit)
    return [shown(dict(row._mapping)) for row in found.rows], found


def add(connection: Connection, row: Document) -> None:
    connection.execute(insert(silences).values(**row))


def remove(connection: Connection, silence_id: str) -> bool:
    return connection.execute(delete(silences).where(silences.c.silence_id == silence_id)).rowcount > 0


def shown(row: Document) -> Document:
    # SQLAlchemy's names are texts of a kind that orjson refuses.
    return {str(name): value for name, value in row.items() if name != "until_us"} | {
        "until": rfc3339(row["until_us"])
    }
