"""What is written is sent, once, whoever dies when; on SQLite and PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine

from services.alerts import outbox, turns
from services.alerts.core.backoff import Pauses
from services.alerts.core.board import Context, Notice
from services.alerts.core.policy import Limits
from services.alerts.core.routing import Route
from services.alerts.outbox import Claim
from services.alerts.receivers import Receiver
from services.alerts.sender import Sender, wall_us
from services.alerts.transports.errors import TransportError
from services.database.opening import writing
from tests.alerts.conftest import FakeTransport


def notice(occasion: str = "first", incident_id: str = "i1", receiver: str = "ops") -> Notice:
    message = {"key": f"{incident_id}:{occasion}", "title": "t"}
    return Notice(
        incident_id=incident_id, receiver=receiver, occasion=occasion, reason="first", message=message
    )


def enqueue(engine: Engine, *notices: Notice) -> None:
    with writing(engine) as connection:
        outbox.enqueue(connection, notices, wall_us())


def rows(engine: Engine, incident_id: str = "i1") -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return outbox.of_incident(connection, incident_id)


def claim_next(engine: Engine, lapses_seconds: float = 60) -> Claim | None:
    now_us = wall_us()
    with engine.connect() as connection:
        number = outbox.next_due(connection, "ops", now_us)
    if number is None:
        return None
    with writing(engine) as connection:
        return outbox.claim(connection, number, now_us, now_us + int(lapses_seconds * 1e6))


@pytest.fixture
def sender(engine: Engine, receiver: Receiver) -> Sender:
    return Sender(engine, receiver, Pauses(first_seconds=0.01, longest_seconds=0.02), 1.0)


def test_the_same_occasion_is_written_once(engine: Engine) -> None:
    enqueue(engine, notice(), notice())
    enqueue(engine, notice(), notice("worsened-2"), notice(receiver="other"))
    assert [row["occasion"] for row in rows(engine)] == ["first", "worsened-2", "first"]


def test_it_is_sent_once_and_settled(engine: Engine, sender: Sender, transport: FakeTransport) -> None:
    enqueue(engine, notice())
    assert sender.send_one()
    assert not sender.send_one()
    assert [message["key"] for message in transport.got] == ["i1:first"]
    assert [(row["state"], row["attempts"]) for row in rows(engine)] == [("sent", 1)]


def test_of_many_claimants_one_gets_it(engine: Engine) -> None:
    enqueue(engine, *(notice(incident_id=f"i{n}") for n in range(20)))
    with ThreadPoolExecutor(8) as pool:
        claims = [claim for claim in pool.map(lambda _: claim_next(engine), range(100)) if claim]
    claims += iter(lambda: claim_next(engine), None)
    assert len(claims) == len({claim.key for claim in claims}) == 20


def test_of_one_incident_nothing_overtakes_what_came_before(
    engine: Engine, sender: Sender, transport: FakeTransport
) -> None:
    transport.failures = [TransportError("down", wait_seconds=0.5)]
    enqueue(engine, notice("first"))
    assert sender.send_one()
    enqueue(engine, notice("closed-2"), notice("first", "i2"))
    while len(transport.got) < 3:
        sender.send_one()
    assert [message["key"] for message in transport.got] == ["i2:first", "i1:first", "i1:closed-2"]


def test_who_was_taken_out_of_the_settings_is_waited_for_a_day(engine: Engine) -> None:
    enqueue(engine, notice(), notice(receiver="gone"), notice("again", receiver="gone"))
    context = Context(
        limits=Limits(stale_us=1, quiet_us=1, worsened_us=1), routes=(Route(receiver="ops"),), silences=(),
        live_page="", tells_closed=False,
    )  # fmt: skip
    for later_us, gone in ((0, "waiting"), (turns.NOBODYS_US + 1_000_000, "refused")):
        with engine.connect() as connection:
            turns.give_up_nobodys(connection, context, wall_us() + later_us)
        states = [(row["receiver"], row["state"]) for row in rows(engine)]
        assert states == [("ops", "waiting"), ("gone", gone), ("gone", gone)]
    with engine.connect() as connection:
        assert set(outbox.backlog(connection)) == {"ops"}
    assert rows(engine)[1]["error"] == outbox.NOBODY


def test_what_the_receiver_left_out_is_in_the_history(
    engine: Engine, sender: Sender, transport: FakeTransport
) -> None:
    transport.remark = "but not to 1 of 2"
    enqueue(engine, notice())
    assert sender.send_one()
    assert [(row["state"], row["error"]) for row in rows(engine)] == [("sent", "but not to 1 of 2")]


def test_it_is_tried_again_until_it_is_taken(
    engine: Engine, sender: Sender, transport: FakeTransport
) -> None:
    transport.failures = [TransportError("down") for _ in range(4)]
    enqueue(engine, notice())
    while not transport.got:
        sender.send_one()
    (row,) = rows(engine)
    assert (row["state"], row["attempts"], row["error"]) == ("sent", 5, None)


def test_what_is_refused_for_good_is_not_tried_again(
    engine: Engine, sender: Sender, transport: FakeTransport
) -> None:
    transport.failures = [TransportError("410 Gone", is_permanent=True)]
    enqueue(engine, notice())
    sender.send_one()
    assert not sender.send_one()
    assert [(row["state"], row["error"]) for row in rows(engine)] == [("refused", "410 Gone")]


def test_a_claim_of_a_dead_sender_lapses_and_the_same_message_is_sent(
    engine: Engine, sender: Sender, transport: FakeTransport
) -> None:
    enqueue(engine, notice())
    dead = claim_next(engine, lapses_seconds=0)
    assert dead is not None
    assert sender.send_one()
    assert transport.got == [dead.message]
    assert [row["attempts"] for row in rows(engine)] == [2]


def test_who_comes_too_late_settles_nothing(engine: Engine) -> None:
    enqueue(engine, notice())
    slow = claim_next(engine, lapses_seconds=0)
    fast = claim_next(engine)
    assert slow is not None
    assert fast is not None
    with writing(engine) as connection:
        outbox.refused(connection, slow, wall_us(), "gone")
    assert [row["state"] for row in rows(engine)] == ["claimed"]
    with writing(engine) as connection:
        outbox.sent(connection, fast, wall_us())
    assert [row["state"] for row in rows(engine)] == ["sent"]


def test_the_receivers_wish_to_wait_is_heard(
    engine: Engine, receiver: Receiver, transport: FakeTransport
) -> None:
    transport.failures = [TransportError("429", wait_seconds=30)]
    sender = Sender(engine, receiver, Pauses(first_seconds=0.01, longest_seconds=60), 1.0)
    enqueue(engine, notice())
    sender.send_one()
    assert not sender.send_one()
    assert rows(engine)[0]["next_try_at"] > rows(engine)[0]["queued_at"]


def test_a_fault_of_ours_ends_the_process(engine: Engine, receiver: Receiver) -> None:
    class Broken:
        def deliver(self, message: dict[str, Any]) -> None:
            raise KeyError("bug")

    faults: list[BaseException] = []
    broken = Receiver(route=receiver.route, kind="x", address="", transport=Broken())
    enqueue(engine, notice())
    Sender(engine, broken, Pauses(), 1.0, faults.append).run()
    assert [type(fault) for fault in faults] == [KeyError]
