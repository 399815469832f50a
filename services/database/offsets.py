"""How far topics are read, and what of each writer, in the database that holds what the records did."""

from collections.abc import Mapping

from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, String, Table, select

from services.database.statements import upsert
from services.repeats import Batch, Newest


def offsets_table(name: str, metadata: MetaData) -> Table:
    """The next record to read, of every partition."""
    return Table(
        name, metadata,
        Column("topic", String, primary_key=True),
        Column("partition", Integer, primary_key=True),
        Column("next_offset", BigInteger, nullable=False),
    )  # fmt: skip


def stored_offsets(connection: Connection, table: Table) -> dict[tuple[str, int], int]:
    """The offset of the next record to read, by topic and partition."""
    return {(row.topic, row.partition): row.next_offset for row in connection.execute(select(table))}


def store_offsets(connection: Connection, table: Table, offsets: Mapping[tuple[str, int], int]) -> None:
    """Within the caller's transaction: the one of the records' effects."""
    rows = [
        {"topic": topic, "partition": partition, "next_offset": offset}
        for (topic, partition), offset in offsets.items()
    ]
    if rows:
        connection.execute(upsert(connection, table), rows)


def batches_table(name: str, metadata: MetaData) -> Table:
    """The newest batch of each writer, in every partition: see `services.repeats`."""
    return Table(
        name, metadata,
        Column("topic", String, primary_key=True),
        Column("partition", Integer, primary_key=True),
        Column("writer", String, primary_key=True),
        Column("life", String, nullable=False),
        Column("number", BigInteger, nullable=False),
    )  # fmt: skip


def stored_batches(connection: Connection, table: Table) -> Newest:
    rows = connection.execute(select(table))
    return {(row.topic, row.partition, row.writer): Batch(row.life, row.number) for row in rows}


def store_batches(connection: Connection, table: Table, newest: Newest) -> None:
    """Within the caller's transaction: the one of the records' effects."""
    rows = [
        {"topic": topic, "partition": partition, "writer": writer, **batch._asdict()}
        for (topic, partition, writer), batch in newest.items()
    ]
    if rows:
        connection.execute(upsert(connection, table), rows)
