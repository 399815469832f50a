"""A clock that nobody sets, and that goes on while the machine sleeps."""

import time

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def uptime_ms() -> float:
    return time.clock_gettime(_CLOCK) * 1000
