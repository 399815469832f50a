"""Disorder by dial: so much of it and no more, and the stories stay what they are."""

from collections import Counter
from datetime import datetime
from functools import cache
from typing import Any

import pytest
from msgspec.structs import replace

from services.simulator.core.disorder import LATE_MS, Disorder
from services.simulator.core.tales import Event
from services.simulator.files import labels
from services.simulator.options import Options, delivered, make_world
from tests.oracle.event import standing
from tests.simulator.telling import BEGIN_MS, told

SEED = 11
DAY = Options(seed=SEED, customers=300, rate=0.3, minutes=10 * 60)


@cache
def arrivals(disorder: Disorder) -> tuple[list[tuple[int, Event]], list[dict[str, Any]]]:
    """Each event with the moment of its arrival; and the labels."""
    world = make_world(DAY, BEGIN_MS)
    arriving, found = delivered(world, disorder, SEED), []
    while arriving.next_ms is not None:
        found += [(arriving.now, event) for event in arriving.step()]
    return found, list(labels(world))


def events(disorder: Disorder) -> list[Event]:
    return [event for _, event in arrivals(disorder)[0]]


def at_ms(event: Event) -> int:
    return round(datetime.fromisoformat(event["time"]).timestamp() * 1000)


CALM = Disorder()
WILD = Disorder(late=0.1, duplicate=0.05, missing=0.02, spell_s=300, shuffle_s=600, skew_s=60, conflict=0.02)


def test_calm_is_as_it_was_told() -> None:
    assert events(CALM) == told(DAY).events


def test_the_same_seed_disturbs_in_the_same_way_and_changes_no_story() -> None:
    assert arrivals(WILD) == arrivals.__wrapped__(WILD)
    assert arrivals(WILD)[1] == told(DAY).labels


def test_late_events_come_within_hours() -> None:
    found, _ = arrivals(Disorder(late=0.1))
    delays = [arrived_ms - at_ms(event) for arrived_ms, event in found]
    assert sorted(event["id"] for _, event in found) == sorted(event["id"] for event in told(DAY).events)
    assert max(delays) <= LATE_MS
    # The moment of an arrival is that of the step before it at the earliest: some seconds are rounding.
    late = sum(delay > 60_000 for delay in delays)
    assert 0.07 < late / len(delays) < 0.13, f"seed {SEED}"


def test_duplicates_are_the_same_events_again() -> None:
    found = events(Disorder(duplicate=0.05))
    again = [count for count in Counter(event["id"] for event in found).values() if count > 1]
    assert set(again) == {2}
    assert 0.03 < len(again) / len(told(DAY).events) < 0.07, f"seed {SEED}"
    assert [event for event in found if event not in told(DAY).events] == []


@pytest.mark.parametrize("spell_s", [0, 300])
def test_what_is_missing_is_the_share_that_was_asked_for(spell_s: float) -> None:
    lost = len(told(DAY).events) - len(events(Disorder(missing=0.1, spell_s=spell_s)))
    assert 0.05 < lost / len(told(DAY).events) < 0.17, f"seed {SEED}"


def test_spells_take_what_one_source_said_in_a_row() -> None:
    def losses_in_a_row(disorder: Disorder) -> int:
        """Calls of which more than two events are lost."""
        kept = {event["id"] for event in events(disorder)}
        lost = Counter(event.get("subject") for event in told(DAY).events if event["id"] not in kept)
        return sum(count > 2 for count in lost.values())

    one_by_one, in_spells = Disorder(missing=0.02), Disorder(missing=0.02, spell_s=300)
    assert losses_in_a_row(in_spells) > losses_in_a_row(one_by_one)


def test_shuffled_events_are_under_way_for_no_longer_than_was_said() -> None:
    found, _ = arrivals(Disorder(shuffle_s=600))
    times = [event["time"] for _, event in found]
    assert times != sorted(times)
    assert max(arrived_ms - at_ms(event) for arrived_ms, event in found) <= 600_000


def test_each_source_has_one_wrong_clock() -> None:
    true = {event["id"]: at_ms(event) for event in told(DAY).events}
    wrong_by = {(event["source"], at_ms(event) - true[event["id"]]) for event in events(Disorder(skew_s=60))}
    assert len(wrong_by) == len({source for source, _ in wrong_by}) > 5
    assert 0 < max(abs(skew_ms) for _, skew_ms in wrong_by) <= 60_000


def test_of_two_contents_the_true_one_stands() -> None:
    found = events(Disorder(conflict=0.05, duplicate=0.02))
    assert sum(event.get("sequence") == "9" for event in found) > 50
    stands = [(event.id, event.us, event.data) for event in standing(found)]
    assert sorted(stands, key=str) == sorted(
        ((event.id, event.us, event.data) for event in standing(told(DAY).events)), key=str
    )
    assert max(Counter(event["id"] for event in found).values()) <= 3


def test_a_living_world_may_be_disturbed_too() -> None:
    world = make_world(replace(DAY, minutes=1), BEGIN_MS)
    arriving = delivered(world, Disorder(late=0.5), SEED)
    assert arriving.is_open
    assert list(arriving.all_events()) != []
    assert arriving.next_ms is None
    assert not arriving.is_open
