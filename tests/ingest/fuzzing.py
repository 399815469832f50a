"""Requests made odd by dice, and the pelting of a process with them."""

import gzip
import http.client
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.ingest.processes import Process

DOSE, FULL = 1_600, 100_000
#: Each has its own dice and waits for its answers.
CLIENTS = 16
#: What a process may grow by while it fills its bounded memories.
GROWTH_MIB = 60
FORM = "application/x-www-form-urlencoded"
ODD: list[Any] = [
    None, True, 0, -1, 2**63, 2**64, 1e308, -0.0, "", "\x00", "\x1f", "\ud7ff", "é" * 999, "9" * 5000, [], {},
    [[[]]], {"": {}}, "2026-11-21T10:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
]  # fmt: skip

#: Method, path with its query, body, headers.
Request = tuple[str, str, bytes, dict[str, str]]
Make = Callable[[random.Random], Request]


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


def body(dice: random.Random, document: Any, kind: str = "application/json") -> bytes:
    """`document`: what becomes a form or JSON, or bytes as they are."""
    if isinstance(document, bytes):
        return cut(dice, document)
    for _ in range(dice.randrange(4)):
        document = mutated(dice, document)
    if kind == FORM and isinstance(document, dict):
        fields = {
            name: value if isinstance(value, str) else json.dumps(value) for name, value in document.items()
        }
        return cut(dice, urlencode(fields, errors="surrogatepass").encode())
    # Not by orjson, which cannot write every number.
    return cut(dice, json.dumps(document).encode())


def cut(dice: random.Random, text: bytes) -> bytes:
    """A third of the time cut off, with noise in it, or noise alone."""
    match dice.randrange(9):
        case 0:
            return text[: dice.randrange(len(text) + 1)]
        case 1:
            place = dice.randrange(len(text) + 1)
            return text[:place] + dice.randbytes(dice.randrange(1, 9)) + text[place:]
        case 2:
            return dice.randbytes(dice.randrange(200))
        case _:
            return text


def packed(dice: random.Random, text: bytes) -> tuple[bytes, dict[str, str]]:
    """A fifth of the time with an encoding, that may be a lie; else as it is."""
    if dice.random() > 0.2:
        return text, {}
    encoding = dice.choice(["gzip", "deflate", "zstd", "br", "identity"])
    return gzip.compress(text) if dice.random() < 0.5 else text, {"content-encoding": encoding}


def pelt(process: Process, make: Make, request: pytest.FixtureRequest) -> Counter[int]:
    """A dose of requests, or with `--full` all: no 5xx, and the process stays small. Answers by status."""
    given = request.config.getoption("--seed")
    seed = random.randrange(1_000_000) if given is None else given
    print(f"--seed {seed}")
    each = (FULL if request.config.getoption("--full") else DOSE) // CLIENTS
    before, began = process.memory_mib, time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as clients:
        sent = [clients.submit(_send, process, make, seed + number, each) for number in range(CLIENTS)]
    answers: Counter[int] = sum((one.result() for one in sent), Counter())
    seconds, after = time.monotonic() - began, process.memory_mib
    print(f"{answers.total()} in {seconds:.0f} s, {before:.0f} to {after:.0f} MiB: {dict(answers)}")
    assert after - before < GROWTH_MIB
    return answers


def _send(process: Process, make: Make, seed: int, count: int) -> Counter[int]:
    dice, answers = random.Random(seed), Counter[int]()
    with closing(http.client.HTTPConnection("127.0.0.1", process.port, timeout=60)) as connection:
        for _ in range(count):
            method, path, sent, headers = make(dice)
            connection.request(method, path, sent, headers)
            answer = connection.getresponse()
            said = answer.read()
            answers[answer.status] += 1
            assert answer.status < 500, (method, path, sent[:500], headers, said)
    return answers
