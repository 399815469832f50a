"""Visitors who began a form and gave it up for good."""

from collections.abc import Iterator

from services.simulator.core.dice import MINUTE
from services.simulator.core.tales import Tale
from services.simulator.core.truth.labels import Label, label, lasted

LEFT_MS = 2 * MINUTE
IDLE_MS = 30 * MINUTE


def abandoned_form(tale: Tale, now_ms: int | None) -> Iterator[Label]:
    """In the stories whoever comes back to a form changes a field, which undoes all that was before."""
    session = tale.session
    if session is None or session.was_submitted or session.last_change is None or session.last is None:
        return
    limit_ms = LEFT_MS if session.was_left else IDLE_MS
    if lasted(session.last, limit_ms, None, now_ms):
        place = f"form:{session.form}#{session.last_field}"
        at_ms = session.last.at_ms + limit_ms
        yield label("abandoned_form", tale, at_ms, place, session.last_change, session.last)
