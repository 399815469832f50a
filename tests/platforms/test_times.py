"""Moments in every way that platforms write them."""

from zoneinfo import ZoneInfo

import pytest

from services.ingest.core.platforms.times import moment_us
from tests.platforms.given import NOW_US


@pytest.mark.parametrize("value", [
    1795255200, "1795255200", 1795255200.0, "1795255200.0", 1795255200000, "1795255200000", 1795255200000000,
    "1795255200000000", "2026-11-21T10:00:00Z", "2026-11-21T11:00:00.000+01:00", "2026-11-21 10:00:00 UTC",
    "2026-11-21 10:00:00", "Sat, 21 Nov 2026 10:00:00 +0000", "Sat, 21 Nov 2026 10:00:00 GMT",
])  # fmt: skip
def test_it_is_the_same_moment(value: object) -> None:
    assert moment_us(value) == NOW_US


def test_a_fraction_in_a_text_keeps_its_microseconds() -> None:
    assert moment_us("1795255200.412068") == NOW_US + 412_068


def test_a_text_without_a_zone_is_in_the_connections() -> None:
    assert moment_us("2026-11-21 11:00:00", ZoneInfo("Europe/Rome")) == NOW_US
    assert moment_us("2026-11-21T10:00:00Z", ZoneInfo("Europe/Rome")) == NOW_US


@pytest.mark.parametrize(
    "value", [None, "", "soon", True, float("nan"), float("inf"), 10**30, "12:30", [], {}]
)
def test_what_is_no_moment_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"time|date|isoformat|string"):
        moment_us(value)
