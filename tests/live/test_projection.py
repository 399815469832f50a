"""Records to rows: each counts once, the right copy stands, and what cannot be read stops nothing."""

import itertools
from collections.abc import Iterator

import orjson
import pytest
from sqlalchemy import Connection, Engine, event, func, insert, select

from schemas.topics import FRICTIONS, JOURNEYS
from services.database.offsets import stored_batches, stored_offsets
from services.database.opening import WrongDatabase
from services.live.core.batch import REPEAT, batch_of
from services.live.store import tables, writes
from services.live.store.database import open_database
from services.repeats import Batch, Heard, header_of
from tests.live.conftest import Api
from tests.live.given import (
    RECEIVED_MS,
    Given,
    contact,
    customer,
    decided,
    feed,
    friction,
    journey,
    numbered,
    report,
    retracted,
    wait,
)
from tests.live.given import event as step


def _count(engine: Engine, table: object) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]


def _steps(engine: Engine) -> list[bytes]:
    with engine.connect() as connection:
        rows = connection.execute(select(tables.events.c.body, tables.events.c.rank))
        return sorted(bytes(row.rank) + bytes(row.body) for row in rows)


def test_the_same_copy_stands_in_whatever_order_copies_come(engine: Engine) -> None:
    copies = [
        step("call.queued", id="e1", queue="a"),
        step("call.queued", id="e1", queue="b", sequence="9"),
        step("call.queued", id="e1", queue="c", sequence="10"),
        step("call.queued", id="e1", queue="c", sequence="10", replay="r1"),
        step("call.queued", id="e1", queue="d", sequence="10"),
    ]
    standing = set()
    for order in itertools.permutations(copies):
        for cut in (0, 2):
            feed(engine, *order[:cut])
            feed(engine, *order[cut:])
            standing.add(tuple(_steps(engine)))
            with engine.begin() as connection:
                connection.execute(tables.events.delete())
    assert len(standing) == 1
    assert len(standing.pop()) == 1


def test_one_id_in_two_contacts_or_tenants_is_two_events(engine: Engine) -> None:
    feed(engine, *(step("call.queued", subject, id="e1") for subject in ("a", "b")))
    feed(engine, step("call.queued", "a", id="e1", tenant="acme"), step("call.queued", "a", id="e1"))
    assert _count(engine, tables.events) == 3


def test_it_skips_what_is_no_event(engine: Engine) -> None:
    future = step("call.queued")._replace(timestamp=0)
    broken = [
        future,
        Given("events.call", b"{"),
        step("fax.sent")._replace(topic="events.call"),
        Given("events.call", None),
    ]
    batch = feed(engine, *broken)
    assert _count(engine, tables.events) == 0
    assert set(batch.skipped) == {
        ("events.call", reason) for reason in ("in_future", "not_json", "unknown_channel", "tombstone")
    }


def test_it_goes_on_behind_records_that_it_cannot_read(engine: Engine) -> None:
    batch = feed(engine, Given(JOURNEYS.name, b"{}"), Given(FRICTIONS.name, b"\xff"), journey("j1"))
    assert [topic for topic, _, _ in batch.unreadable] == [JOURNEYS.name, FRICTIONS.name]
    assert _count(engine, tables.journeys) == 1


def test_it_takes_texts_that_databases_dislike(engine: Engine) -> None:
    ugly = "\0" + "é" * 900
    feed(engine, step("call.queued", ugly, queue=ugly, tenant=ugly, replay=ugly), report(ugly, "contacts/0"))
    feed(engine, contact(ugly, customer_key=ugly, queue=ugly, waits=(wait(ugly, 0),)))
    feed(engine, customer(ugly, phone=ugly), journey(ugly, goal=ugly), friction(ugly, touchpoint=ugly))
    assert _count(engine, tables.frictions) == 1
    with engine.connect() as connection:
        assert writes.done_parts(connection) == {ugly: {"contacts/0"}}
        assert writes.events_of_run(connection, ugly) == 1


def test_the_last_record_of_a_key_holds(engine: Engine, api: Api) -> None:
    feed(engine, journey("j1"), journey("j1", goal="other"), friction("f1"), retracted("f1"))
    feed(engine, contact(waits=(wait("a", 0), wait("b", 1))), customer(phone="+1"))
    feed(engine, contact(waits=(wait("c", 0),)), customer(phone="+2"))
    assert api.read("/v1/journeys/j1")["goal"] == "other"
    assert api.read("/v1/frictions")["items"][0]["state"] == "retracted"
    assert [queue["queue"] for queue in api.read("/v1/queues")["items"]] == ["c"]
    assert api.get("/v1/customers/lookup", phone="+1").status_code == 404
    assert api.read("/v1/customers/lookup", phone="+2")["customer_key"] == "c1"


def test_what_a_replaced_worker_writes_late_is_passed_over(engine: Engine, api: Api) -> None:
    """Also after a restart of ours: the newest batches are kept with the offsets."""
    older, newer = header_of("customers/0", Batch("a", 7)), header_of("customers/0", Batch("a", 8))
    now = [
        journey("j1", goal="now"), retracted("f1"), contact(waits=(wait("now", 0),)),
        customer(phone="+2"), decided(2, "phone", "+2", "c1"),
    ]  # fmt: skip
    before = [
        journey("j1", goal="then"), friction("f1"), contact(waits=(wait("then", 0),)),
        customer(phone="+1"), decided(1, "phone", "+2", "c0"),
    ]  # fmt: skip
    for records, header in ((now, newer), (before, older)):
        with engine.connect() as connection:
            with connection.begin():
                heard = Heard(stored_batches(connection, tables.batches))
            batch = batch_of([one._replace(headers=(header,)) for one in numbered(records)], heard.is_repeat)
            writes.apply(connection, batch, RECEIVED_MS, heard.take_news())
    assert batch.skipped == {(one.topic, REPEAT): 1 for one in before}
    assert batch.offsets
    assert api.read("/v1/journeys/j1")["goal"] == "now"
    assert api.read("/v1/frictions")["items"][0]["state"] == "retracted"
    assert [queue["queue"] for queue in api.read("/v1/queues")["items"]] == ["now"]
    assert api.read("/v1/customers/lookup", phone="+2")["customer_key"] == "c1"


