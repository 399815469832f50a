"""The kinds of waiting: in a queue, on hold, for an answer."""

from typing import NamedTuple

from .contact import Contact
from .event import Event
from .friction import Episode
from .inside import over, raised
from .limits import Limits, Terms

WAIT_ENDS = {"call.queued", "call.answered", "call.transferred", "call.abandoned", "call.ended"}
HOLD_ENDS = {"call.resumed", "call.transferred", "call.abandoned", "call.ended"}
CHAT_ENDS = {"chat.ended", "chat.abandoned"}


class Span(NamedTuple):
    """`end` is None while it lasts."""

    start: Event
    end: Event | None


def waits(contact: Contact) -> list[Span]:
    found = []
    for index, queued in enumerate(contact.events):
        if queued.type == "call.queued":
            later = contact.events[index + 1 :]
            found.append(Span(queued, next((event for event in later if event.type in WAIT_ENDS), None)))
    return found


def is_abandoned(wait: Span) -> bool:
    return wait.end is not None and wait.end.type == "call.abandoned"


def is_short(wait: Span, limits: Limits) -> bool:
    return wait.end is not None and wait.end.us - wait.start.us <= limits.short_abandon_us


def short_abandons(contact: Contact, limits: Limits) -> int:
    return sum(is_abandoned(wait) and is_short(wait, limits) for wait in waits(contact))


def abandoned_calls(contact: Contact, terms: Terms) -> list[Episode]:
    found = []
    for ordinal, wait in enumerate(waits(contact)):
        if wait.end is not None and is_abandoned(wait) and not is_short(wait, terms.limits):
            touchpoint = contact.queue_place(contact.up_to(wait.end))
            found.append(raised(contact, "abandoned_call", wait.end.us, wait, touchpoint, ordinal))
    return found


def long_waits(contact: Contact, terms: Terms) -> list[Episode]:
    found = []
    for ordinal, wait in enumerate(waits(contact)):
        at = wait.start.us + terms.limits.long_wait_us
        if over(at, wait.end, terms):
            touchpoint = contact.queue_place(contact.by(at))
            found.append(raised(contact, "long_wait", at, wait, touchpoint, ordinal))
    return found


def long_holds(contact: Contact, terms: Terms) -> list[Episode]:
    """All holds together; the evidence are those up to the one in which it became too much."""
    evidence: list[Event | None] = []
    left = terms.limits.long_hold_us
    for hold in holds(contact):
        evidence += hold
        at = hold.start.us + left
        if over(at, hold.end, terms):
            return [raised(contact, "long_hold", at, evidence, contact.queue_place(contact.by(at)))]
        if hold.end is None:
            break
        left -= hold.end.us - hold.start.us
    return []


def holds(contact: Contact) -> list[Span]:
    """Held once more while held changes nothing."""
    found: list[Span] = []
    held: Event | None = None
    for event in contact.events:
        if event.type == "call.held":
            held = held or event
        elif held is not None and event.type in HOLD_ENDS:
            found.append(Span(held, event))
            held = None
    return found if held is None else [*found, Span(held, None)]


def slow_responses(contact: Contact, terms: Terms) -> list[Episode]:
    limits = terms.limits
    patience = {
        "chat": limits.chat_answer_us,
        "email": limits.email_answer_us,
        "social": limits.social_answer_us,
    }
    found = []
    for ordinal, run in enumerate(unanswered_runs(contact)):
        at = run.start.us + patience[run.start.channel]
        if over(at, run.end, terms):
            queue = contact.queue(contact.by(at))
            touchpoint = f"queue:{queue}" if queue else f"channel:{run.start.channel}"
            found.append(raised(contact, "slow_response", at, run, touchpoint, ordinal))
    return found


def unanswered_runs(contact: Contact) -> list[Span]:
    """Each from its first message to its answer or the chat's end, by first message."""
    found: list[Span] = []
    for channel in ("chat", "email", "social"):
        first: Event | None = None
        for event in contact.events:
            if event.channel != channel:
                continue
            if _asks(event):
                first = first or event
            elif first is not None and _settles(event):
                found.append(Span(first, event))
                first = None
        if first is not None:
            found.append(Span(first, None))
    return sorted(found, key=lambda run: run.start.order)


def _asks(event: Event) -> bool:
    if event.type == "chat.message_sent":
        return event.data.get("by") == "customer"
    return event.type in {"email.received", "social.posted"}


def _settles(event: Event) -> bool:
    if event.type == "chat.message_sent":
        return event.data.get("by") in {"bot", "agent"}
    return event.type in CHAT_ENDS | {"email.replied", "social.replied"}
