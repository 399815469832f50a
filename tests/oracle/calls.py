"""The bank's CSV as calls, and the calls as CloudEvents, by data/SOURCES.md."""

import csv
import gzip
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

SOURCE = "//anonymous-bank/pbx"
NEVER = "0:00:00"
DAY = 24 * 60 * 60
HALF_DAY = 12 * 60 * 60


class Call(NamedTuple):
    """One row; every moment is in whole seconds since the epoch, None where it did not happen."""

    subject: str
    customer: str | None
    queue: str
    agent: str
    started: int
    ivr_ended: int
    ivr_reason: str
    queued: int | None
    answered: int | None
    abandoned: int | None
    ended: int | None

    def event_id(self, type_: str) -> str:
        return f"{self.subject}:{type_}"


class Bank(NamedTuple):
    calls: list[Call]
    phantoms: int


def read(path: Path, days: range | None = None) -> Bank:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if days is not None:
        rows = [row for row in rows if int(row["date"].rsplit("-", 1)[1]) in days]
    real = [row for row in rows if row["outcome"] != "PHANTOM"]
    return Bank([_call(row) for row in real], len(rows) - len(real))


def _call(row: dict[str, str]) -> Call:
    entry, left_ivr = _moment(row, "vru_entry"), _moment(row, "vru_exit")
    assert entry is not None, row
    assert left_ivr is not None, row
    queued = _moment(row, "q_start")
    left_queue = None if queued is None else _moment(row, "q_exit")
    to_agent = row["outcome"] == "AGENT"
    answered = _answered(row, left_queue, left_ivr) if to_agent else None
    ended = None if answered is None else max(answered, _moment(row, "ser_exit") or answered)
    return Call(
        subject=f"{row['vru+line']}-{row['call_id']}",
        customer=None if row["customer_id"] == "0" else row["customer_id"],
        queue=row["type"],
        agent=row["server"],
        started=min(entry, left_ivr),
        ivr_ended=left_ivr,
        ivr_reason="transferred" if queued is not None or to_agent else "customer_hangup",
        queued=queued,
        answered=answered,
        abandoned=left_queue if row["outcome"] == "HANG" else None,
        ended=ended,
    )


def _answered(row: dict[str, str], left_queue: int | None, left_ivr: int) -> int:
    if left_queue is not None:
        return left_queue
    served = _moment(row, "ser_start")
    return left_ivr if served is None else served


def _moment(row: dict[str, str], column: str) -> int | None:
    """A clock time of `date`; more than 12 h before the call's entry it is past midnight."""
    if row[column] == NEVER:
        return None
    year, month, day = (int(part) for part in row["date"].split("-"))
    midnight = int(datetime(year, month, day, tzinfo=UTC).timestamp())
    clock = _seconds(row[column])
    if _seconds(row["vru_entry"]) - clock > HALF_DAY:
        clock += DAY
    return midnight + clock


def _seconds(clock: str) -> int:
    hours, minutes, seconds = (int(part) for part in clock.split(":"))
    return (hours * 60 + minutes) * 60 + seconds


def events(calls: Iterable[Call]) -> Iterator[dict[str, Any]]:
    for call in calls:
        yield _event(call, "ivr.started", call.started, {})
        yield _event(call, "ivr.ended", call.ivr_ended, {"reason": call.ivr_reason})
        if call.queued is not None:
            yield _event(call, "call.queued", call.queued, {"queue": call.queue})
        if call.answered is not None:
            yield _event(call, "call.answered", call.answered, {"agent": call.agent, "queue": call.queue})
        if call.abandoned is not None:
            yield _event(call, "call.abandoned", call.abandoned, {})
        if call.ended is not None:
            yield _event(call, "call.ended", call.ended, {})


def _event(call: Call, type_: str, at: int, data: dict[str, Any]) -> dict[str, Any]:
    identifiers = {} if call.customer is None else {"identifiers": {"customer_id": call.customer}}
    return {
        "specversion": "1.0",
        "id": call.event_id(type_),
        "source": SOURCE,
        "type": type_,
        "time": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "subject": call.subject,
        "data": {**identifiers, **data},
    }
