"""The consumer's turns on the database: what frictions do, and their offsets, in one transaction."""

from collections.abc import Sequence
from typing import Protocol

import structlog
from sqlalchemy import Connection, Engine

from services import repeats
from services.alerts import outbox
from services.alerts.core.board import Board, Context
from services.alerts.core.reading import friction_of
from services.alerts.metrics import FRICTIONS, NOTICES, SKIPPED
from services.alerts.store import boards
from services.alerts.store.tables import batches, offsets
from services.database.offsets import store_batches, store_offsets

log = structlog.get_logger()

#: So long a notice waits for a receiver that nobody names any more.
NOBODYS_US = 24 * 3600 * 1_000_000


class Record(repeats.Record, Protocol):
    """What of a consumed record matters here; aiokafka's has it."""

    @property
    def offset(self) -> int: ...
    @property
    def value(self) -> bytes | None: ...


def take(
    connection: Connection, context: Context, records: Sequence[Record], heard: repeats.Heard, now_us: int
) -> Board:
    """Commits; on any error nothing of it stands."""
    read = [(friction_of(record.value), heard.is_repeat(record)) for record in records]
    frictions = [(friction, is_repeat) for friction, is_repeat in read if friction is not None]
    with connection.begin():
        board = boards.board_for(connection, context, [friction for friction, _ in frictions], now_us)
        for friction, is_repeat in frictions:
            board.take(friction, now_us, is_repeat=is_repeat)
        boards.save(connection, board, now_us)
        ends = {(record.topic, record.partition): record.offset + 1 for record in records}
        store_offsets(connection, offsets, ends)
        store_batches(connection, batches, heard.take_news())
    SKIPPED.inc(len(read) - len(frictions))
    for (reason, kind), number in board.reasons.items():
        FRICTIONS.labels(reason, kind).inc(number)
    count(board)
    return board


def is_any_quiet(engine: Engine, context: Context, now_us: int) -> bool:
    with engine.connect() as connection:
        return boards.has_quiet(connection, context, now_us)


def close_quiet(connection: Connection, context: Context, now_us: int) -> None:
    with connection.begin():
        board = boards.board_of_quiet(connection, context, now_us)
        if board is None:
            return
        board.close_quiet(now_us)
        boards.save(connection, board, now_us)
    count(board)


def give_up_nobodys(connection: Connection, context: Context, now_us: int) -> None:
    """Who was taken out of the settings is waited for a day: another replica may have others still."""
    receivers = [route.receiver for route in context.routes]
    with connection.begin():
        number = outbox.give_up_nobodys(connection, receivers, now_us - NOBODYS_US, now_us)
    if number:
        log.warning("notices_given_up", number=number, reason=outbox.NOBODY)


def count(board: Board) -> None:
    for notice in board.notices:
        NOTICES.labels(notice.reason).inc()
