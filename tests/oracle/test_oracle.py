"""The bank's totals, and what one contact decides, on both sides of each limit."""

import os
import random
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from . import bank
from .build import MINUTE, MS, PBX, T0, entered, event, found, moments
from .contacts import Friction, counters, frictions

DATA = Path(os.environ.get("JOURNEYLINE_REAL_DATA") or Path(__file__).parents[2] / ".." / "shared" / "data")
CSV = DATA / "anonymous_bank" / "august_1_to_15.csv.gz"
needs_data = pytest.mark.skipif(not CSV.exists(), reason=f"THE REAL DATA IS NOT HERE: {CSV}")


@cache
def whole_bank() -> bank.Bank:
    return bank.read(CSV)


@needs_data
def test_the_bank_gives_the_published_frictions() -> None:
    kinds = Counter(friction.kind for friction in bank.judge(whole_bank().calls).frictions)
    assert kinds == {"abandoned_call": 5536, "long_wait": 7159, "repeat_contact": 8509, "ivr_maze": 88}


@needs_data
def test_the_bank_gives_the_published_counters() -> None:
    assert bank.judge(whole_bank().calls).counters == (23_469, 3_807, 210, 668)
    assert whole_bank().phantoms == 199


@needs_data
def test_the_bank_gives_the_published_statistics() -> None:
    assert bank.statistics(whole_bank().calls) == {
        "queued": 17_966,
        "answered": 12_220,
        "answered_within_20_s": 1_438,
        "abandoned_at_once": 32,
        "abandoned_at_exactly_5_s": 51,
        "waited_exactly_120_s": 42,
    }


@needs_data
def test_both_oracles_agree_on_the_bank_in_any_order() -> None:
    calls = bank.read(CSV, days=range(1, 4)).calls
    events = list(bank.events(calls))
    random.Random(7).shuffle(events)
    events += events[:1000]
    assert frictions(events) == bank.judge(calls).frictions
    assert counters(events) == bank.judge(calls).counters


@pytest.mark.parametrize(("seconds", "at"), [(0, []), (5, []), (5 + MS, [5 + MS])])
def test_abandoned_call_is_over_5_s(seconds: float, at: list[float]) -> None:
    events = [event("call.queued", 0, queue="billing"), event("call.abandoned", seconds)]
    assert moments("abandoned_call", events) == pytest.approx(at)
    assert counters(events).short_abandons == 1 - len(at)


def test_abandoned_call_shows_its_queue_and_both_events() -> None:
    events = [event("call.queued", 0, queue="billing"), event("call.abandoned", 9, queue="sales")]
    evidence = ("c1:call.queued@0", "c1:call.abandoned@9")
    at_ms = int(T0.timestamp() + 9) * 1000
    assert found("abandoned_call", events) == [
        Friction("abandoned_call", PBX, "c1", at_ms, evidence, "queue:sales")
    ]


def test_an_abandon_without_an_open_wait_counts_for_nothing() -> None:
    events = [event("call.queued", 0), event("call.transferred", 3), event("call.abandoned", 60)]
    assert found("abandoned_call", events) == []
    assert counters(events).short_abandons == 0


@pytest.mark.parametrize(("seconds", "at"), [(120, []), (120 + MS, [120])])
@pytest.mark.parametrize("end", ["answered", "abandoned", "transferred", "ended", "queued"])
def test_long_wait_is_over_120_s(end: str, seconds: float, at: list[float]) -> None:
    events = [event("call.queued", 0), event(f"call.{end}", seconds), event("call.ended", seconds)]
    assert moments("long_wait", events) == at


@pytest.mark.parametrize(("clock", "at"), [(120, []), (120 + MS, [120])])
def test_long_wait_is_raised_while_still_waiting(clock: float, at: list[float]) -> None:
    assert moments("long_wait", [event("call.queued", 0)], clock) == at


def test_long_wait_shows_the_start_and_the_end_once_known() -> None:
    queued, held = event("call.queued", 0), event("call.held", 200)
    assert found("long_wait", [queued, held])[0].evidence == (queued["id"],)
    assert found("long_wait", [queued])[0].touchpoint == "channel:call"
    answered = event("call.answered", 130, queue="sales")
    assert found("long_wait", [queued, answered])[0].evidence == (queued["id"], answered["id"])


def test_each_queued_is_its_own_wait() -> None:
    events = [event("call.queued", 0), event("call.queued", 200), event("call.answered", 400)]
    assert moments("long_wait", events) == [120, 320]


@pytest.mark.parametrize(("nodes", "at"), [("abab", []), ("ababa", [4]), ("ababab", [4, 5]), ("aaaa", [2])])
def test_ivr_loop_is_the_third_entry_of_a_node(nodes: str, at: list[float]) -> None:
    assert moments("ivr_loop", entered(nodes)) == at


