"""The state of a contact: the set of its facts, and what was said of them so far.

Facts are only ever appended, in order of arrival; loading them is folding the set again. The usual
event comes last in event order and costs one step; any other makes the fold start over.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum

from msgspec import Struct

from schemas import data as event_data
from schemas.contacts import Summary
from schemas.frictions import Friction, Kind
from services.journey_builder.core.contact import BEFORE_ALL_US, Contact, fold
from services.journey_builder.core.episodes import NO_PAST, Past
from services.journey_builder.core.facts import Fact, Order, last_naming
from services.journey_builder.core.findings import Judged
from services.journey_builder.core.rules import HORIZON_US, LATE_US, Rules

#: Of a contact that lost its oldest events, whose sizes are not known any more.
PIECE_FACTS = 16
#: Over so many events the oldest are dropped, some at a time, and `truncated` says so.
EVENTS_MAX = 5000
EVENTS_KEPT = 4500
#: Facts in one stored chunk; the newest ones are in the head.
CHUNK_FACTS = 64
#: By their events' JSON: larger facts make shorter chunks, so that none outgrows a record.
CHUNK_BYTES = 128 * 1024


class Outcome(StrEnum):
    """What became of a record: the ledger's words."""

    PROCESSED = "processed"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


class Head(Struct, array_like=True, gc=False):
    """What is stored of a contact, beside its full chunks of facts."""

    tenant: str
    contact: event_data.Contact
    facts: list[Fact] = []
    facts_bytes: int = 0
    chunks: int = 0
    events: int = 0
    truncated: bool = False
    #: The latest clock at which one of its deadlines fired.
    fired_us: int = BEFORE_ALL_US
    received_ms: int = 0
    replay: str | None = None
    #: How many frictions are raised; each is stored beside the head.
    raised: int = 0
    customer_key: str = ""
    #: The identifiers it names together, as the identity stage was told.
    group: bytes = b""
    #: Of events that were forgotten because they were too many; and when the oldest happened that was kept.
    past: Past = NO_PAST
    kept_us: int = BEFORE_ALL_US


