"""Whatever is sent, the door answers with no 5xx and does not grow: mutated bodies, and schemathesis."""

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from services.ingest.core.platforms import PLATFORMS
from tests.ingest.doors import event
from tests.ingest.fuzzing import Make, Request, body, packed, pelt
from tests.ingest.processes import Process, serving

TYPES = [
    "application/json",
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "text/plain",
    "",
]


@pytest.fixture(scope="module")
def process(kafka: str) -> Iterator[Process]:
    hooks = orjson.dumps([{"platform": name, "unsigned": True} for name in PLATFORMS]).decode()
    with serving(kafka, hooks=hooks, ingest_rate_per_address=1e9, ingest_rate_per_key=1e9) as process:
        yield process


def events(dice: random.Random) -> Request:
    one = event(
        type=dice.choice(["call.queued", "web_form.left", "survey.answered", "fax.sent", "x", "call."])
    )
    sent, encoding = packed(dice, body(dice, one if dice.random() < 0.5 else [one, event(id="2")]))
    headers = {"content-type": dice.choice(TYPES)} | encoding
    if dice.random() < 0.2:
        headers |= {
            f"ce-{name}": dice.choice(["1.0", "%ff", '"', "%00", "a b"]) for name in ("id", "specversion")
        }
    # Keys rarely: who guesses them is soon told to wait.
    queries = ["", "?dry_run=true", "?dry_run=%ff", "?%00=%", "?key=%00"]
    query = dice.choices(queries, [30, 30, 5, 5, 1])[0]
    return "POST", f"/v1/events{query}", sent, headers


def repairs(dice: random.Random) -> Request:
    wanted = {"ids": ["a", "b"], "events": {"a": event()}}
    return "POST", "/v1/quarantine/replay", body(dice, wanted), {"content-type": "application/json"}


def ends(dice: random.Random) -> Request:
    run = dice.choice(["r", "%00", "a/b", "%ff", "x" * 1025, "..", "é"])
    run = "".join(sign if sign.isascii() else "%c3%a9" for sign in run)
    return "POST", f"/v1/replays/{run}/end", body(dice, {}), {"content-type": "application/json"}


def questions(dice: random.Random) -> Request:
    names = ["limit", "cursor", "since", "until", "reason", "text", "source", "tenant", "x"]
    values = [
        "1",
        "-1",
        "",
        "%00",
        "%ff",
        "9" * 30,
        "2026-11-21T10:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "%2b",
    ]
    query = "&".join(f"{dice.choice(names)}={dice.choice(values)}" for _ in range(dice.randrange(4)))
    path = dice.choice(["/v1/quarantine", "/v1/quarantine/%00", "/v1/replays/%ff", "/v1/sources"])
    return "GET", f"{path}?{query}", b"", {}


@pytest.mark.parametrize("make", [events, repairs, ends, questions])
@pytest.mark.timeout(3600)
def test_no_body_is_answered_by_5xx_and_nothing_grows(
    process: Process, request: pytest.FixtureRequest, make: Make
) -> None:
    answers = pelt(process, make, request)
    assert len(answers) > 1, "it would be no test"


@pytest.mark.timeout(5400)
def test_schemathesis_finds_no_5xx(process: Process, request: pytest.FixtureRequest) -> None:
    examples = 500 if request.config.getoption("--full") else 15
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{process.url}/openapi.json",
        "--checks", "not_a_server_error", "--max-examples", str(examples),
        "--phases", "examples,coverage,fuzzing", "--request-timeout", "60", "--generation-database", "none",
        "--suppress-health-check", "filter_too_much,too_slow",  # they tell of its generator
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout[-1500:])
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-1000:]
