"""A contact as its teller knows it: what was said of it, and what the teller made happen in it."""

from typing import Any, NamedTuple

from msgspec import Struct, field

from services.simulator.core.centre import PBX
from services.simulator.core.people import Person

Event = dict[str, Any]


class Said(NamedTuple):
    """An event that was told: when, by which id, and what it says."""

    at_ms: int
    event_id: str
    type: str
    data: dict[str, Any]


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


class Tale(Struct, kw_only=True):
    """One contact. `counts`: it may repeat another contact and may be repeated."""

    person: Person
    channel: str
    source: str
    subject: str
    counts: bool = True
    is_ticket: bool = False
    #: A survey about no contact that anybody knows: it makes none.
    is_lone: bool = False
    names: set[tuple[str, str]] = field(default_factory=set)
    goal: str | None = None
    queue: str | None = None
    first: Said | None = None
    #: The last event of the contact itself; of all that was told about it.
    last: Said | None = None
    last_ms: int = 0
    #: The event that ended it; a contact without one fades away.
    end: Said | None = None
    #: Each time that a person answered.
    reached: list[Said] = field(default_factory=list)
    told: int = 0
    passage: tuple[Said, Said | None] | None = None
    menus: list[Menu] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    #: All that was told of it, in order of time.
    events: list[Said] = field(default_factory=list)

    @property
    def is_voice(self) -> bool:
        return self.source == PBX

    @property
    def start_ms(self) -> int:
        return self.first.at_ms if self.first else 0

    def note(self, said: Said, is_own: bool) -> None:
        """Keeps what any event may say."""
        data = said.data
        if is_own:
            self.first, self.last = self.first or said, said
        self.events.append(said)
        self.last_ms = max(self.last_ms, said.at_ms)
        self.goal = self.goal or data.get("goal")
        self.queue = data.get("to_queue") or data.get("queue") or self.queue
        self.names |= set((data.get("identifiers") or {}).items())

    def of(self, *types: str) -> list[Said]:
        """What was told of it of these types."""
        return [said for said in self.events if said.type in types]

    def queue_at(self, at_ms: int) -> str | None:
        """The queue that was named last by then."""
        named = [said.data for said in self.events if said.at_ms <= at_ms]
        queues = [queue for data in named if (queue := data.get("to_queue") or data.get("queue"))]
        return queues[-1] if queues else None
