"""Chance, as the stories use it. `random.Random` is one; the core never makes its own."""

from collections.abc import Mapping, Sequence
from math import log
from typing import Protocol, TypeVar

T = TypeVar("T")
SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
ON_THE_LIMIT = 0.02


class Dice(Protocol):
    def random(self) -> float: ...

    def expovariate(self, lambd: float, /) -> float: ...

    def lognormvariate(self, mu: float, sigma: float, /) -> float: ...

    def randint(self, a: int, b: int, /) -> int: ...


def happens(dice: Dice, chance: float) -> bool:
    return dice.random() < chance


def one_of(dice: Dice, items: Sequence[T]) -> T:
    return items[int(dice.random() * len(items))]


def pick(dice: Dice, weights: Mapping[T, float]) -> T:
    """One of the keys, by weight."""
    left = dice.random() * sum(weights.values())
    for item, weight in weights.items():
        left -= weight
        if left < 0:
            return item
    return next(iter(weights))


def lasting(dice: Dice, median_s: float, sigma: float = 0.5) -> int:
    """How long something takes, log-normal as people's times are, in ms: at most 20 medians."""
    seconds = dice.lognormvariate(log(median_s), sigma)
    return max(50, round(min(seconds, 20 * median_s) * SECOND))


def lasting_about(dice: Dice, median_s: float, limit_s: float, sigma: float = 0.5) -> int:
    """As `lasting`; but now and then as long as a limit, to the millisecond, or one more or less: there
    the rules show what they mean."""
    if happens(dice, ON_THE_LIMIT):
        return round(limit_s * SECOND) + dice.randint(-1, 1)
    return lasting(dice, median_s, sigma)
