"""A contact: the pure fold over the events of one call, chat, form session, ticket or thread.

`apply` takes facts in event order, each at constant cost. What detectors need later is kept as
episodes: waits, holds, unanswered runs, passages through the IVR, form sessions, transfers.
"""

from bisect import bisect_right
from collections.abc import Iterable

from msgspec import Struct

from schemas.contacts import Resolved
from schemas.data import voice, written
from schemas.data.written import CustomerUpdated
from schemas.events import channel_of_data
from services.journey_builder.core.episodes import NO_PAST, FormSession, Hold, Passage, Past, Unanswered, Wait
from services.journey_builder.core.facts import BLOCKED_MARK, Fact, names_of
from services.journey_builder.core.identity.values import Known, latest
from services.journey_builder.core.parts import PARTS, Part
from services.journey_builder.core.rules import SILENT_END_US

REPLIES = (written.EmailReplied, written.SocialReplied)
#: Of a customer, as `customer.updated` names them.
ATTRIBUTES = ("segment", "persona", "vip", "language", "market")
BEFORE_ALL_US = -(2**62)


class Contact(Struct, gc=False):
    """What the events so far say. Times in microseconds."""

    #: Of forgotten events.
    past: Past = NO_PAST
    events: int = 0
    newest_us: int = BEFORE_ALL_US
    #: Events that start and prolong it. Notes do so only where there is nothing else.
    _first: Fact | None = None
    _last: Fact | None = None
    _first_note: Fact | None = None
    _last_note: Fact | None = None
    #: Last event that counts for its journey: surveys and notes do.
    journey_last_us: int = BEFORE_ALL_US
    terminal: Fact | None = None
    direction: str | None = None
    goal: str | None = None
    queues: list[tuple[int, str]] = []
    #: By type, as they compare, those named last at the end; of several customer_ids the last alone.
    identifiers: Known = {}
    blocked: Known = {}
    #: What was said of the customer, by attribute: the last word.
    attributes: dict[str, tuple[Fact, str | bool]] = {}
    #: By a person, whoever called; see `reached`.
    answers: list[Fact] = []
    waits: list[Wait] = []
    holds: list[Hold] = []
    transfers: list[tuple[Fact, str | None]] = []
    unanswered: list[Unanswered] = []
    open_runs: dict[str, Unanswered] = {}
    #: Handovers between bot and agent, each with the bot known by then.
    handovers: list[tuple[Fact, str | None]] = []
    bot: str | None = None
    #: An IVR or a bot had a part in it.
    met_machine: bool = False
    #: What the customer said that may be negative, with the queue at that moment.
    said: list[tuple[Fact, str | None]] = []
    surveys: list[Fact] = []
    #: With the touchpoint, unless that is the contact's channel.
    authentications: list[tuple[Fact, str | None]] = []
    #: Whether it was resolved, each time that was said, shown or undone.
    resolutions: list[tuple[Fact, Resolved]] = []
    #: The abandonment after which nobody has taken care of the customer.
    abandoned: Fact | None = None
    topic: str | None = None
    reopenings: list[tuple[Fact, str | None]] = []
    #: Entries of each node; and menus that had more options than any before them.
    nodes: dict[str, list[Fact]] = {}
    widest_menus: list[Fact] = []
    first_node: str | None = None
    node: str | None = None
    passages: list[Passage] = []
    #: The customer's last step in the IVR; ends of the IVR as dead ends, each with the failed step
    #: that led to it, if any, and the node before it; where a machine said that it was enough.
    ivr_step: Fact | None = None
    dead_ends: list[tuple[Fact, Fact | None, str | None]] = []
    contained: tuple[Fact, str] | None = None
    forms: dict[str, FormSession] = {}
    form_events: list[Fact] = []
    first_change: Fact | None = None
    pages: list[Fact] = []
    is_call: bool = False
    is_ivr_transferred: bool = False
    is_record: bool = True
    conversation: str | None = None

    def beyond(self, left: "Contact", kept_us: int) -> Past:
        """What this one has had that is not in what is left of it, which begins then."""
        had = {
            name: len(getattr(self, name)) + getattr(self.past, name) for name in Past.__struct_fields__[1:]
        }
        lost = {name: max(0, number - len(getattr(left, name))) for name, number in had.items()}
        return Past(self.queue_at(kept_us - 1), **lost)

    @property
    def first(self) -> Fact | None:
        return self._first or self._first_note

    @property
    def last(self) -> Fact | None:
        return self._last or self._last_note

    @property
    def started_us(self) -> int:
        """Of what is no contact, when it was first spoken of."""
        first = self.first or (self.surveys[0] if self.surveys else None)
        return first.at_us if first is not None else self.newest_us

    @property
    def is_contact(self) -> bool:
        return self.first is not None

    @property
    def channel(self) -> str:
        """The first conversation's channel, an IVR with a call being a call; else the first event's."""
        if self.conversation is not None:
            return "call" if self.is_call and self.conversation == "ivr" else self.conversation
        first = self.first or (self.surveys[0] if self.surveys else None)
        return channel_of_data(first.data) if first is not None else "customer"

    @property
    def begins_with_reply(self) -> bool:
        return self.first is not None and isinstance(self.first.data, REPLIES)

    @property
    def queue(self) -> str | None:
        return self.queues[-1][1] if self.queues else None

    def queue_at(self, at_us: int) -> str | None:
        """The latest queue named by events up to a moment."""
        place = bisect_right(self.queues, at_us, key=_named_us)
        return self.queues[place - 1][1] if place else None

    @property
    def reached(self) -> list[Fact]:
        """When the customer reached a person. That somebody took our own call is none."""
        if self.direction != "outbound":
            return self.answers
        return [fact for fact in self.answers if not isinstance(fact.data, voice.CallAnswered)]

    @property
    def end(self) -> Fact | None:
        """The event that ended it, or after which it fell silent."""
        return self.terminal or self.last

    @property
    def end_us(self) -> int:
        if self.terminal is not None:
            return self.terminal.at_us
        return self.last.at_us + SILENT_END_US if self.last is not None else 0

    @property
    def is_in_ivr(self) -> bool:
        """Whether it ever was."""
        return bool(self.nodes or self.passages)

    @property
    def open_wait(self) -> Wait | None:
        wait = self.waits[-1] if self.waits else None
        return wait if wait is not None and wait.end is None else None

    @property
    def open_hold(self) -> Hold | None:
        hold = self.holds[-1] if self.holds else None
        return hold if hold is not None and hold.end is None else None

    @property
    def open_passage(self) -> Passage | None:
        passage = self.passages[-1] if self.passages else None
        return passage if passage is not None and passage.end is None else None

    def apply(self, fact: Fact) -> None:
        """Takes the next event, in event order."""
        data, at_us = fact.data, fact.at_us
        self.events += 1
        if at_us > self.newest_us:
            self.newest_us = at_us
        if data.identifiers:
            self._note_identifiers(fact)
        part = PARTS.get(type(data))
        if part is None:
            if isinstance(data, CustomerUpdated):
                self._note_attributes(fact, data)
            return
        if at_us > self.journey_last_us:
            self.journey_last_us = at_us
        if data.goal is not None and self.goal is None:
            self.goal = data.goal
        queue = (getattr(data, "to_queue", None) if part.is_transfer else None) or data.queue
        if queue:
            self.queues.append((at_us, queue))
        if part.is_note:
            self._first_note, self._last_note = self._first_note or fact, fact
        elif not part.is_survey:
            self._prolong(fact, part)
        for handler in part.handlers:
            handler(self, fact)

    def _note_identifiers(self, fact: Fact) -> None:
        for kind, named in names_of(fact):
            values = tuple(named)
            is_blocked = kind.startswith(BLOCKED_MARK)
            known = self.blocked if is_blocked else self.identifiers
            if values:
                kind = kind.removeprefix(BLOCKED_MARK)
                known[kind] = values[-1:] if kind == "customer_id" else latest(known.get(kind, ()), values)

    def _note_attributes(self, fact: Fact, data: CustomerUpdated) -> None:
        for name in ATTRIBUTES:
            value = getattr(data, name)
            if value is not None:
                self.attributes[name] = (fact, value)

    def _prolong(self, fact: Fact, part: Part) -> None:
        if self._first is None:
            self._first = fact
        self._last = fact
        if self.conversation is None:
            self.conversation = part.conversation
        if part.is_call:
            self.is_call = True
        elif part.conversation == "ivr":
            self.met_machine = True
        if not part.is_record:
            self.is_record = False
        if part.is_terminal and not (
            part.is_end_of_ivr and getattr(fact.data, "reason", None) == "transferred"
        ):
            self.terminal = fact


def _named_us(named: tuple[int, str]) -> int:
    return named[0]


def fold(facts: Iterable[Fact], past: Past = NO_PAST) -> Contact:
    """The contact that these facts, in event order, make."""
    contact = Contact(past)
    if past.queue is not None:
        contact.queues.append((BEFORE_ALL_US, past.queue))
    for fact in facts:
        contact.apply(fact)
    return contact
