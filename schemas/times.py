"""Moments: microseconds since 1970 inside, RFC 3339 in UTC with milliseconds outside."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND_US = 1_000_000
DAY_SECONDS = 86_400
_LEAP = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:)60((?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d))")
#: An offset can put a moment before the first that the calendar can write.
EARLIEST_US = (datetime.min.replace(tzinfo=UTC) - EPOCH) // MICROSECOND
#: One day before the last, for the sake of offsets.
LATEST_US = (datetime.max.replace(tzinfo=UTC) - EPOCH) // MICROSECOND - DAY_SECONDS * SECOND_US


def to_us(moment: datetime) -> int:
    # By subtraction: a float would lose microseconds, and `astimezone` fails at the calendar's ends.
    return (moment - EPOCH) // MICROSECOND


def without_leap(text: str) -> str | None:
    """The second before a leap second, which RFC 3339 can write and `datetime` cannot; None: it is none."""
    found = _LEAP.fullmatch(text) if ":60" in text else None
    if found is None:
        return None
    before = f"{found[1]}59{found[2]}"
    try:
        second = to_us(datetime.fromisoformat(before)) // SECOND_US
    except ValueError:
        return None
    is_last = second % DAY_SECONDS == DAY_SECONDS - 1 and second * SECOND_US < LATEST_US
    return before if is_last else None


def rfc3339(at_us: int) -> str:
    minute, us = divmod(at_us, 60 * SECOND_US)
    second, us = divmod(us, SECOND_US)
    return _minute(minute) + _SECONDS[second] + _MILLISECONDS[us // 1000]


#: To look them up costs half of what it costs to write them.
_SECONDS = [f"{second:02d}." for second in range(60)]
_MILLISECONDS = [f"{ms:03d}Z" for ms in range(1000)]


@lru_cache(10_000)
def _minute(minute: int) -> str:
    """Up to its seconds. Many moments share one, and the calendar is what takes time."""
    return (EPOCH + timedelta(minutes=minute)).isoformat()[:17]


def within_us(moment: datetime, latest_us: int) -> int:
    """A moment that somebody named, in the span that can be written: 1970 to the latest."""
    return min(max(to_us(moment), 0), latest_us)


def parse_us(text: str) -> int:
    """Raises `ValueError`; a moment without an offset is in UTC."""
    moment = datetime.fromisoformat(text)
    return to_us(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def in_utc(moment: datetime) -> datetime:
    """A moment without an offset is in UTC already."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
