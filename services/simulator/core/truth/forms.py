"""Visitors whose form failed them: who gave it up for good, who was told again and again that it is wrong."""

from collections.abc import Iterator

from services.simulator.core.dice import MINUTE
from services.simulator.core.tales import Said, Tale
from services.simulator.core.truth.labels import Label, label, lasted

LEFT_MS = 2 * MINUTE
IDLE_MS = 30 * MINUTE
FAILURES = 3
CHANGED, FAILED = "web_form.field_changed", "web_form.field_failed"
SUBMIT_FAILED, SUBMITTED, LEFT = "web_form.submit_failed", "web_form.submitted", "web_form.left"


def abandoned_form(tale: Tale, now_ms: int | None) -> Iterator[Label]:
    """Whoever comes back to a form changes a field, which undoes all that was before it."""
    for form, session in _sessions(tale):
        changes = [said for said in session if said.type == CHANGED]
        if not changes or any(said.type == SUBMITTED for said in session):
            continue
        since = [said for said in session if said.at_ms >= changes[-1].at_ms]
        met = [*_left(tale, since, now_ms), *_idle(since, now_ms)]
        if met:
            at_ms, last = min(met)
            place = _place(form, [said for said in session if said.at_ms <= at_ms])
            yield label("abandoned_form", tale, at_ms, place, changes[-1], last)


def form_errors(tale: Tale, _now_ms: int | None) -> Iterator[Label]:
    for form, session in _sessions(tale):
        failures = [said for said in session if said.type in (FAILED, SUBMIT_FAILED)][:FAILURES]
        if len(failures) == FAILURES:
            place = _place(form, [said for said in failures if said.type == FAILED])
            yield label("form_errors", tale, failures[-1].at_ms, place, *failures)


def _sessions(tale: Tale) -> Iterator[tuple[str, list[Said]]]:
    """Each form of the visit, and what happened in it."""
    told = [said for said in tale.events if said.type.startswith("web_form.") and said.data.get("form_id")]
    for form in dict.fromkeys(said.data["form_id"] for said in told):
        yield form, [said for said in told if said.data["form_id"] == form]


def _place(form: str, told: list[Said]) -> str:
    fields = [said.data["field"] for said in told if said.type in (CHANGED, FAILED)]
    return f"form:{form}#{fields[-1]}" if fields else f"form:{form}"


def _left(tale: Tale, since: list[Said], now_ms: int | None) -> Iterator[tuple[int, Said]]:
    """He left the page, and did nothing more on the whole site for a while."""
    for left in since:
        if left.type == LEFT:
            after = [said for said in tale.events if said.at_ms > left.at_ms]
            if lasted(left, LEFT_MS, after[0] if after else None, now_ms):
                yield left.at_ms + LEFT_MS, left


def _idle(since: list[Said], now_ms: int | None) -> Iterator[tuple[int, Said]]:
    for last, after in zip(since, [*since[1:], None], strict=True):
        if lasted(last, IDLE_MS, after, now_ms):
            yield last.at_ms + IDLE_MS, last
