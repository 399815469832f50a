"""Crash points: where tests let a worker die."""

import os

_FAULT = os.environ.get("FAULT_AT", "")


def fault(point: str) -> None:
    """Ends the process at the point that tests name in `FAULT_AT`, as `<point>` or `<point>:<n-th time>`."""
    global _FAULT
    if not _FAULT:
        return
    name, _, times = _FAULT.partition(":")
    if name == point:
        left = int(times or 1) - 1
        _FAULT = f"{name}:{left}" if left else ""
        if not left:
            os._exit(70)
