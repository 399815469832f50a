"""When to try again: doubling pauses up to a limit, spread so that many do not come back at one moment."""

from hashlib import blake2b

from msgspec import Struct

_DOUBLINGS_MAX = 32


class Pauses(Struct, frozen=True, kw_only=True):
    first_seconds: float = 5.0
    longest_seconds: float = 60.0


def pause_seconds(attempts: int, key: str, pauses: Pauses, asked_seconds: float = 0.0) -> float:
    """After so many failed attempts; never under what the receiver asked for, up to ten times the longest."""
    doubled = pauses.first_seconds * 2.0 ** min(attempts - 1, _DOUBLINGS_MAX)
    upper = min(doubled, pauses.longest_seconds)
    spread = upper * (0.75 + 0.25 * _share(f"{key}/{attempts}"))
    return max(spread, min(asked_seconds, 10 * pauses.longest_seconds))


def _share(text: str) -> float:
    """In [0, 1], the same for the same text."""
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest()) / 0xFFFFFFFF
