"""A contact: the pure fold over the events of one call, chat, form session, ticket or thread.

`apply` takes facts in event order, each at constant cost. What detectors need later is kept as
episodes: waits, passages through the IVR, form sessions, transfers.
"""

from collections.abc import Iterable
from typing import Any

from schemas.data import chat, voice, written
from schemas.data.base import Transferred
from schemas.events import channel_of, type_of
from services.journey_builder.core.episodes import FormSession, Passage, Wait
from services.journey_builder.core.facts import Fact
from services.journey_builder.core.handlers import HANDLERS
from services.journey_builder.core.rules import SILENT_END_US

#: Channels on which people speak with the company; the first one heard names the contact's channel.
CONVERSATIONS = frozenset({"ivr", "call", "chat", "email", "social"})

TERMINAL = (
    voice.CallAbandoned,
    voice.CallEnded,
    chat.ChatAbandoned,
    chat.ChatEnded,
)
REPLIES = (written.EmailReplied, written.SocialReplied)
BEFORE_ALL_US = -(2**62)

#: A contact's ticket events and notes alone make none that others may repeat.
RECORDS = frozenset({"ticket", "agent"})


class Contact:
    """What the events so far say. Times in microseconds."""

    def __init__(self) -> None:
        self.events = 0
        self.newest_us = BEFORE_ALL_US
        #: Events that start and prolong it. Notes do so only where there is nothing else.
        self._first: Fact | None = None
        self._last: Fact | None = None
        self._first_note: Fact | None = None
        self._last_note: Fact | None = None
        #: Last event that counts for its journey: surveys and notes do.
        self.journey_last_us = BEFORE_ALL_US
        self.terminal: Fact | None = None
        self.direction: str | None = None
        self.goal: str | None = None
        self.queues: list[tuple[int, str]] = []
        self.identifiers: dict[str, tuple[str, ...]] = {}
        self.person_reached: Fact | None = None
        self.waits: list[Wait] = []
        self.transfers: list[tuple[Fact, str | None]] = []
        #: Entries of each node; and menus that had more options than any before them.
        self.nodes: dict[str, list[Fact]] = {}
        self.widest_menus: list[Fact] = []
        self.first_node: str | None = None
        self.passages: list[Passage] = []
        self.forms: dict[str, FormSession] = {}
        self.form_events: list[Fact] = []
        self.is_call = False
        self.is_ivr_transferred = False
        self.is_record = True
        self._conversation: str | None = None

    @property
    def first(self) -> Fact | None:
        return self._first or self._first_note

    @property
    def last(self) -> Fact | None:
        return self._last or self._last_note

    @property
    def is_contact(self) -> bool:
        return self.first is not None

    @property
    def channel(self) -> str:
        """The first conversation's channel, an IVR with a call being a call; else the first event's."""
        if self._conversation == "ivr" and self.is_call:
            return "call"
        if self._conversation is not None:
            return self._conversation
        return channel_of(type_of(self.first.data)) if self.first is not None else "customer"

    @property
    def begins_with_reply(self) -> bool:
        return self.first is not None and isinstance(self.first.data, REPLIES)

    @property
    def queue(self) -> str | None:
        return self.queues[-1][1] if self.queues else None

    def queue_at(self, at_us: int) -> str | None:
        """The latest queue named by events up to a moment."""
        return next((queue for named_us, queue in reversed(self.queues) if named_us <= at_us), None)

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
    def open_wait(self) -> Wait | None:
        wait = self.waits[-1] if self.waits else None
        return wait if wait is not None and wait.end is None else None

    @property
    def open_passage(self) -> Passage | None:
        passage = self.passages[-1] if self.passages else None
        return passage if passage is not None and passage.end is None else None

    def apply(self, fact: Fact) -> None:
        """Takes the next event, in event order."""
        data = fact.data
        self.events += 1
        self.newest_us = max(self.newest_us, fact.at_us)
        if data.identifiers:
            self._note_identifiers(data)
        if isinstance(data, written.Unknown) or channel_of(type_of(data)) == "customer":
            return
        self.journey_last_us = max(self.journey_last_us, fact.at_us)
        self._note_place(fact)
        if isinstance(data, written.AgentNoted):
            self._first_note, self._last_note = self._first_note or fact, fact
        elif not isinstance(data, written.SurveyAnswered):
            self._prolong(fact)
        for handler in HANDLERS.get(type(data), ()):
            handler(self, fact)

    def _note_identifiers(self, data: Any) -> None:
        if isinstance(data, written.CustomerSeparated):
            return
        for kind, value in data.identifiers.items():
            values = (value,) if isinstance(value, str) else tuple(value)
            if values:
                self.identifiers[kind] = values

    def _note_place(self, fact: Fact) -> None:
        data = fact.data
        if self.goal is None:
            self.goal = data.goal
        queue = data.to_queue or data.queue if isinstance(data, Transferred) else data.queue
        if queue:
            self.queues.append((fact.at_us, queue))

    def _prolong(self, fact: Fact) -> None:
        channel = channel_of(type_of(fact.data))
        self._first, self._last = self._first or fact, fact
        if self._conversation is None and channel in CONVERSATIONS:
            self._conversation = channel
        self.is_call = self.is_call or channel == "call"
        self.is_record = self.is_record and channel in RECORDS
        if isinstance(fact.data, TERMINAL) or _is_end_of_ivr(fact):
            self.terminal = fact


def fold(facts: Iterable[Fact]) -> Contact:
    """The contact that these facts, in event order, make."""
    contact = Contact()
    for fact in facts:
        contact.apply(fact)
    return contact


def _is_end_of_ivr(fact: Fact) -> bool:
    return isinstance(fact.data, voice.IvrEnded) and fact.data.reason != "transferred"
