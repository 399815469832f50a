"""The kinds that one contact decides by itself: waits, the IVR, forms."""

from collections.abc import Iterable
from typing import NamedTuple

from .contact import MINUTE, Contact
from .event import MICROSECONDS, Event
from .friction import Friction

SHORT_ABANDON = 5 * MICROSECONDS
LONG_WAIT = 120 * MICROSECONDS
IVR_LIMIT = 180 * MICROSECONDS
LEFT_LIMIT = 2 * MINUTE
IDLE_LIMIT = 30 * MINUTE
MENU_OPTIONS = 6
DISTINCT_NODES = 4
LOOP = 3
WAIT_ENDS = {"call.queued", "call.answered", "call.transferred", "call.abandoned", "call.ended"}
PASSAGE_ENDS = {"ivr.ended", "call.queued", "call.answered", "call.abandoned", "call.ended"}
CHANGED = "web_form.field_changed"
FAILED = "web_form.field_failed"

Clock = int | None
Evidence = Iterable[Event | None]


def inside(contact: Contact, clock_us: Clock) -> list[Friction]:
    found = [*abandoned_calls(contact), *long_waits(contact, clock_us), *ivr_loops(contact)]
    return found + ivr_maze(contact, clock_us) + abandoned_forms(contact, clock_us)


