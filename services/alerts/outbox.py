"""What is to be sent, and what became of it: waiting → claimed → sent or refused.

1. A notice is written in the transaction of what caused it; the second of an incident, receiver and
   occasion is dropped.
2. A sender claims it by one conditional UPDATE; of two that try, one gets nothing.
3. After the attempt it is settled: sent, refused for good, or waiting again, later.
4. A sender that dies in between leaves a claim that lapses. Then it is sent again, with the same key and
   the same words: whoever knows the key knows that he has it.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import orjson
from msgspec import Struct
from sqlalchemy import Connection, exists, func, insert, select, update

from schemas.times import rfc3339
from services.alerts.core.board import Notice
from services.alerts.store.tables import history, outbox
from services.database.statements import insert_into

Message = dict[str, Any]
ERROR_MAX = 500
NOBODY = "the receiver is not in the settings any more"


class Settled(StrEnum):
    WAITING = "waiting"
    CLAIMED = "claimed"
    SENT = "sent"
    REFUSED = "refused"


OPEN = (Settled.WAITING, Settled.CLAIMED)


class Claim(Struct, frozen=True, kw_only=True):
    """Ours until it lapses. `attempts` counts this one."""

    number: int
    incident_id: str
    receiver: str
    reason: str
    attempts: int
    created_us: int
    message: Message

    @property
    def key(self) -> str:
        return str(self.message["key"])


def enqueue(connection: Connection, notices: Sequence[Notice], now_us: int) -> None:
    rows = [
        {
            "incident_id": notice.incident_id,
            "receiver": notice.receiver,
            "occasion": notice.occasion,
            "reason": notice.reason,
            "state": Settled.WAITING,
            "due_us": now_us,
            "attempts": 0,
            "created_us": now_us,
            "body": orjson.dumps(notice.message),
        }
        for notice in notices
    ]
    if rows:
        connection.execute(insert_into(connection, outbox).on_conflict_do_nothing(), rows)


def next_due(connection: Connection, receiver: str, now_us: int) -> int | None:
    """The number of a notice that may be claimed. Of an incident one is sent after the other: its end that
    overtook its beginning would leave the receiver with the beginning."""
    earlier = outbox.alias()
    is_overtaking = exists().where(
        earlier.c.incident_id == outbox.c.incident_id,
        earlier.c.receiver == receiver,
        earlier.c.state.in_(OPEN),
        earlier.c.number < outbox.c.number,
    )
    is_due = (outbox.c.receiver == receiver, outbox.c.state.in_(OPEN), outbox.c.due_us <= now_us)
    query = select(outbox.c.number).where(*is_due, ~is_overtaking).order_by(outbox.c.due_us).limit(1)
    number: int | None = connection.execute(query).scalar()
    return number


def claim(connection: Connection, number: int, now_us: int, lapses_us: int) -> Claim | None:
    """None: another sender got there first."""
    column = outbox.c
    is_open = column.state.in_(OPEN)
    statement = update(outbox).where(column.number == number, is_open, column.due_us <= now_us)
    taken = {"state": Settled.CLAIMED, "due_us": lapses_us, "attempts": column.attempts + 1}
    returned = (column.incident_id, column.receiver, column.reason, column.attempts, column.created_us)
    row = connection.execute(statement.values(taken).returning(*returned, column.body)).first()
    if row is None:
        return None
    fields = dict(row._mapping)
    return Claim(number=number, message=orjson.loads(fields.pop("body")), **fields)


def sent(connection: Connection, done: Claim, now_us: int, remark: str | None = None) -> None:
    if _settle(connection, done, state=Settled.SENT, settled_us=now_us, error=remark):
        _note(connection, done, now_us, "delivered", remark)


def refused(connection: Connection, given_up: Claim, now_us: int, error: str) -> None:
    error = error[:ERROR_MAX]
    if _settle(connection, given_up, state=Settled.REFUSED, settled_us=now_us, error=error):
        _note(connection, given_up, now_us, "refused", error)


def give_up_nobodys(connection: Connection, receivers: Sequence[str], before_us: int, now_us: int) -> int:
    """Refuses what has waited since then for a receiver that is not among these; how many that were."""
    column = outbox.c
    about = (column.number, column.incident_id, column.receiver, column.reason, column.attempts)
    is_nobodys = (column.receiver.not_in(receivers), column.state.in_(OPEN), column.created_us < before_us)
    found = connection.execute(select(*about, column.created_us).where(*is_nobodys)).all()
    for row in found:
        settled = {"state": Settled.REFUSED, "settled_us": now_us, "error": NOBODY}
        connection.execute(update(outbox).where(column.number == row.number).values(settled))
        _note(connection, Claim(**row._mapping, message={}), now_us, "refused", NOBODY)
    return len(found)


def put_back(connection: Connection, failed: Claim, due_us: int, error: str) -> None:
    _settle(connection, failed, state=Settled.WAITING, due_us=due_us, error=error[:ERROR_MAX])


def of_incident(connection: Connection, incident_id: str) -> list[Message]:
    query = select(outbox).where(outbox.c.incident_id == incident_id).order_by(outbox.c.number)
    return [_shown(dict(row._mapping)) for row in connection.execute(query)]


def backlog(connection: Connection) -> dict[str, tuple[int, int]]:
    """By receiver: how many wait, and since when the oldest."""
    column = outbox.c
    is_open = column.state.in_(OPEN)
    query = select(column.receiver, func.count(), func.min(column.created_us)).where(is_open)
    rows = connection.execute(query.group_by(column.receiver))
    return {receiver: (number, since) for receiver, number, since in rows}


def _settle(connection: Connection, mine: Claim, **values: Any) -> bool:
    """Only while the claim is ours: if it lapsed, whoever has it now settles it."""
    column = outbox.c
    is_mine = (column.number == mine.number) & (column.attempts == mine.attempts)
    statement = update(outbox).where(is_mine, column.state == Settled.CLAIMED).values(**values)
    return connection.execute(statement).rowcount > 0


def _note(connection: Connection, about: Claim, now_us: int, what: str, text: str | None) -> None:
    entry = {
        "incident_id": about.incident_id,
        "at_us": now_us,
        "what": what,
        "text": text,
        "reason": about.reason,
        "receiver": about.receiver,
    }
    connection.execute(insert(history), [{"incident_id": about.incident_id, "body": orjson.dumps(entry)}])


def _shown(row: Message) -> Message:
    body = orjson.loads(row["body"])
    settled = row["settled_us"]
    return {name: row[name] for name in ("receiver", "occasion", "reason", "state", "attempts", "error")} | {
        "key": body["key"],
        "title": body["title"],
        "queued_at": rfc3339(row["created_us"]),
        "settled_at": None if settled is None else rfc3339(settled),
        "next_try_at": rfc3339(row["due_us"]) if row["state"] == Settled.WAITING else None,
    }
