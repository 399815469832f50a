"""Contacts that weigh far more than any honest one, of events that are each within every limit."""

import random
import string
import time
from typing import Any

import pytest

from tests.e2e import records
from tests.e2e.bad import PBX
from tests.e2e.mixed import Raw, event
from tests.e2e.running import SETTLED_SECONDS, is_accounted_for, record
from tests.e2e.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

EVENTS = 30
PRINTABLE = string.ascii_letters + string.digits


def noise(dice: random.Random, length: int) -> str:
    """What no compression makes small."""
    return "".join(dice.choices(PRINTABLE, k=length))


def heavy(what: str) -> list[Raw]:
    """One contact. Its events name a queue of 60,000 letters, or 450 e-mail addresses, each another."""
    dice, started_s = random.Random(what), time.time() - 3600

    def data() -> dict[str, Any]:
        if what == "queues":
            return {"queue": noise(dice, 60_000)}
        return {"identifiers": {"email": [f"{noise(dice, 250)}@example.org" for _ in range(450)]}}

    return [
        event(PBX, f"heavy {what}", number, ("call.queued", 0, data()), started_s + number)
        for number in range(EVENTS)
    ]


def test_a_contact_that_weighs_too_much_stops_no_worker(stack: Stack) -> None:
    pids = stack.worker_pids()
    for one in heavy("queues") + heavy("identifiers"):
        records.put(stack.bootstrap, [record(one)])
    stack.wait(lambda: is_accounted_for(stack), SETTLED_SECONDS, "the heavy contact blocks its partition")
    assert stack.worker_pids() == pids
