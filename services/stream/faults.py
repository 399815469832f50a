"""Crash points: where tests let a worker die, or stop until they wake it."""

import os
import signal

_FAULT = os.environ.get("FAULT_AT", "")
_IS_STOPPED = os.environ.get("FAULT_STOPS") == "1"


def fault(point: str) -> None:
    """Ends the process at the point that tests name in `FAULT_AT`, as `<point>` or `<point>:<n-th time>`."""
    global _FAULT
    if not _FAULT:
        return
    name, _, times = _FAULT.partition(":")
    if name == point:
        left = int(times or 1) - 1
        _FAULT = f"{name}:{left}" if left else ""
        if not left and _IS_STOPPED:
            os.kill(os.getpid(), signal.SIGSTOP)
        elif not left:
            os._exit(70)
