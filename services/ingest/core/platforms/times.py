"""Moments as platforms write them: ISO 8601, RFC 2822, epoch in four units, with and without a zone."""

from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from math import isfinite

from schemas.times import to_us

#: Of an epoch number its size tells the unit: the first bound it lies under, and µs in one unit.
_UNITS = ((1e11, 1_000_000.0), (1e14, 1000.0), (1e17, 1.0), (1e20, 0.001))


def moment_us(value: object, zone: tzinfo = UTC) -> int:
    """µs since 1970; `zone` holds where the text names none. Raises `ValueError`."""
    if isinstance(value, bool) or value is None:
        raise ValueError(f"{value!r} is no time")
    if isinstance(value, int | float):
        return _from_number(value)
    text = str(value).strip()
    whole, point, fraction = text.partition(".")
    if whole.isdigit() and (not point or fraction.isdigit()):
        # By parts: a double would lose the microseconds of a Unix time with a fraction.
        if not point:
            return _from_number(int(whole))
        return _from_number(int(whole)) + int(float(f"0.{fraction}") * _unit(int(whole)) + 0.5)
    return to_us(_from_text(text, zone))


def _from_number(number: float) -> int:
    if not isfinite(number):
        raise ValueError(f"{number!r} is no time")
    return int(number * _unit(number)) if isinstance(number, int) else round(number * _unit(number))


def _unit(number: float) -> float:
    for bound, microseconds in _UNITS:
        if abs(number) < bound:
            return microseconds
    raise ValueError(f"{number!r} is no time since 1970")


def _from_text(text: str, zone: tzinfo) -> datetime:
    for suffix in (" UTC", " GMT"):
        if text.endswith(suffix) and text[:1].isdigit():
            text, zone = text.removesuffix(suffix), UTC
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = parsedate_to_datetime(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
