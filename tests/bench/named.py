"""Calls of customers with three identifiers each; of the events so many in a hundred name two of them."""

import random
from collections.abc import Iterator
from typing import Any

from schemas.times import rfc3339
from tests.bench.builder import placed_event
from tests.bench.log import Placed
from tests.bench.traffic import ACTIVE

START_US = 1_772_438_400_000_000
SECOND_US = 1_000_000
CUSTOMERS = 50_000
#: Of a call, 20 seconds from one to the next.
STEPS = (
    "call.started", "call.queued", "call.answered", "call.held", "call.resumed",
    "call.transferred", "call.answered", "call.held", "call.resumed", "call.ended",
)  # fmt: skip
STEP_US = 20 * SECOND_US


class Call:
    """One call of somebody; with no linking events it names its customer's `customer_id`."""

    def __init__(self, number: int, dice: random.Random, linking_share: float) -> None:
        person = dice.randrange(CUSTOMERS)
        self._names = {
            "customer_id": f"C{person}", "email": f"c{person}@x.example", "phone": f"+1415{person:07}"
        }  # fmt: skip
        self._own = dice.choice(sorted(self._names)) if linking_share else "customer_id"
        self._number, self._dice, self._linking_share = number, dice, linking_share
        self._told = 0

    @property
    def is_over(self) -> bool:
        return self._told == len(STEPS)

    def next_event(self, now_us: int) -> Placed:
        chosen = [self._own] if self._told == 0 else []
        if self._dice.random() < self._linking_share:
            chosen = self._dice.sample(sorted(self._names), 2)
        data: dict[str, Any] = {"queue": "billing"}
        if chosen:
            data["identifiers"] = {kind: self._names[kind] for kind in chosen}
        raw = {
            "specversion": "1.0",
            "id": f"{self._number}-{self._told}",
            "source": "//acme/pbx",
            "type": STEPS[self._told],
            "time": rfc3339(now_us),
            "subject": f"call-{self._number}",
            "data": data,
        }
        self._told += 1
        return placed_event(raw)


def calls(seed: int, events: int, linking_share: float) -> Iterator[Placed]:
    """In bursts, of which as many are under way as there are active customers."""
    dice = random.Random(seed)
    places = int(CUSTOMERS * ACTIVE)
    active = [Call(number, dice, linking_share) for number in range(places)]
    started = places
    for number in range(events):
        place = dice.randrange(places)
        yield active[place].next_event(START_US + number * STEP_US // places)
        if active[place].is_over:
            active[place] = Call(started, dice, linking_share)
            started += 1