def test_what_is_late_holds_where_compaction_left_nothing_else(engine: Engine, api: Api) -> None:
    """As a read model made anew finds it: of some keys the newest record is there, of others a late one."""
    older, newer = header_of("customers/0", Batch("a", 7)), header_of("customers/0", Batch("a", 8))
    late = [
        journey("j1"), friction("f1"), contact(waits=(wait("here", 0),)), customer(phone="+1"),
        decided(1, "phone", "+1", "c1"),
    ]  # fmt: skip
    records = [
        *(
            one._replace(headers=(newer,))
            for one in (journey("j2"), friction("f2"), customer("c2", phone="+2"))
        ),
        decided(2, "phone", "+2", "c2")._replace(headers=(newer,)),
        contact("call-2")._replace(headers=(newer,)),
        *(one._replace(headers=(older,)) for one in late),
    ]
    batch = batch_of(numbered(records), Heard({}).is_repeat)
    with engine.connect() as connection:
        writes.apply(connection, batch, RECEIVED_MS)
    assert batch.skipped == {(one.topic, REPEAT): 1 for one in late}
    assert {one["journey_id"] for one in api.read("/v1/journeys")["items"]} == {"j1", "j2"}
    assert {one["friction_id"] for one in api.read("/v1/frictions")["items"]} == {"f1", "f2"}
    assert [queue["queue"] for queue in api.read("/v1/queues")["items"]] == ["here"]
    assert api.read("/v1/customers/lookup", phone="+1")["customer_key"] == "c1"


def test_a_database_of_an_earlier_release_gets_the_tables_that_only_add(
    engine: Engine, database_url: str
) -> None:
    tables.batches.drop(engine)
    again = open_database(database_url)
    with again.connect() as connection:
        assert stored_batches(connection, tables.batches) == {}
    again.dispose()


def test_it_remembers_how_far_it_came(engine: Engine) -> None:
    records = [step("call.queued")._replace(partition=p, offset=10 * p) for p in range(3)]
    with engine.connect() as connection:
        writes.apply(connection, batch_of(records), RECEIVED_MS)
        assert stored_offsets(connection, tables.offsets) == {
            ("events.call", p): 10 * p + 1 for p in range(3)
        }


@pytest.fixture
def failing_commit(engine: Engine) -> Iterator[None]:
    def fail(_: Connection) -> None:
        raise RuntimeError("the power went")

    event.listen(engine, "commit", fail)
    yield
    event.remove(engine, "commit", fail)


@pytest.mark.usefixtures("failing_commit")
def test_effects_and_offsets_stand_or_fall_together(engine: Engine) -> None:
    with pytest.raises(RuntimeError, match="power"):
        feed(engine, step("call.queued"), journey("j1"), friction("f1"), contact(), customer(phone="+1"))
    for table in tables.metadata.sorted_tables:
        assert _count(engine, table) == (1 if table is tables.meta else 0), table.name


def test_it_counts_the_events_of_a_run(engine: Engine) -> None:
    feed(engine, *(step("call.queued", seconds=n, replay="r1") for n in range(3)))
    feed(engine, step("call.queued", seconds=9, replay="r1"), step("call.queued", seconds=10))
    with engine.connect() as connection:
        assert writes.events_of_run(connection, "r1") == 4
        assert writes.events_of_run(connection, "r2") == 0


def test_the_log_of_changes_is_numbered_in_order_and_pruned(engine: Engine) -> None:
    for n in range(5):
        feed(engine, journey("j1"), friction(f"f{n}"))
    with engine.connect() as connection:
        writes.prune_changes(connection, kept=4)
        numbers = [
            row.seq for row in connection.execute(select(tables.changes.c.seq).order_by(tables.changes.c.seq))
        ]
    assert numbers == list(range(RECEIVED_MS + 7, RECEIVED_MS + 11))


def test_it_refuses_a_database_of_another_version(engine: Engine, database_url: str) -> None:
    open_database(database_url).dispose()
    with engine.begin() as connection:
        connection.execute(tables.meta.update().values(value="0"))
    with pytest.raises(WrongDatabase, match="drop the database"):
        open_database(database_url)


def test_it_refuses_a_database_whose_version_is_unknown(engine: Engine, database_url: str) -> None:
    tables.meta.drop(engine)
    with pytest.raises(WrongDatabase, match="version unknown"):
        open_database(database_url)
    tables.meta.create(engine)
    with engine.begin() as connection:
        connection.execute(insert(tables.meta).values(name="schema", value=tables.SCHEMA_VERSION))
    open_database(database_url).dispose()


def test_offsets_only_grow_with_their_records(engine: Engine) -> None:
    first, second = numbered([journey("j1"), journey("j2")])
    assert second.offset == first.offset + 1
    batch = batch_of([first, second])
    assert batch.offsets == {(JOURNEYS.name, 0): second.offset + 1}
    assert orjson.loads(batch.journeys["j2"]["body"])["journey_id"] == "j2"
