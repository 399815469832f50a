"""What one stage tells the next of a contact, and what readers are told of contacts and customers."""

from enum import StrEnum

from msgspec import Struct

from schemas.data import Contact
from schemas.journeys import Journey


class EventRef(Struct, frozen=True, array_like=True, gc=False):
    """An event by name, with all that its place in event order depends on. `at_us`: µs since 1970."""

    at_us: int
    sequence: str | None
    place: float
    source: str
    event_id: str
    type: str


class Wait(Struct, frozen=True, array_like=True, gc=False):
    """One wait in a queue, and how it ended: answered, abandoned, transferred, ended or requeued."""

    queue: str | None
    start_us: int
    end_us: int | None = None
    how: str | None = None


class Touch(Struct, frozen=True, array_like=True, gc=False):
    """An event and where it happened; of a transfer, the queue that received it."""

    event: EventRef
    touchpoint: str


class Resolved(StrEnum):
    """What was said of the customer's concern."""

    YES = "yes"
    NO = "no"
    REOPENED = "reopened"


class Resolution(Struct, frozen=True, array_like=True, gc=False):
    event: EventRef
    word: Resolved


class Attribute(Struct, frozen=True, array_like=True, gc=False):
    """What an event says of the customer: his segment, persona, language, market, or whether he is a VIP."""

    event: EventRef
    value: str | bool


class Handling(Struct, frozen=True, array_like=True, gc=False):
    """Of a call or chat, from a person's first answer to its end, without waits in further queues; and how
    long of that it was on hold."""

    handled_us: int
    held_us: int = 0


class Summary(Struct, frozen=True, kw_only=True, array_like=True, tag="summary", gc=False):
    """A contact in short: all that its customer's journeys and frictions depend on. Times in µs."""

    tenant: str
    contact: Contact
    #: Grows with each summary of the contact, and from one owner of its partition to the next.
    revision: int
    #: Which customer it belongs to, as far as its sender knows; and which keys it may belong to otherwise:
    #: those of its weaker identifiers, at last its own. The way it took from key to key.
    customer_key: str
    rest: tuple[str, ...] = ()
    route: tuple[int, ...] = ()
    #: Passed on by a customer it belonged to before, which has taken back all it had said of it.
    is_handed_over: bool = False
    #: It came in time for a customer it belonged to; so it is in time for the next.
    in_time: bool = False
    #: When the earliest event happened that made this summary differ from the one before.
    news_us: int = 0
    #: Hash of tenant and record key; names the contact's state.
    contact_key: bytes
    identifiers: dict[str, tuple[str, ...]] = {}
    #: False for what only speaks of a customer (a lone survey, a link of identifiers).
    is_contact: bool = True
    #: Tickets and notes alone.
    is_record: bool = False
    channel: str | None = None
    first: EventRef | None = None
    last_us: int = 0
    #: The event that ended it, or after which it fell silent, and when it counts as ended.
    end: EventRef | None = None
    end_us: int = 0
    goal: str | None = None
    queue: str | None = None
    #: May repeat an earlier contact; may be the earlier one. Voice: IVR or call.
    may_repeat: bool = False
    may_be_repeated: bool = False
    is_voice: bool = False
    #: Each time that the customer reached a person; of very many the first.
    reached: tuple[EventRef, ...] = ()
    #: Its end, where that says that a machine was enough.
    contained: Touch | None = None
    #: The channel (`channel:call`) that it brings into its journey, and since when.
    brings: Touch | None = None
    #: The first ones; and how many there were.
    transfers: tuple[Touch, ...] = ()
    transfer_count: int = 0
    #: Successful ones.
    authentications: tuple[Touch, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    #: It was given up, and nobody took care of the customer after that.
    is_abandoned: bool = False
    waited_us: int = 0
    held_us: int = 0
    waits: tuple[Wait, ...] = ()
    short_abandons: int = 0
    events: int = 0
    truncated: bool = False
    #: The replay run that brought its newest event, unless one of them came live.
    replay: str | None = None
    #: Of what is no contact alone: a friction was found in it.
    has_friction: bool = False
    #: Of one that is handed over: the journey that it opened there, and that has ceased with that.
    ended: Journey | None = None
    #: What was said of the customer in it, by attribute: the last word.
    attributes: dict[str, Attribute] = {}
    #: An IVR or a bot had a part in it; and passed the customer on, to a queue, a person or another call.
    met_machine: bool = False
    left_machine: bool = False
    #: A field of a form was changed.
    has_form: bool = False
    #: Of a call or chat with a person.
    handling: Handling | None = None


class Service(Struct, frozen=True, kw_only=True, gc=False):
    """How a contact was served: what KPIs count of it. Times in µs."""

    #: The customer began it, by voice, in writing or in a post; and those that come after it may repeat it.
    may_repeat: bool = False
    may_be_repeated: bool = False
    #: An IVR or a bot had a part in it; passed the customer on; said at the end that it was enough.
    met_machine: bool = False
    left_machine: bool = False
    is_contained: bool = False
    #: When a person answered first.
    reached_us: int | None = None
    handling: Handling | None = None
    transfers: int = 0
    #: A field of a form was changed.
    has_form: bool = False
    #: What was said last of the customer's concern, and when.
    resolved: Resolved | None = None
    resolved_us: int | None = None


class ContactHead(Struct, frozen=True, kw_only=True):
    """One record of the internal topic of contacts: whose it is, and how it stands in its queues.

    What is no contact has no times. It is told of where a friction was found in it: whose that is.
    """

    tenant: str
    contact: Contact
    customer_key: str
    journey_id: str | None
    channel: str | None
    goal: str | None
    queue: str | None
    started_at: str | None
    ended_at: str | None
    last_event_at: str | None
    waits: tuple[Wait, ...]
    short_abandons: int
    is_call_back: bool
    replay: str | None
    revision: int
    service: Service = Service()


class CustomerHead(Struct, frozen=True, kw_only=True):
    """One record of the internal topic of customers. `is_known`: by more than the contact itself.

    `merged_into`: the customer that has all contacts of this one, while they are one.
    """

    customer_key: str
    merged_into: str | None
    tenant: str
    is_known: bool
    identifiers: dict[str, tuple[str, ...]]
    contacts: int
    revision: int
    #: As it was said last: segment, persona, vip, language, market; those that were ever said.
    attributes: dict[str, str | bool] = {}
