"""Whatever is sent, the door answers with no 5xx and does not grow: mutated bodies, and schemathesis."""

import gzip
import http.client
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.ingest.doors import event
from tests.ingest.processes import Process, serving

DOSE, FULL = 1_500, 100_000
#: What a process may grow by while it fills its bounded memories.
GROWTH_MIB = 60
ODD: list[Any] = [
    None, True, 0, -1, 2**63, 2**64, 1e308, -0.0, "", "\x00", "\x1f", "\ud7ff", "é" * 999, "9" * 5000, [], {},
    [[[]]], {"": {}}, "2026-11-21T10:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
]  # fmt: skip
TYPES = [
    "application/json",
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "text/plain",
    "",
]

Request = tuple[str, str, bytes, dict[str, str]]


@pytest.fixture(scope="module")
def process(kafka: str) -> Iterator[Process]:
    with serving(kafka, ingest_rate_per_address=1e9, ingest_rate_per_key=1e9) as process:
        yield process


def mutated(dice: random.Random, value: Any) -> Any:
    """A document with something odd somewhere in it."""
    if isinstance(value, dict) and value and dice.random() < 0.8:
        changed = dict(value)
        name = dice.choice(list(changed))
        match dice.randrange(4):
            case 0:
                del changed[name]
            case 1:
                changed[str(dice.choice(ODD))[:50]] = dice.choice(ODD)
            case _:
                changed[name] = mutated(dice, changed[name])
        return changed
    if isinstance(value, list) and value and dice.random() < 0.8:
        return [mutated(dice, value[0]), *value[1:]] * dice.randrange(3)
    return dice.choice(ODD)


def body(dice: random.Random, document: Any) -> bytes:
    for _ in range(dice.randrange(4)):
        document = mutated(dice, document)
    # Not by orjson, which cannot write every number.
    text = json.dumps(document).encode()
    match dice.randrange(6):
        case 0:
            return text[: dice.randrange(len(text) + 1)]
        case 1:
            place = dice.randrange(len(text) + 1)
            return text[:place] + dice.randbytes(dice.randrange(1, 9)) + text[place:]
        case 2:
            return dice.randbytes(dice.randrange(200))
        case _:
            return text


def events(dice: random.Random) -> Request:
    one = event(
        type=dice.choice(["call.queued", "web_form.left", "survey.answered", "fax.sent", "x", "call."])
    )
    packed = body(dice, one if dice.random() < 0.5 else [one, event(id="2")])
    headers = {"content-type": dice.choice(TYPES)}
    if dice.random() < 0.2:
        headers["content-encoding"] = dice.choice(["gzip", "deflate", "zstd", "br", "identity"])
        packed = gzip.compress(packed) if dice.random() < 0.5 else packed
    if dice.random() < 0.2:
        headers |= {
            f"ce-{name}": dice.choice(["1.0", "%ff", '"', "%00", "a b"]) for name in ("id", "specversion")
        }
    # Keys rarely: who guesses them is soon told to wait.
    queries = ["", "?dry_run=true", "?dry_run=%ff", "?%00=%", "?key=%00"]
    query = dice.choices(queries, [30, 30, 5, 5, 1])[0]
    return "POST", f"/v1/events{query}", packed, headers


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
    process: Process, request: pytest.FixtureRequest, make: Callable[[random.Random], Request]
) -> None:
    given = request.config.getoption("--seed")
    seed = random.randrange(1_000_000) if given is None else given
    print(f"--seed {seed}")
    dice, answers = random.Random(seed), Counter[int]()
    before = process.memory_mib
    with closing(http.client.HTTPConnection("127.0.0.1", process.port, timeout=60)) as connection:
        for _ in range(FULL if request.config.getoption("--full") else DOSE):
            method, path, sent, headers = make(dice)
            connection.request(method, path, sent, headers)
            answer = connection.getresponse()
            said = answer.read()
            answers[answer.status] += 1
            assert answer.status < 500, (method, path, sent[:500], headers, said)
    print(dict(answers))
    assert len(answers) > 1, "it would be no test"
    assert process.memory_mib - before < GROWTH_MIB


@pytest.mark.timeout(1800)
def test_schemathesis_finds_no_5xx(process: Process, request: pytest.FixtureRequest) -> None:
    examples = 500 if request.config.getoption("--full") else 15
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{process.url}/openapi.json",
        "--checks", "not_a_server_error", "--max-examples", str(examples),
        "--phases", "examples,coverage,fuzzing", "--request-timeout", "60", "--generation-database", "none",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-1000:]
