"""Four years of a help desk's tickets: each a journey, whose steps are the rows of the file."""

import csv
import gzip
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.bank import DATA, Replay
from tests.e2e.conftest import MakeStack
from tests.e2e.stack import Json, Stack

LOG = DATA / "helpdesk" / "Helpdesk_log.csv.gz"

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        not LOG.exists(), reason=f"THE REAL DATA IS NOT HERE: {LOG}; set JOURNEYLINE_REAL_DATA to its folder"
    ),
]


class Step(NamedTuple):
    """A row of the file, or a step of a journey. `time`: to the second, UTC."""

    time: str
    activity: str
    agent: str
    topic: str


def rows() -> dict[str, list[Step]]:
    """By ticket, in order of time, and of one moment in the file's order."""
    tickets: defaultdict[str, list[Step]] = defaultdict(list)
    with gzip.open(LOG, "rt", newline="") as lines:
        for row in csv.DictReader(lines):
            time = row["Complete Timestamp"].replace(" ", "T")
            tickets[row["Case ID"]].append(Step(time, row["Activity"], row["Resource"], row["product"]))
    return {ticket: sorted(steps, key=lambda step: step.time) for ticket, steps in tickets.items()}


def journeys(stack: Stack) -> list[Json]:
    found: list[Json] = []
    cursor = None
    while True:
        page = stack.live("/v1/journeys", limit=200, **({"cursor": cursor} if cursor else {}))
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def steps(journey: Json) -> list[Step]:
    return [
        Step(step["time"][:19], step["data"]["activity"], step["data"]["agent"], step["data"]["topic"])
        for step in journey["steps"]
    ]


def test_every_ticket_is_a_journey_with_the_steps_of_the_file(make_stack: MakeStack, tmp_path: Path) -> None:
    wanted = rows()
    with make_stack(tmp_path / "stack", 1) as stack:
        Replay(stack, LOG, "tickets", format_="helpdesk").finish()
        found = journeys(stack)
        assert len(found) == len(wanted)
        assert Counter(journey["outcome"] for journey in found).keys() <= {"resolved", "expired"}
        raised = {group["key"]: group["raised"] for group in stack.summary()["groups"]}
        for journey in found:
            (contact,) = journey["contacts"]
            whole = stack.live(f"/v1/journeys/{journey['journey_id']}")
            assert steps(whole) == wanted[contact["subject"]], contact
    assert {kind: number for kind, number in raised.items() if number} == {"reopened_ticket": 156}
