"""The clock of the stories: who goes on when, in one order of time, and what they tell.

A story is a generator. It yields how long it pauses, in ms, or a `Queue` to wait in; it is told
whether an agent took it. Whatever happens is told at the world's own moment, so events come out
in order of time, and a world that is asked for more by the wall clock is a living one.
"""

from collections.abc import Callable, Generator, Iterator, Mapping
from heapq import heappop, heappush
from typing import Any, NamedTuple

from msgspec import Struct

from schemas.times import rfc3339
from services.simulator.core import centre
from services.simulator.core.dice import Dice
from services.simulator.core.lines import Line
from services.simulator.core.people import People, Person
from services.simulator.core.tales import Event, Said, Tale


class Queue(NamedTuple):
    """Waits for an agent of the queue, for as long as the patience lasts."""

    name: str
    patience_ms: int


Story = Generator[int | Queue, bool, None]
Beginning = Callable[["World", Person, str], Story]


class Plan(Struct, frozen=True, kw_only=True):
    """What kind of days are told. `contacts_s`: contacts a second in the busiest hour."""

    start_ms: int
    end_ms: int | None
    contacts_s: float
    #: Distinguishes the ids of this telling from those of any other.
    run: str
    #: Added to UTC for the hour of the day in which the centre lives.
    shift_ms: int = 0
    trouble: centre.Trouble | None = None
    #: Every system that speaks with a customer names him by his `customer_id`.
    identified: bool = False


class World:
    """`stories`: how a contact begins, by channel: who was not served may take another way."""

    def __init__(self, plan: Plan, dice: Dice, people: People, stories: Mapping[str, Beginning]) -> None:
        self.plan, self.dice, self.people, self.stories = plan, dice, people, stories
        self.now = plan.start_ms
        self.tales: list[Tale] = []
        #: Identifiers that somebody said belong together, beside those of the contacts.
        self.links: list[set[tuple[str, str]]] = []
        self._lines = {queue: Line(self._staff(queue)) for queue in centre.QUEUES}
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._told: list[Event] = []
        self._entries = self._subjects = 0

    @property
    def hour(self) -> int:
        return centre.hour_of(self.now, self.plan.shift_ms)

    @property
    def is_open(self) -> bool:
        """Whether new stories begin still; those that run are told to their end."""
        return self.plan.end_ms is None or self.now < self.plan.end_ms

    @property
    def next_ms(self) -> int | None:
        return self._agenda[0][0] if self._agenda else None

    def step(self) -> list[Event]:
        """The next moment at which anything goes on, and what is told of it."""
        self.now, _, action = heappop(self._agenda)
        action()
        told, self._told = self._told, []
        return told

    def all_events(self) -> Iterator[Event]:
        while self._agenda:
            yield from self.step()

    def begin(self, story: Story, after_ms: int = 0) -> None:
        self._at(self.now + after_ms, lambda: self._go_on(story, None))

    def begin_if_open(self, make: Callable[[], Story], after_ms: int) -> None:
        """What a customer does later: only if the telling lasts so long."""
        self._at(self.now + after_ms, lambda: self._go_on(make(), None) if self.is_open else None)

    def contact(
        self, person: Person, channel: str, source: str, *, counts: bool = True, is_ticket: bool = False
    ) -> Tale:
        self._subjects += 1
        subject = f"{channel}-{self.plan.run}-{self._subjects}"
        tale = Tale(
            person=person, channel=channel, source=source, subject=subject, counts=counts, is_ticket=is_ticket
        )
        self.tales.append(tale)
        return tale

    def say(self, tale: Tale, event_type: str, **data: Any) -> Said:
        """An event of the contact itself."""
        return self._tell(tale, event_type, data, tale.source, is_own=True)

    def remark(self, tale: Tale, event_type: str, source: str, **data: Any) -> Said:
        """What another system says about the contact: a survey, a note."""
        about = {"source": tale.source, "subject": tale.subject}
        return self._tell(tale, event_type, {"about": about, **data}, source, is_own=False)

    def answer_alone(self, person: Person, about: tuple[str, str] | None, **data: Any) -> None:
        """A survey of a customer, about a contact that nobody knows, or about none."""
        self._subjects += 1
        event_id = f"survey-{self.plan.run}-{self._subjects}"
        source, subject = about or (centre.SURVEY, f"survey:{event_id}")
        known = {"about": {"source": source, "subject": subject}} if about else {}
        data = {**known, "identifiers": {"customer_id": person.customer_id}, **data}
        tale = Tale(person=person, channel="survey", is_lone=True, source=source, subject=subject)
        tale.note(Said(self.now, event_id, "survey.answered", data), is_own=True)
        self.tales.append(tale)
        self._told.append(self._event(event_id, centre.SURVEY, "survey.answered", data))

    def say_of_customer(self, event_type: str, **data: Any) -> None:
        self._subjects += 1
        event = self._event(f"crm-{self.plan.run}-{self._subjects}", centre.CRM, event_type, data)
        self.links.append(set(data["identifiers"].items()))
        self._told.append(event)

    def leave(self, queue: str) -> None:
        """The agent is done with him."""
        self._lines[queue].leave()

    def _tell(self, tale: Tale, event_type: str, data: dict[str, Any], source: str, *, is_own: bool) -> Said:
        tale.told += 1
        if self.plan.identified and is_own:
            named = {"customer_id": tale.person.customer_id}
            data = {**data, "identifiers": (data.get("identifiers") or {}) | named}
        said = Said(self.now, f"{tale.subject}:{tale.told}", event_type, data)
        tale.note(said, is_own)
        event = self._event(said.event_id, source, event_type, data)
        self._told.append({**event, "subject": tale.subject} if is_own else event)
        return said

    def _event(self, event_id: str, source: str, event_type: str, data: dict[str, Any]) -> Event:
        time = rfc3339(self.now * 1000)
        filled = {name: value for name, value in data.items() if value is not None and value != {}}
        envelope = {"specversion": "1.0", "id": event_id, "source": source, "type": event_type, "time": time}
        return {**envelope, "data": filled}

    def _staff(self, queue: str) -> Callable[[], int]:
        def agents() -> int:
            usual = centre.staff(queue, self.hour, self.plan.contacts_s)
            trouble = self.plan.trouble
            if trouble is not None and trouble.hits_queue(queue, self.now):
                return max(1, int(usual * centre.LEFT_IN_TROUBLE))
            return usual

        return agents

    def _at(self, at_ms: int, action: Callable[[], None]) -> None:
        self._entries += 1
        heappush(self._agenda, (at_ms, self._entries, action))

    def _go_on(self, story: Story, was_taken: bool | None) -> None:
        try:
            # A generator that has not begun takes None alone.
            step = next(story) if was_taken is None else story.send(was_taken)
        except StopIteration:
            return
        if isinstance(step, Queue):
            self._wait(story, step)
        else:
            self._at(self.now + max(1, step), lambda: self._go_on(story, True))

    def _wait(self, story: Story, queue: Queue) -> None:
        # An agent takes nobody in the very moment he comes: it rings first.
        line = self._lines[queue.name]
        waiting = line.join(lambda taken: self._at(self.now + 1, lambda: self._go_on(story, taken)))
        self._at(self.now + queue.patience_ms, lambda: line.give_up(waiting))
