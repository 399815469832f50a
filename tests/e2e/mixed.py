"""About two hundred contacts of every kind, at both sides of every limit, in the recent past."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

Raw = dict[str, Any]

MS = 0.001
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
ROUNDS = 5

#: A type, the seconds since its contact's start, and its data.
Step = tuple[str, float, Raw]
#: The contacts of one customer: the seconds since the case's start, and the steps.
Case = list[tuple[float, list[Step]]]


def stamp(at_s: float) -> str:
    return datetime.fromtimestamp(round(at_s, 3), UTC).isoformat(timespec="milliseconds")


def event(source: str, subject: str, number: int, step: Step, start_s: float) -> Raw:
    name, seconds, data = step
    return {
        "specversion": "1.0",
        "id": f"{subject}-{number}",
        "source": source,
        "type": name,
        "time": stamp(start_s + seconds),
        "subject": subject,
        "data": data,
    }


def waited(seconds: float) -> list[Step]:
    answered: Step = ("call.answered", seconds, {})
    return [("call.queued", 0, {"queue": "billing"}), answered, ("call.ended", seconds + 60, {})]


def abandoned(seconds: float) -> list[Step]:
    return [
        ("call.started", 0, {}),
        ("call.queued", 10, {"queue": "moves"}),
        ("call.abandoned", 10 + seconds, {}),
    ]


def talked() -> list[Step]:
    return [("call.started", 0, {"direction": "inbound"}), ("call.answered", 0, {}), ("call.ended", 300, {})]


def menus(nodes: str, options: int = 3) -> list[Step]:
    entered: list[Step] = [
        ("ivr.menu_entered", 1.0 + number, {"node": node, "options": options})
        for number, node in enumerate(nodes)
    ]
    return [("ivr.started", 0, {}), *entered, ("ivr.ended", 60, {"reason": "contained"})]


def in_ivr(seconds: float) -> list[Step]:
    return [
        ("ivr.started", 0, {}),
        ("ivr.menu_entered", 1, {"node": "main"}),
        ("ivr.ended", seconds, {"reason": "transferred"}),
        ("call.queued", seconds, {"queue": "sales"}),
        ("call.answered", seconds + 3, {}),
        ("call.ended", seconds + 90, {"resolved": True}),
    ]


def transferred(times: int, channel: str = "call") -> list[Step]:
    moves: list[Step] = [
        (f"{channel}.transferred", 20.0 * (number + 1), {"to_queue": f"level-{number + 1}"})
        for number in range(times)
    ]
    return [(f"{channel}.started", 0, {}), *moves, (f"{channel}.ended", 200, {})]


def form(*steps: tuple[str, float]) -> list[Step]:
    return [
        (f"web_form.{name}", seconds, {"form_id": "address"} | ({"field": "postcode"} if "_" in name else {}))
        for name, seconds in steps
    ]


def again_after(first: list[Step], pause: float) -> Case:
    """A second call so long after the end of the first."""
    return [(0, first), (first[-1][1] + pause, talked())]


def long_ago(case: Case) -> Case:
    """So that the second contact of a case over seven days lies in the recent past."""
    return [(at - 7 * DAY - HOUR, steps) for at, steps in case]


CASES: tuple[Callable[[], Case], ...] = (
    lambda: [(0, waited(120))],
    lambda: [(0, waited(120 + MS))],
    lambda: [(0, waited(500)[:1])],
    lambda: [(0, abandoned(5))],
    lambda: [(0, abandoned(5 + MS))],
    lambda: [(0, abandoned(200))],
    lambda: again_after(abandoned(30), 15 * MINUTE - 1),
    lambda: again_after(abandoned(30), 15 * MINUTE),
    lambda: again_after(talked(), 5 * MINUTE),
    lambda: long_ago(again_after(talked(), 7 * DAY)),
    lambda: long_ago(again_after(talked(), 7 * DAY + MS)),
    lambda: [(0, menus("a", 6))],
    lambda: [(0, menus("a", 7))],
    lambda: [(0, menus("abcd"))],
    lambda: [(0, menus("abcde"))],
    lambda: [(0, menus("aa"))],
    lambda: [(0, menus("abaa"))],
    lambda: [(0, in_ivr(180))],
    lambda: [(0, in_ivr(180 + MS))],
    lambda: [(0, transferred(1))],
    lambda: [(0, transferred(2))],
    lambda: [(0, transferred(2, "chat"))],
    lambda: [(0, transferred(1)), (20 * MINUTE, transferred(1, "chat")), (40 * MINUTE, transferred(1))],
    lambda: [(0, transferred(1)), (20 * MINUTE, transferred(2))],
    lambda: [(0, form(("started", 0), ("left", 5)))],
    lambda: [(0, form(("field_changed", 0), ("left", 5), ("viewed", 125)))],
    lambda: [(0, form(("field_changed", 0), ("left", 5), ("viewed", 125 + MS)))],
    lambda: [(0, form(("field_changed", 0), ("viewed", 30 * MINUTE), ("submitted", 31 * MINUTE)))],
    lambda: [(0, form(("field_changed", 0), ("viewed", 30 * MINUTE + MS)))],
    lambda: [(0, form(("field_changed", 0), ("field_changed", 9), ("field_failed", 12)))],
)


def contacts(now_s: float, seed: int) -> list[Raw]:
    """Every case in every round, each with a customer of its own, all of it over an hour and a half ago."""
    dice = random.Random(seed)
    events: list[Raw] = []
    for turn in range(ROUNDS):
        for number, make in enumerate(CASES):
            start_s = now_s - 8 * HOUR + HOUR * turn + dice.randrange(3_600_000) / 1000
            events += _case(f"{turn}.{number}", make(), start_s, turn)
    return events


def _case(name: str, case: Case, start_s: float, turn: int) -> Iterator[Raw]:
    who = _identifiers(name, turn)
    extra = {"tenant": "north"} if turn == 3 else {}
    for place, (at_s, steps) in enumerate(case):
        subject = f"c{name}.{place}"
        for number, (kind, seconds, data) in enumerate(steps):
            # Not every event of a platform names the customer.
            brought = {"identifiers": who} if who and (number == 0 or number % 2) else {}
            step = (kind, seconds, {**brought, **data})
            yield event(f"//acme/site-{turn}", subject, number, step, start_s + at_s) | extra


def _identifiers(name: str, turn: int) -> Raw:
    """By what each round's platform knows customers."""
    mail, customer = f"{name}@example.org", f"customer-{name}"
    known: tuple[Raw, ...] = (
        {"customer_id": customer},
        {"email": mail.upper(), "visitor_id": f"v-{name}"},
        {"customer_id": ["older", customer], "phone": "+14155550101"},
        {"customer_id": customer},
        {"account_id": f" {customer} ", "device_id": "anonymous"},
    )
    return known[turn]