def raised(contact: Contact, kind: str, at_us: int, evidence: Evidence, touchpoint: str) -> Friction:
    """Evidence stands in event order, each event once."""
    events = {event.order: event.id for event in evidence if event is not None}
    ids = tuple(events[order] for order in sorted(events))
    return Friction(kind, contact.key.source, contact.key.subject, at_us // 1000, ids, touchpoint)


def over(limit_us: int, until: Event | None, clock_us: Clock) -> bool:
    """Whether what lasts until this event (None: it still does) was still so after the limit."""
    if until is not None:
        return until.us > limit_us
    return clock_us is None or clock_us > limit_us


class Wait(NamedTuple):
    queued: Event
    ended: Event | None


def waits(contact: Contact) -> list[Wait]:
    found = []
    for index, queued in enumerate(contact.events):
        if queued.type == "call.queued":
            later = contact.events[index + 1 :]
            found.append(Wait(queued, next((event for event in later if event.type in WAIT_ENDS), None)))
    return found


def abandonments(contact: Contact) -> list[tuple[Event, Event]]:
    """Each queued with the abandoned that ended its wait; without an open wait it counts for nothing."""
    ended = [(wait.queued, wait.ended) for wait in waits(contact) if wait.ended is not None]
    return [(queued, event) for queued, event in ended if event.type == "call.abandoned"]


def is_short(queued: Event, abandoned: Event) -> bool:
    return abandoned.us - queued.us <= SHORT_ABANDON


def short_abandons(contact: Contact) -> int:
    return sum(is_short(queued, ended) for queued, ended in abandonments(contact))


def abandoned_calls(contact: Contact) -> list[Friction]:
    found = []
    for queued, ended in abandonments(contact):
        if not is_short(queued, ended):
            touchpoint = contact.queue_place(contact.up_to(ended))
            found.append(raised(contact, "abandoned_call", ended.us, (queued, ended), touchpoint))
    return found


def long_waits(contact: Contact, clock_us: Clock) -> list[Friction]:
    found = []
    for wait in waits(contact):
        at = wait.queued.us + LONG_WAIT
        if over(at, wait.ended, clock_us):
            found.append(raised(contact, "long_wait", at, wait, contact.queue_place(contact.by(at))))
    return found


def ivr_loops(contact: Contact) -> list[Friction]:
    entered = [event for event in contact.events if event.type == "ivr.menu_entered"]
    found = []
    for node in dict.fromkeys(event.text("node") for event in entered):
        same = [event for event in entered if event.text("node") == node]
        if node is not None and len(same) >= LOOP:
            found.append(raised(contact, "ivr_loop", same[LOOP - 1].us, same[:LOOP], f"node:{node}"))
    return found


class Met(NamedTuple):
    """A condition that was met; of several, the earliest counts, and of one moment the first listed."""

    at_us: int
    listed: int
    evidence: tuple[Event | None, ...]
    touchpoint: str = ""


def earliest(met: list[Met]) -> Met:
    return min(met, key=lambda one: (one.at_us, one.listed))


def ivr_maze(contact: Contact, clock_us: Clock) -> list[Friction]:
    met = [*_big_menus(contact), *_many_nodes(contact), *_slow_passages(contact, clock_us)]
    if not met:
        return []
    first = earliest(met)
    return [raised(contact, "ivr_maze", first.at_us, first.evidence, first.touchpoint)]


def _big_menus(contact: Contact) -> list[Met]:
    found = []
    for event in contact.events:
        options = event.data.get("options")
        if event.type == "ivr.menu_entered" and isinstance(options, int | float) and options > MENU_OPTIONS:
            node = event.text("node")
            found.append(Met(event.us, 0, (event,), f"node:{node}" if node else _first_node(contact)))
    return found


def _many_nodes(contact: Contact) -> list[Met]:
    first_entries: dict[str, Event] = {}
    for event in contact.events:
        node = event.text("node")
        if event.type == "ivr.menu_entered" and node:
            first_entries.setdefault(node, event)
    if len(first_entries) <= DISTINCT_NODES:
        return []
    five = tuple(first_entries.values())[: DISTINCT_NODES + 1]
    return [Met(five[-1].us, 1, five, f"node:{five[-1].text('node')}")]


def _slow_passages(contact: Contact, clock_us: Clock) -> list[Met]:
    found = []
    for index, started in enumerate(contact.events):
        later = contact.events[index + 1 :]
        ended = next((event for event in later if event.type in PASSAGE_ENDS), None)
        at = started.us + IVR_LIMIT
        if started.type == "ivr.started" and over(at, ended, clock_us):
            found.append(Met(at, 2, (started, ended), _first_node(contact)))
    return found


def _first_node(contact: Contact) -> str:
    nodes = [node for event in contact.events if event.channel == "ivr" and (node := event.text("node"))]
    return f"node:{nodes[0]}" if nodes else "channel:ivr"


def abandoned_forms(contact: Contact, clock_us: Clock) -> list[Friction]:
    web = [event for event in contact.events if event.channel == "web_form"]
    found = []
    for form_id in dict.fromkeys(event.text("form_id") for event in web):
        session = [event for event in web if event.text("form_id") == form_id]
        if form_id is not None:
            found.extend(_abandoned_form(contact, form_id, session, clock_us))
    return found


def _abandoned_form(contact: Contact, form_id: str, session: list[Event], clock_us: Clock) -> list[Friction]:
    """A change undoes what was before it, so only the silence since the last change can count."""
    changes = [event for event in session if event.type == CHANGED]
    if not changes or any(event.type == "web_form.submitted" for event in session):
        return []
    since = [event for event in session if event.order >= changes[-1].order]
    met = [*_left(contact, since, clock_us), *_idle(since, clock_us)]
    if not met:
        return []
    first = earliest(met)
    by_then = [event for event in session if event.type in {CHANGED, FAILED} and event.us <= first.at_us]
    fields = [field for event in by_then if (field := event.text("field"))]
    touchpoint = f"form:{form_id}#{fields[-1]}" if fields else f"form:{form_id}"
    return [raised(contact, "abandoned_form", first.at_us, (changes[-1], *first.evidence), touchpoint)]


def _left(contact: Contact, since: list[Event], clock_us: Clock) -> list[Met]:
    """Left, with no web_form event of the contact for two minutes."""
    found = []
    web = [event for event in contact.events if event.channel == "web_form"]
    for left in (event for event in since if event.type == "web_form.left"):
        after = next((event for event in web if event.order > left.order), None)
        if over(left.us + LEFT_LIMIT, after, clock_us):
            found.append(Met(left.us + LEFT_LIMIT, 0, (left,)))
    return found


def _idle(since: list[Event], clock_us: Clock) -> list[Met]:
    """Thirty minutes without an event of the session."""
    found = []
    for last, after in zip(since, [*since[1:], None], strict=True):
        if over(last.us + IDLE_LIMIT, after, clock_us):
            found.append(Met(last.us + IDLE_LIMIT, 1, (last,)))
    return found
