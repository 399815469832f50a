"""What people do to an incident."""

from collections.abc import Callable
from enum import StrEnum

from schemas.incidents import Closure, IncidentState
from schemas.times import rfc3339
from services.alerts.core import grouping
from services.alerts.core.board import Board
from services.alerts.core.grouping import Held, revised
from services.alerts.core.reasons import Reason


class Action(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    ESCALATE = "escalate"
    COMMENT = "comment"
    NOT_USEFUL = "not-useful"


class Impossible(Exception):
    """It cannot be done to this incident; the text says why."""


def act(board: Board, held: Held, action: Action, by: str, text: str | None, now_us: int) -> None:
    """Does it, and writes it into the history: done twice, it stands there twice."""
    if held.is_closed and action in (Action.ACKNOWLEDGE, Action.ESCALATE):
        raise Impossible(f"The incident is closed; there is nothing to {action}.")
    after = _EFFECTS[action](held, by, now_us)
    board.put(after)
    board.note(held.incident.incident_id, now_us, _WORDS[action], by=by, text=text)
    if action is Action.ESCALATE:
        note = f"{by} asks for help." if text is None else f"{by} asks for help: {text}"
        board.tell(after, Reason.ESCALATED, now_us, note)
    elif action is Action.RESOLVE and not held.is_closed:
        board.tell_end(after, now_us)


def _acknowledged(held: Held, by: str, now_us: int) -> Held:
    now = rfc3339(now_us)
    return revised(held, state=IncidentState.ACKNOWLEDGED, acknowledged_at=now, acknowledged_by=by)


def _resolved(held: Held, by: str, now_us: int) -> Held:
    return held if held.is_closed else grouping.closed(held, Closure.RESOLVED, now_us)


def _escalated(held: Held, by: str, now_us: int) -> Held:
    """Whoever had taken it gives it back."""
    fields = {"state": IncidentState.OPEN, "acknowledged_at": None, "acknowledged_by": None}
    return revised(held, escalations=held.incident.escalations + 1, **fields)


def _commented(held: Held, by: str, now_us: int) -> Held:
    return revised(held)


def _not_useful(held: Held, by: str, now_us: int) -> Held:
    return revised(held, is_useful=False)


_EFFECTS: dict[Action, Callable[[Held, str, int], Held]] = {
    Action.ACKNOWLEDGE: _acknowledged,
    Action.RESOLVE: _resolved,
    Action.ESCALATE: _escalated,
    Action.COMMENT: _commented,
    Action.NOT_USEFUL: _not_useful,
}
_WORDS = {
    Action.ACKNOWLEDGE: "acknowledged",
    Action.RESOLVE: "resolved",
    Action.ESCALATE: "escalated",
    Action.COMMENT: "commented",
    Action.NOT_USEFUL: "marked_not_useful",
}
