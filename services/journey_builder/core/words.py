"""Moments and places in words: what a manager reads."""

from schemas.times import SECOND_US


def duration(us: int) -> str:
    """Microseconds as people say them, cut to whole seconds: `45 s`, `2 min 5 s`, `3 h 20 min`, `5 days`."""
    seconds = us // SECOND_US
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return _pair(seconds // 60, "min", seconds % 60, "s")
    if seconds < 48 * 3600:
        return _pair(seconds // 3600, "h", seconds % 3600 // 60, "min")
    return f"{seconds // 86400} days"


def _pair(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large} {large_unit} {small} {small_unit}" if small else f"{large} {large_unit}"


def queue_or_channel(queue: str | None, channel: str) -> str:
    """The touchpoint of what happened in a queue; where none is known, of its channel."""
    return f"queue:{queue}" if queue else f"channel:{channel}"


def place(touchpoint: str) -> str:
    """A touchpoint in a sentence: `queue:billing` is `queue billing`."""
    kind, _, name = touchpoint.partition(":")
    return f"{kind} {name}" if kind != "channel" else f"the {name} channel"
