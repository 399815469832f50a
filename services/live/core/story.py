"""What happened before, in plain sentences: what an agent can take in while the phone rings."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from schemas.times import SECOND_US

Document = Mapping[str, Any]
Steps = Sequence[Document]
#: What the customer did by coming this way.
_OPENINGS = {
    "ivr": "called the IVR",
    "call": "called",
    "chat": "chatted",
    "web_form": "was on a form",
    "ticket": "had a ticket",
    "email": "wrote an e-mail",
    "social": "posted",
    "touchpoint": "was met",
    "agent": "was noted on",
    "survey": "answered a survey",
}
#: How a wait went on.
_WAIT_ENDS = {"answered": "was answered", "abandoned": "gave up", None: "is still waiting"}


def story(contacts: Iterable[Document], steps: Mapping[tuple[str, str], Steps]) -> list[str]:
    """A sentence a contact, in the order given. `steps`: in event order, by source and subject."""
    return [
        sentence(head, steps.get((head["contact"]["source"], head["contact"]["subject"]), []))
        for head in contacts
    ]


def before(contacts: Iterable[Document], steps: Mapping[tuple[str, str], Steps]) -> list[dict[str, Any]]:
    """The same for programs that show times in the reader's zone: when, by which channel, what."""
    return [
        {
            "at": head["started_at"],
            "channel": head["channel"],
            "journey_id": head["journey_id"],
            "happened": happened(
                head, steps.get((head["contact"]["source"], head["contact"]["subject"]), [])
            ),
        }
        for head in contacts
    ]


def sentence(head: Document, steps: Steps) -> str:
    """E.g. "21 Nov 10:02 – called, waited 3 min 20 s for billing, gave up." Times are UTC."""
    return f"{_moment(head['started_at'])} – {happened(head, steps)}."


def happened(head: Document, steps: Steps) -> str:
    """The same without its time and full stop."""
    clauses = [_opening(head, steps), *_waits(head), *_transfers(steps), *_form(steps), *_ending(steps)]
    told = [clause for clause, _ in groupby(clause for clause in clauses if clause)]
    return ", ".join(told)


def duration(seconds: int) -> str:
    """The two largest units: "45 s", "3 min 20 s", "2 h 5 min", "3 d 4 h"."""
    units = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    parts: list[str] = []
    for size, unit in units:
        number, seconds = divmod(seconds, size)
        if number or (parts and len(parts) < 2):
            parts.append(f"{number} {unit}" if number else "")
    return " ".join(part for part in parts[:2] if part) or "0 s"


def _moment(at: str) -> str:
    moment = datetime.fromisoformat(at)
    return f"{moment.day} {moment:%b %H:%M}"


def _opening(head: Document, steps: Steps) -> str:
    channel = head["channel"]
    if channel == "call" and _last(steps, "call.started", "direction") == "outbound":
        return "was called by us"
    if head["is_call_back"]:
        return "called back"
    told = _SPECIFIC[channel](steps) if channel in _SPECIFIC else None
    goal = f" about {_words(head['goal'])}" if head["goal"] else ""
    return (told or _OPENINGS.get(channel, "was in touch")) + goal


def _ticket(steps: Steps) -> str | None:
    topic = _last(steps, "ticket.opened", "topic")
    return f"opened a ticket on {_words(topic)}" if topic else None


def _form_opening(steps: Steps) -> str | None:
    form = next((step["data"]["form_id"] for step in steps if step["data"].get("form_id")), None)
    page = _last(steps, "web_form.page_loaded", "page")
    return f"was on form {_words(form)}" if form else f"viewed {_words(page)}" if page else None


def _touchpoint(steps: Steps) -> str | None:
    what = _last(steps, "touchpoint.happened", "what")
    place = _last(steps, "touchpoint.happened", "place")
    return " – ".join(_words(part) for part in (place, what) if part) or None


def _posted(steps: Steps) -> str | None:
    network = _last(steps, "social.posted", "network")
    return f"posted on {_words(network)}" if network else None


_SPECIFIC: dict[str, Callable[[Steps], str | None]] = {
    "ticket": _ticket,
    "web_form": _form_opening,
    "touchpoint": _touchpoint,
    "social": _posted,
}


def _waits(head: Document) -> list[str]:
    return [clause for wait in head["waits"] for clause in _wait(*wait)]


def _wait(queue: str | None, start_us: int, end_us: int | None = None, how: str | None = None) -> list[str]:
    place = f" for {_words(queue)}" if queue else ""
    waited = "" if end_us is None else f"waited {duration(max(0, end_us - start_us) // SECOND_US)}{place}"
    return [waited, _WAIT_ENDS.get(how, "") + ("" if end_us is not None else place)]


def _transfers(steps: Steps) -> list[str]:
    number = sum(step["type"] in ("call.transferred", "chat.transferred") for step in steps)
    return [] if number == 0 else ["was transferred"] if number == 1 else [f"was transferred {number} times"]


def _form(steps: Steps) -> list[str]:
    forms = [step for step in steps if step["channel"] == "web_form"]
    failed = sum(step["type"] in ("web_form.field_failed", "web_form.submit_failed") for step in forms)
    errors = [f"met {failed} error{'s' * (failed > 1)}"] if failed else []
    if any(step["type"] == "web_form.submitted" for step in forms):
        return [*errors, "submitted it"]
    field = next((step["data"]["field"] for step in reversed(forms) if step["data"].get("field")), None)
    return [*errors, f"got as far as {_words(field)}"] if field else errors


#: How it ended, by the last step that says so.
_ENDINGS = {
    ("ivr.ended", "contained"): "was served there",
    ("ivr.ended", "customer_hangup"): "hung up in the IVR",
    ("ivr.ended", "disconnected"): "was cut off in the IVR",
    ("chat.ended", "contained"): "was served by the bot",
    ("call.abandoned", None): "gave up",
    ("chat.abandoned", None): "gave up",
    ("email.replied", None): "got a reply",
    ("social.replied", None): "got a reply",
    ("ticket.resolved", None): "it was resolved",
    ("ticket.reopened", None): "it was reopened",
}


def _ending(steps: Steps) -> list[str]:
    for step in reversed(steps):
        reason = step["data"].get("reason")
        told = _ENDINGS.get((step["type"], reason if isinstance(reason, str) else None))
        resolved = step["data"].get("resolved")
        if isinstance(resolved, bool):
            return [told or "", "it was resolved" if resolved else "it was not resolved"]
        if told:
            return [told]
    return []


def _last(steps: Steps, type_name: str, field: str) -> Any:
    values = (step["data"].get(field) for step in reversed(steps) if step["type"] == type_name)
    return next((value for value in values if value), None)


def _words(name: object) -> str:
    """A platform's name as words: `move_home` is "move home"."""
    return " ".join(str(name).replace("_", " ").split())