class ContactState:
    """A contact in memory. `older`: the facts of its stored chunks; `raised`: its frictions."""

    def __init__(
        self, key: bytes, head: Head, older: Iterable[Fact] = (), raised: Iterable[Friction] = ()
    ) -> None:
        self.key = key
        self.head = head
        self.raised = list(raised)
        #: Facts taken since the contact was last summarised, in order of arrival.
        self.news: list[Fact] = []
        #: Those that the new ones took the place of.
        self.replaced: list[Fact] = []
        #: Whether a new event names somebody, or takes the place of another that may have.
        self.has_news_of_names = False
        #: Whose it may be by its identifiers, once that was asked.
        self.candidates: tuple[str, ...] = ()
        #: The summary told last, unless that was before it was loaded.
        self.told: Summary | None = None
        #: Chunks that filled up since the last save: number -> facts.
        self.full_chunks: dict[int, list[Fact]] = {}
        self._facts: dict[tuple[str, str], Fact] = {}
        for fact in [*older, *head.facts]:
            known = self._facts.get(identity := fact.identity)
            if known is None or fact.precedence > known.precedence:
                self._facts[identity] = fact
        # Of those that stand: one that was replaced may have had a wrong time.
        self._newest_us = max((fact.at_us for fact in self._facts.values()), default=BEFORE_ALL_US)
        self._fold = None if self._facts else Contact()
        #: The frictions that hold, by kind and ordinal, with what they were told from.
        self.judged: dict[tuple[Kind, int], Judged] = {}
        #: The last fact of the fold, in event order.
        self._last: Fact | None = None

    def take(self, fact: Fact, size: int = 0) -> tuple[Outcome, bool]:
        """Adds a fact to the set; says what it was, and whether it came late. `size`: its event's bytes."""
        identity, at_us, newest_us = fact.identity, fact.at_us, self._newest_us
        known = self._facts.get(identity)
        if known is not None:
            return self._take_again(known, fact, size), False
        if at_us < newest_us - HORIZON_US:
            return Outcome.PROCESSED, True  # shown by readers, but too old to move a rule
        self._append(fact, size, identity)
        # A fold that is out of date already is made once, when somebody looks.
        if self._fold is not None:
            last = self._last
            if last is None or at_us > last.at_us or fact.order > last.order:
                self._fold.apply(fact)
                self._last = fact
            else:
                self._fold = None
        return Outcome.PROCESSED, at_us < newest_us - LATE_US

    def note_told(self) -> None:
        """All that is new was told."""
        self.news.clear()
        self.replaced.clear()
        self.has_news_of_names = False

    def standing(self, identity: tuple[str, str]) -> Fact | None:
        """The fact that stands under a name."""
        return self._facts.get(identity)

    @property
    def contact(self) -> Contact:
        """The fold over the facts, up to date."""
        if self._fold is None:
            ordered = self.ordered()
            self._fold = fold(ordered, self.head.past)
            self._last = ordered[-1] if ordered else None
        return self._fold

    def ordered(self) -> list[Fact]:
        return sorted(self._facts.values(), key=_order)

    def until(self, has_happened: Callable[[Fact], bool]) -> Contact:
        """The contact as its events up to some moment tell it."""
        return fold((fact for fact in self.ordered() if has_happened(fact)), self.head.past)

    def has_raised(self, kind: Kind) -> bool:
        return any(friction.kind is kind for friction in self.raised)

    def goal(self, rules: Rules) -> str | None:
        """As somebody named it; else as the rules read it off where the customer went."""
        if self.contact.goal is not None or not rules.goals:
            return self.contact.goal
        told = (rules.inferred_goal(**_where(fact.data)) for fact in self.ordered())
        return next((goal for goal in told if goal is not None), None)

    @property
    def clock_us(self) -> int:
        """How far time has passed for it: by its newest event, or by a deadline that fired."""
        return max(self._newest_us, self.head.fired_us)

    def _take_again(self, known: Fact, fact: Fact, size: int) -> Outcome:
        if fact.precedence > known.precedence and not self._is_beyond(fact):
            self.replaced.append(known)
            self.has_news_of_names = True
            self._append(fact, size, fact.identity)
            self._newest_us = max(kept.at_us for kept in self._facts.values())
            self._fold = None
        return Outcome.DUPLICATE if fact.digest == known.digest else Outcome.CONFLICT

    def _is_beyond(self, fact: Fact) -> bool:
        """Whether it happened too long before all others to move a rule. The copy that it would replace does
        not count, whose time may be what is wrong."""
        if fact.at_us >= self._newest_us - HORIZON_US:
            return False
        others = (kept.at_us for name, kept in self._facts.items() if name != fact.identity)
        return fact.at_us < max(others, default=fact.at_us) - HORIZON_US

    def _append(self, fact: Fact, size: int, identity: tuple[str, str]) -> None:
        """A fact that stands from now on."""
        head = self.head
        self._facts[identity] = fact
        if fact.at_us > self._newest_us:
            self._newest_us = fact.at_us
        self.news.append(fact)
        if fact.data.identifiers:
            self.has_news_of_names = True
        head.facts.append(fact)
        head.facts_bytes += size
        head.events += 1
        if fact.received_ms > head.received_ms:
            head.received_ms = fact.received_ms
        # One live event makes it live: who is in it now must not wait for a run.
        head.replay = fact.replay if head.replay is not None or head.events == 1 else None
        if len(self._facts) > EVENTS_MAX:
            self._truncate()
        elif len(head.facts) >= CHUNK_FACTS or head.facts_bytes >= CHUNK_BYTES:
            self.full_chunks[head.chunks] = head.facts
            head.facts, head.facts_bytes, head.chunks = [], 0, head.chunks + 1

    def _truncate(self) -> None:
        """Forgets the oldest events but for their names, and the stored chunks with nothing else in them."""
        head, ordered = self.head, self.ordered()
        kept = [*last_naming(ordered, EVENTS_KEPT), *ordered[-EVENTS_KEPT:]]
        head.kept_us = ordered[-EVENTS_KEPT].at_us
        head.past = fold(ordered, head.past).beyond(fold(kept), head.kept_us)
        self._facts = {fact.identity: fact for fact in kept}
        self._fold = None
        pieces = [kept[start : start + PIECE_FACTS] for start in range(0, len(kept), PIECE_FACTS)]
        unused = max(0, head.chunks - len(pieces))
        self.full_chunks = dict(enumerate([*pieces, *[[]] * unused]))
        head.facts, head.facts_bytes, head.chunks = [], 0, len(pieces)
        head.truncated = True
        self.has_news_of_names = True


def _order(fact: Fact) -> Order:
    return fact.order


def _where(data: event_data.Data) -> dict[str, str | None]:
    option = getattr(data, "option", None)
    return {
        "queue": getattr(data, "to_queue", None) or data.queue,
        "form": getattr(data, "form_id", None),
        "node": getattr(data, "node", None),
        "option": str(option) if option is not None else None,
        "topic": getattr(data, "topic", None),
    }
