"""A help desk's ticket log: one row an activity.

Data: M. Polato, 4TU.ResearchData, doi 10.4121/uuid:0c60edf1-6f83-4e75-9367-4c63b3e9d5bb. Times are
read as UTC. The first activity of a case opens the ticket; `Resolve ticket` and `Closed` resolve it,
and what follows a resolution, other than another one, reopens it. The activity's name stays in `data`.
The account is carried, but identifies nobody: tickets of one customer join one journey however old, and
an account's whole history would be one.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from services.cli.formats.files import FormatError, open_text, rows_of, whole

SOURCE = "//helpdesk/tickets"
RESOLVING = frozenset({"Resolve ticket", "Closed", "RESOLVED", "DUPLICATE", "INVALID", "VERIFIED"})

COLUMNS = frozenset(
    {"Case ID", "Activity", "Resource", "Complete Timestamp", "customer", "product", "workgroup", "Event_ID"}
)

Row = dict[str, str]
Raw = dict[str, Any]


def read(path: Path) -> Iterator[Raw]:
    """All events, in the order they happened; within a case, in the file's order."""
    with open_text(path) as lines:
        rows = rows_of(path, lines, COLUMNS)
        try:
            numbered = [(_time(whole(row)), number, row) for number, row in enumerate(rows)]
        except (TypeError, ValueError) as error:
            raise FormatError(f"{path}:{rows.line_num}: not a row of the help desk's log: {error}") from None
    numbered.sort(key=lambda entry: entry[:2])
    resolved: dict[str, bool] = {}
    for time, number, row in numbered:
        yield _event(row, time, number, _type(row, resolved))


def _type(row: Row, resolved: dict[str, bool]) -> str:
    case, resolves = row["Case ID"], row["Activity"] in RESOLVING
    was_resolved = resolved.get(case)
    resolved[case] = resolves
    if was_resolved is None:
        return "ticket.opened"
    if resolves:
        return "ticket.resolved"
    return "ticket.reopened" if was_resolved else "ticket.updated"


def _event(row: Row, time: str, number: int, name: str) -> Raw:
    return {
        "specversion": "1.0",
        "id": f"{row['Case ID']}:{row['Event_ID']}",
        "source": SOURCE,
        "type": name,
        "time": time,
        "sequence": str(number),
        "subject": row["Case ID"],
        "data": {
            "account": row["customer"],
            "activity": row["Activity"],
            "agent": row["Resource"],
            "topic": row["product"],
            "workgroup": row["workgroup"],
        },
    }


def _time(row: Row) -> str:
    at = datetime.strptime(row["Complete Timestamp"], "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
