"""A contact as its teller knows it: what was said of it, and what the teller made happen in it."""

from typing import Any, NamedTuple

from msgspec import Struct, field

from services.simulator.core.centre import PBX
from services.simulator.core.people import Person

Event = dict[str, Any]


class Said(NamedTuple):
    """An event that was told: when, and by which id."""

    at_ms: int
    event_id: str


class Wait(Struct):
    """One wait in a queue."""

    queue: str
    start: Said
    end: Said | None = None
    was_given_up: bool = False


class Menu(NamedTuple):
    """One time that a caller was in a menu."""

    node: str
    options: int
    said: Said


class Transfer(NamedTuple):
    to_queue: str
    said: Said


class Session(Struct):
    """One form being filled in: how far, and whether it was given up for good."""

    form: str
    last_change: Said | None = None
    last: Said | None = None
    last_field: str = ""
    was_submitted: bool = False
    #: He left the page, or simply never touched it again.
    was_left: bool = False


class Tale(Struct, kw_only=True):
    """One contact. `counts`: it may repeat another contact and may be repeated."""

    person: Person
    channel: str
    source: str
    subject: str
    counts: bool = True
    is_ticket: bool = False
    names: set[tuple[str, str]] = field(default_factory=set)
    goal: str | None = None
    queue: str | None = None
    first: Said | None = None
    #: The last event of the contact itself; of all that was told about it.
    last: Said | None = None
    last_ms: int = 0
    #: The event that ended it; a contact without one fades away.
    end: Said | None = None
    reached_person: bool = False
    told: int = 0
    passage: tuple[Said, Said | None] | None = None
    menus: list[Menu] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    session: Session | None = None

    @property
    def is_voice(self) -> bool:
        return self.source == PBX

    def note(self, said: Said, data: dict[str, Any], is_own: bool) -> None:
        """Keeps what any event may say."""
        if is_own:
            self.first, self.last = self.first or said, said
        self.last_ms = max(self.last_ms, said.at_ms)
        self.goal = self.goal or data.get("goal")
        self.queue = data.get("to_queue") or data.get("queue") or self.queue
        self.names |= set((data.get("identifiers") or {}).items())
