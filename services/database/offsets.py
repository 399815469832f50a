"""How far topics are read, in the database that holds what the records did."""

from collections.abc import Mapping

from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, String, Table, select

from services.database.statements import upsert


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
