"""What the workers are given: a hot word, poison, times that lie, surges. From one seed."""

import random
from zlib import crc32

WORDS = 400
HOT_SHARE = 0.3
POISON_SHARE = 0.01
SKEW_S = 26 * 3600
POISON = [
    b"{",
    b"",
    b'{"id": "a", "n": NaN}',
    b'{"id": "a", "n": 1e999}',
    b'{"id": "\\ud800", "n": 1}',
    b'{"id": "\xed\xa0\x80", "n": 1}',
    b'{"id": "a", "n": 123456789012345678901234567890}',
    b'{"id": "a", "n": 1, "x": ' + b"[" * 2000 + b"]" * 2000 + b"}",
    b'{"id": "a", "n": 1, "x": ' + b"[" * 9 + b"]" * 9 + b"}",
    b'["id", 1]',
    b"\x00\xff\xfe",
]


class Traffic:
    """Words with their events, and poison between them."""

    def __init__(self, seed: int, partitions: int) -> None:
        self._dice = random.Random(seed)
        self._partitions = partitions
        self.told = 0
        self.words = [b"word-%d" % number for number in range(WORDS)]

    def next(self) -> tuple[int, bytes, bytes]:
        """Partition, word and value of the next record."""
        dice = self._dice
        word = self.words[0] if dice.random() < HOT_SHARE else dice.choice(self.words)
        if dice.random() < POISON_SHARE:
            return self.home(word), word, dice.choice(POISON)
        return self.home(word), word, self._event(dice.randint(-SKEW_S, SKEW_S))

    def last(self) -> list[tuple[int, bytes, bytes]]:
        """One event of every word: what is said of it tells the whole state before it."""
        return [(self.home(word), word, self._event(0)) for word in self.words]

    def home(self, word: bytes) -> int:
        return crc32(word) % self._partitions

    def _event(self, skew_s: int) -> bytes:
        self.told += 1
        return b'{"id": "e-%d", "n": %d, "skew_s": %d}' % (self.told, self.told, skew_s)
