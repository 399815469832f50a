"""A contact: its events, and by them its start, end, channel, queue, goal and customer."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from .event import ContactKey, Event
from .limits import MINUTE

TERMINAL = {"ivr.ended", "call.abandoned", "call.ended", "chat.abandoned", "chat.ended"}
CONVERSATIONS = {"ivr", "call", "chat", "email", "social"}
COMPANIONS = {"survey", "agent", "customer"}
IDENTIFIERS = ("customer_id", "account_id", "email", "phone", "visitor_id", "device_id")
BLOCKED = {"", "null", "none", "anonymous", "unknown", "undefined", "0", "0000000000", "[object object]"}

Customer = tuple[str, ...]


class Contact:
    """Made once, of all its events in event order; or the answers about a contact that nobody knows."""

    def __init__(self, key: ContactKey, events: list[Event]) -> None:
        self.key = key
        self.all_events = events
        self.events = [event for event in events if event.known and event.channel != "customer"]
        notes = [event for event in self.events if event.channel == "agent"]
        self.own = [event for event in self.events if event.channel not in COMPANIONS] or notes or self.events

    @property
    def first(self) -> Event:
        return self.own[0]

    @cached_property
    def ender(self) -> Event:
        """The event that ended the contact: the last terminal one, else the last that prolonged it."""
        terminal = [event for event in self.own if is_terminal(event)]
        return terminal[-1] if terminal else self.own[-1]

    @cached_property
    def end_us(self) -> int:
        return self.ender.us if is_terminal(self.ender) else self.ender.us + 30 * MINUTE

    @property
    def last_us(self) -> int:
        return self.events[-1].us

    @property
    def is_mere_answers(self) -> bool:
        return all(event.channel == "survey" for event in self.events)

    @property
    def is_ticket_or_note(self) -> bool:
        return all(event.channel in {"ticket", "agent"} for event in self.own)

    @cached_property
    def channel(self) -> str:
        """Of the first conversation event (an IVR with a call is a call), else of the first event."""
        conversation = [event.channel for event in self.own if event.channel in CONVERSATIONS]
        if not conversation:
            return self.first.channel
        return "call" if conversation[0] == "ivr" and "call" in conversation else conversation[0]

    @cached_property
    def goal(self) -> str | None:
        return next((goal for event in self.events if (goal := event.text("goal"))), None)

    def queue(self, until: Iterable[Event]) -> str | None:
        """The latest `to_queue` or `queue` of these events."""
        queues = [queue for event in until if (queue := event.text("to_queue") or event.text("queue"))]
        return queues[-1] if queues else None

    def queue_place(self, until: Iterable[Event]) -> str:
        queue = self.queue(until)
        return f"channel:{self.channel}" if queue is None else f"queue:{queue}"

    def up_to(self, last: Event) -> list[Event]:
        return [event for event in self.events if event.order <= last.order]

    def by(self, us: int) -> list[Event]:
        return [event for event in self.events if event.us <= us]

    @property
    def customer(self) -> Customer:
        return customer_of(self.all_events) or (self.key.tenant, "contact", self.key.source, self.key.subject)


def is_outbound(contact: Contact) -> bool:
    """What the first call.started says that says it at all; missing means inbound."""
    said = [event.text("direction") for event in contact.events if event.type == "call.started"]
    return next((direction == "outbound" for direction in said if direction), False)


def is_terminal(event: Event) -> bool:
    if event.type == "ivr.ended":
        return event.data.get("reason") != "transferred"
    return event.type in TERMINAL


def is_person(event: Event, outbound: bool) -> bool:
    if event.type == "call.answered":
        return not outbound
    if event.type == "chat.message_sent":
        return event.data.get("by") == "agent"
    return event.type in {"email.replied", "social.replied"}


def persons(contact: Contact) -> list[Event]:
    """Each event by which a person was reached."""
    return [event for event in contact.events if is_person(event, is_outbound(contact))]


def contacts(events: Iterable[Event]) -> list[Contact]:
    """Surveys and customer events make none of their own, unknown types start none."""
    return [contact for contact in _grouped(events) if not contact.is_mere_answers]


def lone_answers(events: Iterable[Event]) -> list[Contact]:
    """Surveys about no known contact, as if they were contacts."""
    return [contact for contact in _grouped(events) if contact.is_mere_answers and contact.events]


def _grouped(events: Iterable[Event]) -> list[Contact]:
    groups: defaultdict[ContactKey, list[Event]] = defaultdict(list)
    for event in events:
        if event.contact is not None:
            groups[event.contact].append(event)
    return [Contact(key, group) for key, group in groups.items()]


def customer_of(events: Iterable[Event]) -> Customer | None:
    """The last value of the strongest type of identifier that these events bring."""
    last: dict[str, Customer] = {}
    for event in events:
        for type_ in IDENTIFIERS:
            values = identifiers(event, type_)
            if values:
                last[type_] = (event.tenant, type_, values[-1])
    return next((last[type_] for type_ in IDENTIFIERS if type_ in last), None)


def identifiers(event: Event, type_: str) -> list[str]:
    brought = event.data.get("identifiers")
    if not isinstance(brought, dict) or event.type == "customer.separated":
        return []
    value = brought.get(type_)
    several = value if isinstance(value, list) else [value]
    values = [text.strip() for text in several if isinstance(text, str)]
    values = [text.lower() if type_ == "email" else text for text in values]
    return [text for text in values if text.lower() not in BLOCKED]