def test_ivr_loop_shows_the_three_entries() -> None:
    (loop,) = found("ivr_loop", entered("abaa"))
    assert loop.touchpoint == "node:a"
    assert loop.evidence == tuple(f"c1:ivr.menu_entered@{at}" for at in (0, 2, 3))


@pytest.mark.parametrize(("options", "at"), [(6, []), (7, [3])])
def test_ivr_maze_is_over_6_options(options: int, at: list[float]) -> None:
    events = [event("ivr.started", 0), event("ivr.menu_entered", 3, node="main", options=options)]
    assert moments("ivr_maze", [*events, event("ivr.ended", 5)]) == at


@pytest.mark.parametrize(("nodes", "at"), [("abcda", []), ("abcdae", [5])])
def test_ivr_maze_is_over_4_distinct_nodes(nodes: str, at: list[float]) -> None:
    assert moments("ivr_maze", entered(nodes)) == at


def test_ivr_maze_by_nodes_shows_the_first_entry_of_each() -> None:
    (maze,) = found("ivr_maze", entered("aabcdef"))
    assert maze.touchpoint == "node:e"
    assert maze.evidence == tuple(f"c1:ivr.menu_entered@{at}" for at in (0, 2, 3, 4, 5))


@pytest.mark.parametrize(("seconds", "at"), [(180, []), (180 + MS, [180])])
@pytest.mark.parametrize("end", ["ivr.ended", "call.queued", "call.answered"])
def test_ivr_maze_is_over_180_s_before_a_person(end: str, seconds: float, at: list[float]) -> None:
    events = [event("ivr.started", 0), event(end, seconds), event("ivr.ended", 999)]
    assert moments("ivr_maze", events) == at


def test_ivr_maze_is_the_earliest_of_what_was_met() -> None:
    slow = [event("ivr.started", 0), event("ivr.menu_entered", 1, node="main"), event("ivr.ended", 300)]
    (maze,) = found("ivr_maze", slow)
    assert (maze.touchpoint, maze.evidence) == ("node:main", ("c1:ivr.started@0", "c1:ivr.ended@300"))
    assert moments("ivr_maze", [*slow, event("ivr.menu_entered", 180, node="x", options=9)]) == [180]
    (maze,) = found("ivr_maze", [*slow, event("ivr.menu_entered", 180, node="x", options=9)])
    assert maze.touchpoint == "node:x"


def form_event(verb: str, seconds: float, **data: str) -> dict[str, object]:
    return event(f"web_form.{verb}", seconds, form_id="move", **data)


@pytest.mark.parametrize(("silence", "at"), [(2 * MINUTE, []), (2 * MINUTE + MS, [2 * MINUTE + 60])])
@pytest.mark.parametrize("other", ["web_form.page_loaded", "web_form.viewed"])
def test_abandoned_form_is_left_with_nothing_more(other: str, silence: float, at: list[float]) -> None:
    form = [form_event("field_changed", 0, field="zip"), form_event("left", 60)]
    again = [event(other, 60 + silence), form_event("viewed", 20 * MINUTE)]
    assert moments("abandoned_form", [*form, *again], clock=21 * MINUTE) == at


@pytest.mark.parametrize(("clock", "at"), [(30 * MINUTE, []), (30 * MINUTE + MS, [30 * MINUTE])])
def test_abandoned_form_is_idle(clock: float, at: list[float]) -> None:
    assert moments("abandoned_form", [form_event("field_changed", 0)], clock) == at


def test_a_form_without_a_change_is_never_abandoned() -> None:
    assert found("abandoned_form", [form_event("started", 0), form_event("left", 10)]) == []


def test_a_submit_however_late_or_early_cancels() -> None:
    form = [form_event("field_changed", 100), form_event("left", 110)]
    for at in (0, 9999):
        assert found("abandoned_form", [*form, form_event("submitted", at)]) == []


def test_a_change_cancels_and_the_form_may_be_abandoned_again() -> None:
    form = [form_event("field_changed", 0, field="zip"), form_event("left", 10)]
    again = form_event("field_changed", 3600, field="city")
    assert moments("abandoned_form", form) == [130]
    assert moments("abandoned_form", [*form, again], clock=4000) == []
    assert moments("abandoned_form", [*form, again]) == [3600 + 30 * MINUTE]


def test_only_a_change_or_submit_cancels() -> None:
    form = [form_event("field_changed", 0), form_event("left", 10), form_event("field_failed", 500)]
    assert moments("abandoned_form", form) == [130]


def test_abandoned_form_shows_the_last_field_and_the_silence() -> None:
    form = [form_event("field_changed", 0, field="zip"), form_event("field_failed", 9, field="mail")]
    (lost,) = found("abandoned_form", form)
    assert lost.touchpoint == "form:move#mail"
    assert lost.evidence == ("c1:web_form.field_changed@0", "c1:web_form.field_failed@9")
