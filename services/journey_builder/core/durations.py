"""Durations as people write them in rules: `120 s`, `2 min`, `1 h 30 min`, `7 days`. Microseconds inside."""

import re

from schemas.times import SECOND_US

_UNITS = {
    "days": 86_400 * SECOND_US,
    "h": 3600 * SECOND_US,
    "min": 60 * SECOND_US,
    "s": SECOND_US,
    "ms": SECOND_US // 1000,
}
_NAMES = {
    **dict.fromkeys(("d", "day", "days"), "days"),
    **dict.fromkeys(("h", "hour", "hours"), "h"),
    **dict.fromkeys(("min", "minute", "minutes"), "min"),
    **dict.fromkeys(("s", "sec", "second", "seconds"), "s"),
    "ms": "ms",
}
PATTERN = rf"^([0-9]+(\.[0-9]+)? ?({'|'.join(sorted(_NAMES, reverse=True))}) ?)+$"
_WHOLE = re.compile(PATTERN)
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([a-z]+)")


def parse_duration(text: str) -> int:
    """Microseconds; a ValueError where it is none."""
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    return sum(round(float(number) * _UNITS[_NAMES[name]]) for number, name in _PART.findall(text))


def duration_text(us: int) -> str:
    """The same duration, exactly to the millisecond; `parse_duration` reads it."""
    parts = []
    for unit, size in _UNITS.items():
        count, us = divmod(us, size)
        # Two days and more are said in days; 24 h stay hours.
        if unit == "days" and count < 2:
            us += count * size
        elif count:
            parts.append(f"{count} {unit}")
    return " ".join(parts) or "0 s"
