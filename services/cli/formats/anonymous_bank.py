"""A bank's call centre: one row a call, through IVR, queue and agent.

Data: I. Guedj and A. Mandelbaum, Technion; see Brown et al., JASA 2005. Times are read as UTC;
one more than 12 hours before the call's `vru_entry` is past midnight. `0:00:00` in a start or exit
column means that it did not happen. PHANTOM rows are no calls.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from services.cli.formats.files import FormatError, open_text, rows_of, whole

SOURCE = "//anonymous-bank/pbx"
HALF_A_DAY = timedelta(hours=12)
NEVER = "0:00:00"

COLUMNS = frozenset({
    "vru+line", "call_id", "customer_id", "type", "date", "vru_entry", "vru_exit", "q_start", "q_exit",
    "outcome", "ser_start", "ser_exit", "server",
})  # fmt: skip

Row = dict[str, str]
Raw = dict[str, Any]


def read(path: Path) -> Iterator[Raw]:
    """All events, in the order they happened."""
    with open_text(path) as lines:
        rows = rows_of(path, lines, COLUMNS)
        try:
            calls = (row for row in map(whole, rows) if row["outcome"] != "PHANTOM")
            events = [event for row in calls for event in events_of(row)]
        except (TypeError, ValueError) as error:
            raise FormatError(f"{path}:{rows.line_num}: not a row of the bank's file: {error}") from None
    events.sort(key=lambda event: event["time"])
    yield from events


def events_of(row: Row) -> Iterator[Raw]:
    """The events of one call, in order."""
    entry, left = _moment(row, "vru_entry"), _moment(row, "vru_exit")
    queued, dequeued = _happened(row, "q_start"), _moment(row, "q_exit")
    is_answered = row["outcome"] == "AGENT"
    yield _event(row, "ivr.started", min(entry, left))
    went_on = queued is not None or is_answered
    yield _event(row, "ivr.ended", left, reason="transferred" if went_on else "customer_hangup")
    if queued is not None:
        yield _event(row, "call.queued", queued, queue=row["type"])
        if row["outcome"] == "HANG":
            yield _event(row, "call.abandoned", dequeued)
    if is_answered:
        answered = dequeued if queued is not None else _happened(row, "ser_start") or left
        yield _event(row, "call.answered", answered, queue=row["type"], agent=row["server"])
        yield _event(row, "call.ended", max(_happened(row, "ser_exit") or answered, answered))


def _event(row: Row, name: str, at: datetime, **data: str) -> Raw:
    subject = f"{row['vru+line']}-{row['call_id']}"
    known = {"identifiers": {"customer_id": row["customer_id"]}} if row["customer_id"] != "0" else {}
    return {
        "specversion": "1.0",
        "id": f"{subject}:{name}",
        "source": SOURCE,
        "type": name,
        "time": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "subject": subject,
        "data": known | data,
    }


def _happened(row: Row, column: str) -> datetime | None:
    return None if row[column] == NEVER else _moment(row, column)


def _moment(row: Row, column: str) -> datetime:
    at, entry = _on_day(row, column), _on_day(row, "vru_entry")
    return at + timedelta(days=1) if entry - at > HALF_A_DAY else at


def _on_day(row: Row, column: str) -> datetime:
    return datetime.strptime(f"{row['date']} {row[column]}", "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
