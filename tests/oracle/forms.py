"""The kinds of web forms: abandoned, full of errors, slow to load."""

from typing import NamedTuple

from .contact import Contact
from .event import Event
from .friction import Episode
from .inside import Met, earliest, last_text, over, raised
from .limits import Terms

CHANGED = "web_form.field_changed"
FIELD_FAILED = "web_form.field_failed"
FAILURES = {FIELD_FAILED, "web_form.submit_failed"}


class Session(NamedTuple):
    """`ordinal`: which of the contact's forms it is, by first event."""

    ordinal: int
    form_id: str
    events: list[Event]

    def place(self, field: str | None) -> str:
        return f"form:{self.form_id}#{field}" if field else f"form:{self.form_id}"


def sessions(contact: Contact) -> list[Session]:
    web = _web(contact)
    forms = dict.fromkeys(form_id for event in web if (form_id := event.text("form_id")))
    return [
        Session(ordinal, form_id, [event for event in web if event.text("form_id") == form_id])
        for ordinal, form_id in enumerate(forms)
    ]


def _web(contact: Contact) -> list[Event]:
    return [event for event in contact.events if event.channel == "web_form"]


def abandoned_forms(contact: Contact, terms: Terms) -> list[Episode]:
    return [one for session in sessions(contact) for one in _abandoned_form(contact, session, terms)]


def _abandoned_form(contact: Contact, session: Session, terms: Terms) -> list[Episode]:
    """A change undoes what was before it, so only the silence since the last change can count."""
    changes = [event for event in session.events if event.type == CHANGED]
    if not changes or any(event.type == "web_form.submitted" for event in session.events):
        return []
    since = [event for event in session.events if event.order >= changes[-1].order]
    met = [*_left(contact, since, terms), *_idle(since, terms)]
    if not met:
        return []
    first = earliest(met)
    by_then = [event for event in session.events if event.us <= first.at_us]
    field = last_text((event for event in by_then if event.type in {CHANGED, FIELD_FAILED}), "field")
    evidence = (changes[-1], *first.evidence)
    touchpoint = session.place(field)
    return [raised(contact, "abandoned_form", first.at_us, evidence, touchpoint, session.ordinal)]


def _left(contact: Contact, since: list[Event], terms: Terms) -> list[Met]:
    """Left, with no web_form event of the contact for two minutes."""
    found = []
    for left in (event for event in since if event.type == "web_form.left"):
        after = next((event for event in _web(contact) if event.order > left.order), None)
        at = left.us + terms.limits.form_left_us
        if over(at, after, terms):
            found.append(Met(at, 0, (left,)))
    return found


def _idle(since: list[Event], terms: Terms) -> list[Met]:
    """Thirty minutes without an event of the session."""
    found = []
    for last, after in zip(since, [*since[1:], None], strict=True):
        at = last.us + terms.limits.form_idle_us
        if over(at, after, terms):
            found.append(Met(at, 1, (last,)))
    return found


def form_errors(contact: Contact, terms: Terms) -> list[Episode]:
    found = []
    for session in sessions(contact):
        failures = [event for event in session.events if event.type in FAILURES][: terms.limits.form_failures]
        if len(failures) == terms.limits.form_failures:
            fields = [event for event in failures if event.type == FIELD_FAILED]
            touchpoint = session.place(last_text(fields, "field"))
            at = failures[-1].us
            found.append(raised(contact, "form_errors", at, failures, touchpoint, session.ordinal))
    return found


def slow_pages(contact: Contact, terms: Terms) -> list[Episode]:
    views = [event for event in contact.events if event.type == "web_form.page_loaded"]
    found = []
    for ordinal, view in enumerate(views):
        load_ms = view.number("load_ms")
        if load_ms is not None and load_ms > terms.limits.page_load_ms:
            page = view.text("page")
            touchpoint = f"page:{page}" if page else "channel:web_form"
            found.append(raised(contact, "slow_page", view.us, (view,), touchpoint, ordinal))
    return found
