"""Who is told, and why not."""

from typing import Any

import pytest
from msgspec.structs import replace

from schemas.frictions import Severity
from services.alerts.core.actions import Action, Impossible, act
from services.alerts.core.board import Board
from services.alerts.core.grouping import Group
from services.alerts.core.names import label
from services.alerts.core.patterns import fits
from services.alerts.core.policy import Silence, matches
from services.alerts.core.reasons import Reason
from services.alerts.core.routing import Route
from tests.alerts.given import MINUTE, QUIET, context, friction, retracted, us


def told(board: Board) -> list[tuple[str, str]]:
    return [(notice.receiver, notice.reason) for notice in board.notices]


def quiet_reasons(board: Board) -> list[str | None]:
    return [entry.reason for entry in board.history if entry.what == "kept_quiet"]


def test_every_receiver_is_told_once_at_the_beginning() -> None:
    board = Board(context("a", "b"))
    for n in range(5):
        board.take(friction(f"f{n}", n), us(n))
    assert told(board) == [("a", Reason.FIRST), ("b", Reason.FIRST)]


def test_a_suspect_friction_opens_nothing_until_its_source_is_back() -> None:
    board = Board(context("a"))
    assert board.take(replace(friction("f1"), suspect=True), us(0)) is Reason.SUSPECT
    assert board.notices == []
    assert board.take(friction("f1"), us(1)) is Reason.OPENED


@pytest.mark.parametrize(
    ("age", "reason"), [(15 * MINUTE, Reason.OPENED), (15 * MINUTE + 0.001, Reason.STALE)]
)
def test_a_stale_friction_opens_nothing_and_15_minutes_are_not_stale(age: float, reason: Reason) -> None:
    board = Board(context("a"))
    assert board.take(friction("f1", age=age), us(0)) is reason
    assert len(board.notices) == len(board.changed) == (reason is Reason.OPENED)


def test_a_stale_or_replayed_friction_joins_nothing_either() -> None:
    board = Board(context("a"))
    board.take(friction("f1"), us(0))
    assert board.take(friction("f2", 1, replay="run"), us(1)) is Reason.REPLAYED
    assert board.take(friction("f3", 1, age=3600), us(1)) is Reason.STALE
    assert board.only.incident.frictions == 1


def test_what_was_over_before_we_saw_it_is_kept_and_wakes_nobody() -> None:
    board = Board(context("a"))
    board.take(friction("f1"), us(QUIET + 1))
    assert told(board) == []
    assert quiet_reasons(board) == [Reason.PAST]


def test_graver_is_told_again_but_not_at_once() -> None:
    board = Board(context("a"))
    board.take(friction("f1"), us(0))
    board.take(friction("f2", 60, severity=Severity.HIGH), us(60))
    assert told(board) == [("a", Reason.FIRST)]
    board.take(friction("f3", 16 * MINUTE), us(16 * MINUTE))
    assert told(board) == [("a", Reason.FIRST), ("a", Reason.WORSENED)]
    assert board.notices[1].message["key"].endswith(":worsened-2")


def test_ten_times_as_many_are_worse() -> None:
    board = Board(context("a"))
    for n in range(10):
        board.take(friction(f"f{n}", n * 2 * MINUTE), us(n * 2 * MINUTE))
    assert told(board) == [("a", Reason.FIRST), ("a", Reason.WORSENED)]


def test_what_is_silenced_is_told_once_the_silence_is_over() -> None:
    silence = Silence(silence_id="s", until_us=us(10), touchpoint="queue:*")
    board = Board(context("a", silences=(silence,)))
    board.take(friction("f1"), us(0))
    board.take(friction("f2", 9), us(9))
    assert told(board) == []
    assert quiet_reasons(board) == [Reason.SILENCED]
    board.take(friction("f3", 10), us(10))
    assert told(board) == [("a", Reason.FIRST)]


@pytest.mark.parametrize(
    ("matchers", "does"),
    [
        ({}, True),
        ({"kind": "long_wait", "tenant": "default", "touchpoint": "queue:billing"}, True),
        ({"touchpoint": "queue:b*"}, True),
        ({"touchpoint": "queue:b"}, False),
        ({"touchpoint": "queue:[b]illing"}, False),
        ({"touchpoint": "queue:?illing"}, False),
        ({"kind": "ivr_maze"}, False),
        ({"tenant": "acme", "touchpoint": "*"}, False),
    ],
)
def test_a_silence_matches_what_it_names(matchers: dict[str, Any], does: bool) -> None:
    silence = Silence(silence_id="s", until_us=0, **matchers)
    assert matches(silence, Group("default", "long_wait", "queue:billing")) is does


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("form:checkout#address[street]", "form:checkout#address[street]"),
        ("form:order[0]*", "form:order[0]#name"),
        ("page:/search?q=*", "page:/search?q=a"),
        ("page:*end", "page:a\nend"),
        (f"page:/{'x' * 300}", f"page:/{'x' * 300}"),
    ],
)
def test_a_touchpoint_fits_itself(pattern: str, name: str) -> None:
    assert fits(pattern, label(name))


