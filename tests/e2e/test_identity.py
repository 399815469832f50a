"""One customer over many names while workers die: nothing lost, nothing doubled, all as the oracle says."""

import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.stack import PAGE, Json, Stack
from tests.oracle import contacts as oracle
from tests.oracle.build import DAY, HOUR, call, event, stamp
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


def test_a_person_merges_and_separates_through_the_api(stack: Stack) -> None:
    stack.post([one for person in (1, 2) for one in _calls(person)])
    keys = [_key(stack, person) for person in (1, 2)]
    stack.wait(lambda: _repeat_rate(stack) == (0.0, 2), SETTLED_SECONDS, "the KPIs are others")
    url = f"{stack.live_url}/v1/customers"
    body: Json = {"with": keys[1], "by": "Ann", "why": "one household"}
    tried = stack.http.post(f"{url}/{keys[0]}/merge", params={"dry_run": True}, json=body).json()
    (moved,) = [one for one in tried["changes"] if one["type"] == "customer_id"]
    assert stack.http.post(f"{url}/{keys[0]}/merge", json=body).status_code == 200
    stack.wait(lambda: _key(stack, 1) == _key(stack, 2), SETTLED_SECONDS, "nobody is merged")
    assert _key(stack, 1) == moved["customer_key"]
    stack.wait(lambda: _repeat_rate(stack) == (0.5, 2), SETTLED_SECONDS, "his second call repeats nothing")
    assert stack.live(f"/v1/customers/{moved['before']}")["merged_into"] == moved["customer_key"]
    journal = stack.live(f"/v1/customers/{moved['customer_key']}/identifiers")["journal"]["items"]
    assert {(one["by"], one["why"]) for one in journal if one["by"]} == {("Ann", "one household")}
    body = {"identifiers": {"customer_id": "p2"}, "by": "Ann"}
    assert stack.http.post(f"{url}/{keys[0]}/separate", json=body).status_code == 200
    stack.wait(lambda: [_key(stack, 1), _key(stack, 2)] == keys, SETTLED_SECONDS, "nobody is separated")
    stack.wait(lambda: _repeat_rate(stack) == (0.0, 2), SETTLED_SECONDS, "a stranger's call is repeated")


def test_a_value_that_is_blocked_later_takes_apart_the_strangers_that_it_made_one(
    make_stack: MakeStack, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("identity: {}")
    guests = [_calls(guest, {"visitor_id": f"w{guest}", "email": "guest@x.example"}) for guest in range(3)]
    stack = make_stack(tmp_path / "stack", 1)
    stack.settings["JOURNEYLINE_RULES"] = str(rules)
    with stack:
        stack.post([one for events in guests for one in events])
        stack.wait(lambda: [len(one) for one in _owned(stack)] == [3], SETTLED_SECONDS, "they are not one")
        rules.write_text("identity: {blocked: [guest@x.example]}")
        stack.restart()
        stack.wait(lambda: len(_owned(stack)) == 3, SETTLED_SECONDS, "they are one still")


def _owned(stack: Stack) -> list[set[str]]:
    """Of each customer the contacts."""
    owned = defaultdict[str, set[str]](set)
    for journey in journeys(stack):
        owned[journey["customer_key"]] |= {one["subject"] for one in journey["contacts"]}
    return list(owned.values())


def _calls(person: int, names: dict[str, str] | None = None) -> list[Raw]:
    names = names or {"customer_id": f"p{person}", "visitor_id": f"w{person}"}
    return [
        one | {"data": one["data"] | {"identifiers": names}}
        for one in call(f"one-{person}", person * HOUR, person * HOUR + 60)
    ]


def _repeat_rate(stack: Stack) -> tuple[float | None, int]:
    """With the number of calls that it is of."""
    (group,) = stack.live("/v1/kpis", kpi="repeat_rate", window="1d", until=stamp(DAY))["groups"]
    told = group["kpis"]["repeat_rate"]
    return told["value"], told["count"]


def _key(stack: Stack, person: int) -> str:
    """Of the customer who is looked up, as soon as he is there."""
    found: list[str] = []

    def is_found() -> bool:
        answer = stack.http.get(f"{stack.live_url}/v1/customers/lookup", params={"customer_id": f"p{person}"})
        found[:] = [answer.json()["customer_key"]] if answer.status_code == 200 else []
        return bool(found)

    stack.wait(is_found, SETTLED_SECONDS, f"person {person} is not found")
    return found[0]
