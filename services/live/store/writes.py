"""The one way in: a batch's effects and its offsets in one transaction, so that each record counts once."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, bindparam, delete, func, insert, select

from services.database.offsets import store_batches, store_offsets
from services.database.statements import chunks, upsert, upsert_sum
from services.live.core.batch import Batch
from services.live.core.names import label
from services.live.store.tables import (
    answers,
    batches,
    changes,
    contacts,
    customers,
    events,
    frictions,
    identifiers,
    identities,
    identity_journal,
    identity_trials,
    incidents,
    journeys,
    offsets,
    run_events,
    runs,
    waits,
)
from services.repeats import Newest

#: So far back a reader of the event stream may resume.
CHANGES_MAX = 200_000

Rows = list[dict[str, Any]]
K = TypeVar("K")


def apply(connection: Connection, batch: Batch, now_ms: int, newest: Newest | None = None) -> None:
    """Writes and commits; on any error nothing of it stands. `newest`: batches of the records' writers."""
    with connection.begin():
        moved = _frictions_moved(connection, batch)
        _replace(connection, events, list(batch.events.values()), greatest="rank")
        _replace(connection, answers, list(batch.answers.values()), greatest="rank")
        _replace(connection, contacts, list(batch.contacts.values()))
        _replace_lists(connection, waits, "contact", batch.waits)
        _replace(connection, customers, list(batch.customers.values()))
        _replace_lists(connection, identifiers, "customer_key", batch.identifiers)
        _replace(connection, identities, list(batch.identities.values()))
        _replace(connection, identity_journal, list(batch.journal.values()))
        _replace(connection, identity_trials, list(batch.trials.values()))
        _replace(connection, journeys, list(batch.journeys.values()))
        _replace(connection, frictions, list(batch.frictions.values()))
        _replace(connection, incidents, list(batch.incidents.values()), greatest="revision")
        if batch.late is not None:
            _add_missing(connection, batch.late)
        _log(connection, batch, moved, now_ms)
        _count_runs(connection, batch)
        store_offsets(connection, offsets, batch.offsets)
        store_batches(connection, batches, newest or {})


def _add_missing(connection: Connection, late: Batch) -> None:
    """Of keys that nothing is known of: compaction keeps the last record, be it a late one."""
    _replace(connection, journeys, list(_unknown(connection, journeys, late.journeys).values()))
    _replace(connection, frictions, list(_unknown(connection, frictions, late.frictions).values()))
    _replace(connection, identity_journal, list(late.journal.values()))
    _replace(connection, identities, list(_unknown(connection, identities, late.identities).values()))
    heads = _unknown(connection, contacts, late.contacts)
    _replace(connection, contacts, list(heads.values()))
    _replace_lists(connection, waits, "contact", {key: late.waits[key] for key in heads})
    known = _unknown(connection, customers, late.customers)
    _replace(connection, customers, list(known.values()))
    _replace_lists(connection, identifiers, "customer_key", {key: late.identifiers[key] for key in known})


def _unknown(connection: Connection, table: Table, rows: dict[K, dict[str, Any]]) -> dict[K, dict[str, Any]]:
    (key,) = table.primary_key
    known: set[Any] = set()
    for chunk in chunks(list(rows)):
        known |= {row[0] for row in connection.execute(select(key).where(key.in_(chunk)))}
    return {name: row for name, row in rows.items() if name not in known}


def done_parts(connection: Connection) -> dict[str, set[str]]:
    """The parts that are done, by run."""
    parts: dict[str, set[str]] = {}
    for name, part in connection.execute(select(runs.c.name, runs.c.part).where(runs.c.is_done)):
        parts.setdefault(bytes(name).decode(), set()).add(part)
    return parts


def events_of_run(connection: Connection, run: str) -> int:
    return connection.execute(select(run_events.c.events).where(run_events.c.run == label(run))).scalar() or 0


def prune_changes(connection: Connection, kept: int = CHANGES_MAX) -> None:
    with connection.begin():
        newest = connection.execute(select(func.max(changes.c.seq))).scalar()
        if newest is not None:
            connection.execute(delete(changes).where(changes.c.seq <= newest - kept))


def _replace(connection: Connection, table: Table, rows: Rows, *, greatest: str | None = None) -> None:
    if rows:
        connection.execute(upsert(connection, table, greatest=greatest), rows)


def _replace_lists(connection: Connection, table: Table, owner: str, lists: Mapping[Any, Rows]) -> None:
    if lists:
        of_owner = delete(table).where(table.c[owner] == bindparam("owner_"))
        connection.execute(of_owner, [{"owner_": key} for key in lists])
    if rows := [row for rows in lists.values() for row in rows]:
        connection.execute(insert(table), rows)


def _frictions_moved(connection: Connection, batch: Batch) -> list[str]:
    """Those whose customer or journey is another now: their contact says so, which is told after them."""
    standing = (contacts.c.contact, contacts.c.customer_key, contacts.c.journey_id)
    before: dict[bytes, tuple[str, str | None]] = {}
    for chunk in chunks(list(batch.contacts)):
        rows = connection.execute(select(*standing).where(contacts.c.contact.in_(chunk)))
        before |= {bytes(row.contact): (row.customer_key, row.journey_id) for row in rows}
    after = {key: (row["customer_key"], row["journey_id"]) for key, row in batch.contacts.items()}
    found: list[str] = []
    for chunk in chunks([key for key, owner in after.items() if before.get(key) != owner]):
        query = select(frictions.c.friction_id).where(frictions.c.contact.in_(chunk))
        found += [row.friction_id for row in connection.execute(query)]
    return found


def _log(connection: Connection, batch: Batch, moved: list[str], now_ms: int) -> None:
    """Numbers are given here, by the only writer, so a reader never sees a later one first.

    The first is the time: in a database made anew they go on above those of the old one.
    """
    of_event: dict[str, Iterable[str]] = {
        "friction": dict.fromkeys([*batch.frictions, *moved]),
        "journey": batch.journeys,
        "incident": batch.incidents,
    }
    changed = [(event, key) for event, keys in of_event.items() for key in keys]
    if changed:
        newest = connection.execute(select(func.max(changes.c.seq))).scalar() or now_ms
        connection.execute(
            insert(changes),
            [{"seq": newest + n, "event": event, "id": key} for n, (event, key) in enumerate(changed, 1)],
        )


def _count_runs(connection: Connection, batch: Batch) -> None:
    _replace(connection, runs, list(batch.reports.values()))
    if batch.replayed:
        counts = [{"run": run, "events": number} for run, number in batch.replayed.items()]
        connection.execute(upsert_sum(connection, run_events, "events"), counts)
