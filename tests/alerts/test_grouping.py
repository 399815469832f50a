"""Frictions become incidents: one of a kind at a touchpoint while it lasts, whatever is retracted or late."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.frictions import Kind, Severity
from schemas.incidents import IncidentState
from services.alerts.core.actions import Action, act
from services.alerts.core.board import Board
from services.alerts.core.reasons import Reason
from tests.alerts.given import MINUTE, QUIET, context, friction, retracted, states, us


def test_the_first_opens_and_the_next_join() -> None:
    board = Board(context())
    reasons = [board.take(friction(f"f{n}", n), us(n)) for n in range(3)]
    assert reasons == [Reason.OPENED, Reason.JOINED, Reason.JOINED]
    assert states(board) == [("open", 3, None)]
    assert board.only.incident.title == "Long wait at queue billing, 3 times"


@pytest.mark.parametrize(
    "other", [{"kind": Kind.ABANDONED_CALL}, {"touchpoint": "queue:sales"}, {"tenant": "acme"}]
)
def test_another_kind_place_or_tenant_is_another_incident(other: dict[str, Any]) -> None:
    board = Board(context())
    board.take(friction("f1"), us(0))
    board.take(friction("f2", 1, **other), us(1))
    assert states(board) == [("open", 1, None)] * 2


def test_the_quiet_period_is_strict() -> None:
    board = Board(context())
    board.take(friction("f1"), us(0))
    board.take(friction("f2", QUIET), us(QUIET))
    assert states(board) == [("open", 2, None)]
    board.take(friction("f3", 2 * QUIET + 0.001), us(3 * QUIET))
    assert states(board) == [("closed", 2, "silence"), ("open", 1, None)]


def test_silence_ends_it_at_the_end_of_the_quiet_period() -> None:
    board = Board(context())
    board.take(friction("f1"), us(0))
    board.close_quiet(us(QUIET))
    assert states(board) == [("open", 1, None)]
    board.close_quiet(us(QUIET + 5))
    assert board.only.incident.closed_at == "2026-11-21T10:30:00.000Z"


def test_the_same_again_changes_nothing() -> None:
    board = Board(context("all"))
    for _ in range(3):
        board.take(friction("f1"), us(0))
    assert states(board) == [("open", 1, None)]
    assert len(board.notices) == 1


def test_one_that_is_said_again_graver_makes_its_incident_graver() -> None:
    board = Board(context("a"))
    board.take(friction("f1"), us(0))
    said = len(board.notices)
    assert board.take(friction("f1", severity=Severity.HIGH), us(20 * MINUTE)) is Reason.KNOWN
    assert (board.only.incident.severity, states(board)) == (Severity.HIGH, [("open", 1, None)])
    assert [notice.reason for notice in board.notices[said:]] == [Reason.WORSENED]
    assert board.take(friction("f1", severity=Severity.LOW), us(21 * MINUTE)) is Reason.KNOWN
    assert board.only.incident.severity is Severity.HIGH


def test_a_retracted_one_is_no_longer_counted_and_the_last_ends_the_incident() -> None:
    board = Board(context())
    board.take(friction("f1"), us(0))
    board.take(friction("f2", 1), us(1))
    assert board.take(retracted("f1", 2), us(2)) is Reason.RETRACTED
    assert states(board) == [("open", 1, None)]
    board.take(retracted("f2", 3), us(3))
    assert states(board) == [("closed", 0, "retracted")]


def test_a_retraction_of_what_was_never_counted_is_nothing() -> None:
    board = Board(context())
    assert board.take(retracted("f1"), us(0)) is Reason.UNCOUNTED
    assert board.take(friction("f2", replay="run"), us(0)) is Reason.REPLAYED
    assert board.take(retracted("f2", replay="run"), us(0)) is Reason.UNCOUNTED
    assert board.changed == {}


def test_one_that_is_raised_again_opens_again() -> None:
    board = Board(context())
    board.take(friction("f1"), us(0))
    board.take(retracted("f1", 1), us(1))
    board.take(friction("f1", 2), us(2))
    assert states(board) == [("closed", 0, "retracted"), ("open", 1, None)]


def test_the_gravest_friction_gives_the_severity() -> None:
    board = Board(context())
    for n, severity in enumerate([Severity.LOW, Severity.HIGH, Severity.MEDIUM]):
        board.take(friction(f"f{n}", n, severity=severity), us(n))
    assert board.only.incident.severity is Severity.HIGH


MOMENTS = st.lists(st.integers(0, 6 * 60), min_size=1, max_size=40).map(sorted)


@given(MOMENTS)
def test_any_history_splits_exactly_where_it_is_silent(minutes: list[int]) -> None:
    board = Board(context())
    for number, minute in enumerate(minutes):
        board.take(friction(f"f{number}", minute * MINUTE), us(minute * MINUTE))
    gaps = sum(later - earlier > 30 for earlier, later in itertools.pairwise(minutes))
    assert len(board.changed) == gaps + 1
    assert sum(held.incident.frictions for held in board.changed.values()) == len(minutes)
    assert sum(not held.is_closed for held in board.changed.values()) == 1


STEPS = st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 45)), max_size=60)


@given(STEPS)
def test_counts_are_what_stands_whatever_comes_twice_or_goes(steps: list[tuple[int, bool, int]]) -> None:
    board, minute = Board(context("all")), 0
    standing: set[int] = set()
    for number, is_raised, later in steps:
        minute += later
        make = friction if is_raised else retracted
        (standing.add if is_raised else standing.discard)(number)
        board.take(make(f"f{number}", minute * MINUTE), us(minute * MINUTE))
    counts = [held.incident.frictions for held in board.changed.values()]
    assert sum(counts) == len(standing)
    assert min(counts, default=0) >= 0
    assert sum(not held.is_closed for held in board.changed.values()) <= 1
    assert all(held.incident.frictions for held in board.changed.values() if not held.is_closed)
    occasions = [(notice.incident_id, notice.occasion) for notice in board.notices]
    assert len(occasions) == len(set(occasions)) == len(board.changed)


def test_an_acknowledged_incident_goes_on_collecting() -> None:
    board = Board(context())
    board.take(friction("f1"), us(0))
    held = board.only
    act(board, held, Action.ACKNOWLEDGE, "Ann", None, us(1))
    board.take(friction("f2", 2), us(2))
    assert board.only.incident.state is IncidentState.ACKNOWLEDGED
    assert board.only.incident.frictions == 2
