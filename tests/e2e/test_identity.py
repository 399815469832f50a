"""One customer over many names while workers die: nothing lost, nothing doubled, all as the oracle says."""

import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.stack import PAGE, Json, Stack
from tests.oracle import contacts as oracle
from tests.oracle.build import HOUR, call, event
from tests.oracle.identity import customers

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(500)]

Raw = dict[str, Any]
PEOPLE, CALLS, DECISIONS = 60, 400, 60
BATCH = 40
SETTLED_SECONDS = 90.0


def names_of(person: int) -> dict[str, str]:
    """Of every ten people two share a phone, and of every seven two a tablet."""
    return {
        "customer_id": f"p{person}",
        "email": f"p{person}@x.example",
        "phone": f"+1415555{person - person % 2 if person % 10 < 2 else person:04}",
        "visitor_id": f"v{person - person % 2 if person % 7 < 2 else person}",
    }


def history(dice: random.Random) -> list[Raw]:
    events: list[Raw] = []
    for number in range(CALLS):
        names = names_of(dice.randrange(PEOPLE))
        chosen = dice.sample(sorted(names), dice.choice([1, 1, 2, 3]))
        at = dice.randrange(48 * 60) * 60
        for one in call(f"c{number}", at, at + 60):
            events.append(
                one | {"data": one["data"] | {"identifiers": {kind: names[kind] for kind in chosen}}}
            )
    for number in range(DECISIONS):
        one, other = (names_of(person) for person in dice.sample(range(PEOPLE), 2))
        kind = dice.choice(["customer_id", "customer_id", "email"])
        verb = dice.choice(["identified", "identified", "separated"])
        said = event(f"customer.{verb}", 72 * HOUR + number, identifiers={kind: [one[kind], other[kind]]})
        events.append(
            {name: value for name, value in said.items() if name != "subject"} | {"id": f"d{number}"}
        )
    return events


def journeys(stack: Stack) -> list[Json]:
    page = stack.live("/v1/journeys", limit=PAGE)
    items = list(page["items"])
    while page["next_cursor"]:
        page = stack.live("/v1/journeys", limit=PAGE, cursor=page["next_cursor"])
        items += page["items"]
    return items


def people(listed: list[Json]) -> set[frozenset[frozenset[str]]]:
    """Of each customer the journeys, as sets of contacts."""
    owners: defaultdict[str, set[frozenset[str]]] = defaultdict(set)
    for journey in listed:
        owners[journey["customer_key"]].add(frozenset(one["subject"] for one in journey["contacts"]))
    return {frozenset(own) for own in owners.values()}


def people_wanted(events: list[Raw]) -> set[frozenset[frozenset[str]]]:
    owners: defaultdict[object, set[frozenset[str]]] = defaultdict(set)
    for journey in oracle.journeys(events, customers(events)):
        owners[journey.customer].add(frozenset(one.subject for one in journey.contacts))
    return {frozenset(own) for own in owners.values()}


def test_merges_and_separations_in_flight_while_workers_are_killed(
    make_stack: MakeStack, tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    events = history(dice)
    wanted = people_wanted(events)
    frictions = set(oracle.named(events, None, customers(events)))
    sent = events + dice.sample(events, len(events) // 5)
    dice.shuffle(sent)
    with make_stack(tmp_path, 2) as stack:
        for number, start in enumerate(range(0, len(sent), BATCH)):
            stack.post(sent[start : start + BATCH])
            if number % 6 == 5:
                stack.kill_worker(number // 6 % 2)
        stack.wait(lambda: people(journeys(stack)) == wanted, SETTLED_SECONDS, "the customers are others")
        stack.wait(
            lambda: {one["friction_id"] for one in stack.frictions(state="raised")} == frictions,
            SETTLED_SECONDS,
            "the frictions are others",
        )
        assert len([one for own in people(journeys(stack)) for j in own for one in j]) == CALLS
        known = {customer for customer in customers(events).values() if customer[1] != "contact"}
        assert stack.summary()["counters"]["customers_known"] == len(known)
