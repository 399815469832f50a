"""The oracle: the whole job again, by one thread over the log as it was finally stored.

It imports nothing of the product. Events of a word count up; each says how many there were, in a chain
that tells any loss, repetition or change of order. A word that was not heard for a while says so, once.
What is no event is quarantined under its place in the log.
"""

import json
from collections.abc import Iterable
from typing import NamedTuple
from zlib import crc32

#: What was said, and of which word: ("count" | "silent", n, chain, last time).
Said = tuple[str, int, int, int]


class Heard(NamedTuple):
    """A record of the input, as the log has it. `at_ms`: the broker's time."""

    partition: int
    offset: int
    at_ms: int
    word: bytes
    value: bytes


class Truth(NamedTuple):
    """By word, what must be said, no more and no less; and the ids that must be in quarantine."""

    said: dict[bytes, set[Said]]
    poison: set[str]


class Speech:
    """All that was said, and what of it holds for whoever takes the last record of each word.

    A record whose batch has a smaller number than one of the same writer before it, in its partition, is
    passed over: its writer had been replaced long before, and it was said already.
    """

    def __init__(self) -> None:
        self.records: list[tuple[bytes, Said]] = []
        self.holds: dict[bytes, Said] = {}
        #: How many records were passed over.
        self.late = 0
        self._newest: dict[tuple[int, str], int] = {}

    def take(self, partition: int, batch: bytes, word: bytes, said: Said) -> None:
        """`batch`: the value of the record's header, `<writer>:<number>`."""
        self.records.append((word, said))
        writer, _, number = batch.decode().rpartition(":")
        newest = self._newest.get((partition, writer), -1)
        if int(number) < newest:
            self.late += 1
            return
        self._newest[partition, writer] = int(number)
        self.holds[word] = said


class Verdict(NamedTuple):
    """`wrong`: words of which something else holds at last. `repeats`: records that said a thing again."""

    lost: int
    doubled: int
    wrong: int
    poison_in: int
    poison_quarantined: int
    poison_repeats: int
    repeats: int


def tell(topic: str, heard: Iterable[Heard], silence_ms: int) -> Truth:
    """The truth over the finished log, each partition in the order of its offsets."""
    said: dict[bytes, set[Said]] = {}
    states: dict[bytes, tuple[int, int, int]] = {}
    poison: set[str] = set()
    for record in sorted(heard, key=lambda one: (one.partition, one.offset)):
        if not is_event(record.value):
            poison.add(f"{topic}-{record.partition}-{record.offset}")
            continue
        n, chain, last_ms = states.get(record.word, (0, 0, 0))
        words = said.setdefault(record.word, set())
        if n and record.at_ms - last_ms > silence_ms:
            words.add(("silent", n, chain, last_ms))
        n, chain, last_ms = n + 1, crc32(record.value, chain), record.at_ms
        words.add(("count", n, chain, last_ms))
        states[record.word] = n, chain, last_ms
    for word, state in states.items():
        said[word].add(("silent", *state))
    return Truth(said, poison)


def is_event(value: bytes) -> bool:
    """An object with an `id` of text and a `n` of at most 64 bits, at most 8 levels deep."""
    try:
        event = json.loads(value, parse_constant=_refuse)
        json.dumps(event, ensure_ascii=False).encode()  # no lone surrogates
    except (ValueError, RecursionError):
        return False
    if not isinstance(event, dict) or not isinstance(event.get("id"), str):
        return False
    n = event.get("n")
    return isinstance(n, int) and not isinstance(n, bool) and -(2**63) <= n < 2**63 and _depth(event) <= 8


def _refuse(constant: str) -> float:
    raise ValueError(constant)


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0


def judge(truth: Truth, speech: Speech, quarantined: Iterable[str]) -> Verdict:
    """What the workers said, record by record, against the truth."""
    by_word: dict[bytes, set[Said]] = {}
    for word, what in speech.records:
        by_word.setdefault(word, set()).add(what)
    entries = list(quarantined)
    lost = sum(len(must - by_word.get(word, set())) for word, must in truth.said.items())
    doubled = sum(len(told - truth.said.get(word, set())) for word, told in by_word.items())
    last = {word: max(what) for word, what in truth.said.items()}
    wrong = sum(speech.holds.get(word) != what for word, what in last.items())
    return Verdict(
        lost, doubled, wrong, len(truth.poison), len(truth.poison & set(entries)),
        len(entries) - len(set(entries)), len(speech.records) - sum(map(len, by_word.values())),
    )  # fmt: skip
