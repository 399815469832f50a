"""The oracle of the chaos tests sees what is lost, doubled or wrong; and is nobody's relative."""

import ast
from pathlib import Path

import pytest

from tests.chaos import echo, oracle
from tests.chaos.oracle import Heard, Said, Speech, is_event, judge, tell
from tests.chaos.traffic import POISON, Traffic

SILENCE_MS = 1000
HEARD = [
    Heard(0, 0, 1000, b"a", b'{"id": "1", "n": 1}'),
    Heard(0, 1, 1500, b"a", b'{"id": "2", "n": 2}'),
    Heard(0, 2, 1600, b"a", b"{"),
    Heard(0, 3, 9000, b"a", b'{"id": "3", "n": 3}'),
]


def test_it_tells_counts_silences_and_poison() -> None:
    truth = tell("in", HEARD, SILENCE_MS)
    told = sorted((what, n, last_ms) for what, n, _, last_ms in truth.said[b"a"])
    counts = [("count", 1, 1000), ("count", 2, 1500), ("count", 3, 9000)]
    assert told == [*counts, ("silent", 2, 1500), ("silent", 3, 9000)]
    assert truth.poison == {"in-0-2"}


def test_it_finds_what_is_lost_doubled_and_wrong() -> None:
    truth = tell("in", HEARD, SILENCE_MS)
    right = sorted(truth.said[b"a"])
    assert judge(truth, speech(*right, *right), ["in-0-2"] * 2) == (0, 0, 0, 1, 1, 1, 5)
    assert judge(truth, speech(*right[:-1]), []) == (1, 0, 1, 1, 0, 0, 0)
    more = [*right, ("silent", 4, 7, 9000)]
    assert judge(truth, speech(*more), ["in-0-2"]) == (0, 1, 1, 1, 1, 0, 0)


def test_the_last_record_holds_unless_it_repeats_an_older_batch() -> None:
    truth = tell("in", HEARD, SILENCE_MS)
    right = sorted(truth.said[b"a"])
    backwards = speech(*right, right[0])
    assert judge(truth, backwards, ["in-0-2"]).wrong == 1
    late = speech(*right)
    late.take(0, b"echo/0/a:0", b"a", right[0])
    late.take(1, b"echo/1/a:0", b"b", right[0])
    assert judge(truth, late, ["in-0-2"]).wrong == 0
    assert (late.late, late.holds[b"b"]) == (1, right[0])


def speech(*said: Said) -> Speech:
    """Of one word, each in a batch of its own."""
    heard = Speech()
    for number, what in enumerate(said, start=1):
        heard.take(0, b"echo/0/a:%d" % number, b"a", what)
    return heard


@pytest.mark.parametrize("value", POISON)
def test_job_and_oracle_agree_on_what_is_poison(value: bytes) -> None:
    assert not is_event(value)
    assert not echo.is_event(value)


def test_job_and_oracle_agree_on_events() -> None:
    traffic = Traffic(seed=1, partitions=4)
    assert all(is_event(value) and echo.is_event(value) for _, _, value in traffic.last())


def test_the_oracle_imports_nothing_of_the_product() -> None:
    source = ast.parse(Path(oracle.__file__).read_text())
    modules = {node.module for node in ast.walk(source) if isinstance(node, ast.ImportFrom)}
    modules |= {name.name for node in ast.walk(source) if isinstance(node, ast.Import) for name in node.names}
    assert modules <= {"json", "collections.abc", "typing", "zlib"}
