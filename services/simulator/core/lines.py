"""The queues: who waits for an agent, who gets one, who gives up."""

from collections import deque
from collections.abc import Callable

from msgspec import Struct


class Waiting(Struct, eq=False):
    """Somebody in a line. `resume` goes on with his story: True when an agent took him."""

    resume: Callable[[bool], None]
    is_over: bool = False


class Line:
    """One queue with its agents; `staff` says how many there are now."""

    def __init__(self, staff: Callable[[], int]) -> None:
        self._staff = staff
        self._busy = 0
        self._waiting: deque[Waiting] = deque()

    def join(self, resume: Callable[[bool], None]) -> Waiting:
        waiting = Waiting(resume)
        self._waiting.append(waiting)
        self._serve()
        return waiting

    def give_up(self, waiting: Waiting) -> None:
        """When his patience ends; nothing if he was answered before."""
        if not waiting.is_over:
            waiting.is_over = True
            waiting.resume(False)

    def leave(self) -> None:
        """An agent is free again."""
        self._busy -= 1
        self._serve()

    def _serve(self) -> None:
        while self._waiting and (self._waiting[0].is_over or self._busy < self._staff()):
            first = self._waiting.popleft()
            if not first.is_over:
                first.is_over = True
                self._busy += 1
                first.resume(True)
