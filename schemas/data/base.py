"""What the `data` of any event may say, and the parts that several channels share."""

from typing import Annotated

from msgspec import Meta, Struct

from schemas.personal import Identifiers, PersonalText

Sentiment = Annotated[float, Meta(ge=-1, le=1)]
Count = Annotated[int, Meta(ge=0)]
Milliseconds = Annotated[float, Meta(ge=0)]


class Contact(Struct, frozen=True, gc=False):
    """The name of a contact: the system it happened in, and its id there."""

    source: str
    subject: str


class Data(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="$", gc=False):
    """What any event may say, whatever its type. Millions are kept, and none can be in a cycle: the
    garbage collector need not look at them."""

    identifiers: Identifiers | None = None
    about: Contact | None = None
    goal: str | None = None
    queue: str | None = None
    agent: PersonalText | None = None
    language: str | None = None
    product: str | None = None
    market: str | None = None


class Authenticated(Data, frozen=True, kw_only=True):
    method: str | None = None
    succeeded: bool | None = None


class Transferred(Data, frozen=True, kw_only=True):
    from_queue: str | None = None
    to_queue: str | None = None


class Said(Data, frozen=True, kw_only=True):
    text: PersonalText | None = None
    sentiment: Sentiment | None = None