def test_many_stars_take_no_time() -> None:
    """An engine that tries every way to divide the name among them would not come back."""
    assert not fits("*a" * 60 + "*b", "a" * 190)


@pytest.mark.parametrize(
    ("wanted", "hears"),
    [
        ({}, True),
        ({"kinds": ("long_wait", "ivr_maze")}, True),
        ({"kinds": ("ivr_maze",)}, False),
        ({"touchpoints": ("form:*", "queue:*")}, True),
        ({"touchpoints": ("queue:sales",)}, False),
        ({"tenants": ("acme",)}, False),
        ({"severity": Severity.MEDIUM}, True),
        ({"severity": Severity.HIGH}, False),
    ],
)
def test_a_receiver_hears_what_it_wants(wanted: dict[str, Any], hears: bool) -> None:
    board = Board(context(routes=(Route(receiver="a", **wanted),)))
    board.take(friction("f1"), us(0))
    assert bool(board.notices) is hears


def test_a_receiver_hears_as_soon_as_it_is_grave_enough_for_it() -> None:
    boss = Route(receiver="boss", severity=Severity.HIGH)
    board = Board(context(routes=(boss, Route(receiver="ops"))))
    board.take(friction("f1"), us(0))
    board.take(friction("f2", 1, severity=Severity.HIGH), us(1))
    board.take(friction("f3", 2, severity=Severity.HIGH), us(2))
    assert told(board) == [("ops", Reason.FIRST), ("boss", Reason.FIRST)]
    board.take(friction("f4", 16 * MINUTE), us(16 * MINUTE))
    assert told(board)[2:] == [("boss", Reason.WORSENED), ("ops", Reason.WORSENED)]


@pytest.mark.parametrize(
    ("action", "reason"), [(Action.ACKNOWLEDGE, Reason.ACKNOWLEDGED), (Action.NOT_USEFUL, Reason.NOT_USEFUL)]
)
def test_people_can_make_it_keep_quiet(action: Action, reason: Reason) -> None:
    board = Board(context("a"))
    board.take(friction("f1"), us(0))
    act(board, board.only, action, "Ann", None, us(1))
    for n in (16, 17):
        board.take(friction(f"f{n}", n * MINUTE, severity=Severity.HIGH), us(n * MINUTE))
    assert told(board) == [("a", Reason.FIRST)]
    assert quiet_reasons(board) == [reason]


def test_escalating_tells_everybody_again_and_gives_it_back() -> None:
    board = Board(context("a"))
    board.take(friction("f1"), us(0))
    act(board, board.only, Action.ACKNOWLEDGE, "Ann", None, us(1))
    act(board, board.only, Action.ESCALATE, "Ann", "too big for me", us(2))
    assert told(board)[1:] == [("a", Reason.ESCALATED)]
    assert "Ann asks for help: too big for me" in board.notices[1].message["message"]
    assert board.only.incident.acknowledged_by is None


def test_what_is_closed_cannot_be_acknowledged_but_commented() -> None:
    board = Board(context())
    board.take(friction("f1"), us(0))
    act(board, board.only, Action.RESOLVE, "Ann", None, us(1))
    with pytest.raises(Impossible, match="closed"):
        act(board, board.only, Action.ACKNOWLEDGE, "Ann", None, us(2))
    act(board, board.only, Action.COMMENT, "Ann", "it was the router", us(3))
    assert [entry.what for entry in board.history] == ["opened", "resolved", "commented"]


def test_ends_are_told_to_those_who_keep_a_list_or_when_it_is_asked_for() -> None:
    listing = Route(receiver="list", hears_ends=True)
    for more, expected in (({}, ["list"]), ({"tells_closed": True}, ["a", "list"])):
        board = Board(context(routes=(Route(receiver="a"), listing), **more))
        board.take(friction("f1"), us(0))
        board.take(retracted("f1", 1), us(1))
        assert [receiver for receiver, reason in told(board) if reason == Reason.CLOSED] == expected
