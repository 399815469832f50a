"""Calls of customers with three identifiers each; of the events so many in a hundred name two of them."""

import random
from collections.abc import Iterator
from typing import Any

from schemas.times import rfc3339
from tests.bench.builder import placed_event
from tests.bench.log import Placed

START_US = 1_772_438_400_000_000
SECOND_US = 1_000_000
CUSTOMERS = 50_000
STEPS = ("call.started", "call.queued", "call.answered", "call.held", "call.resumed", "call.ended")


def calls(seed: int, events: int, linking_share: float) -> Iterator[Placed]:
    """With no linking events each call names its customer's `customer_id`."""
    dice = random.Random(seed)
    for number in range(events // len(STEPS)):
        person = dice.randrange(CUSTOMERS)
        names = {"customer_id": f"C{person}", "email": f"c{person}@x.example", "phone": f"+1415{person:07}"}
        own = dice.choice(sorted(names)) if linking_share else "customer_id"
        for place, type_name in enumerate(STEPS):
            chosen = [own] if place == 0 else []
            if dice.random() < linking_share:
                chosen = dice.sample(sorted(names), 2)
            data: dict[str, Any] = {"queue": "billing"}
            if chosen:
                data["identifiers"] = {kind: names[kind] for kind in chosen}
            yield _placed(number, type_name, START_US + (number // 50 + place * 20) * SECOND_US, data)


def _placed(number: int, type_name: str, at_us: int, data: dict[str, Any]) -> Placed:
    raw = {
        "specversion": "1.0",
        "id": f"{number}-{type_name}",
        "source": "//acme/pbx",
        "type": type_name,
        "time": rfc3339(at_us),
        "subject": f"call-{number}",
        "data": data,
    }
    return placed_event(raw)
