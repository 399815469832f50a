"""Episodes of a contact: waits, holds, unanswered runs, passages through the IVR, sessions of a form."""

from msgspec import Struct

from services.journey_builder.core.facts import Fact


class Past(Struct, frozen=True, array_like=True, gc=False):
    """What a huge contact has lost with its oldest events: its queue by then, and so many episodes.

    Those that are left keep their ordinals.
    """

    queue: str | None = None
    waits: int = 0
    unanswered: int = 0
    reopenings: int = 0
    pages: int = 0
    surveys: int = 0


NO_PAST = Past()


class Wait:
    """From `call.queued` to what ended it; `end` is None while the customer waits."""

    __slots__ = ("end", "how", "queue", "start")

    def __init__(self, start: Fact, queue: str | None) -> None:
        self.start = start
        self.end: Fact | None = None
        self.how: str | None = None
        #: The contact's queue when it began; of one that was answered or abandoned, when it ended.
        self.queue = queue

    def close(self, end: Fact, how: str, queue: str | None) -> None:
        self.end, self.how = end, how
        if how in ("answered", "abandoned"):
            self.queue = queue


class Passage:
    """From `ivr.started` to a person, a queue or its end."""

    __slots__ = ("end", "start")

    def __init__(self, start: Fact) -> None:
        self.start = start
        self.end: Fact | None = None


class Hold:
    """From `call.held` to what ended it; `end` is None while the customer holds."""

    __slots__ = ("end", "start")

    def __init__(self, start: Fact) -> None:
        self.start = start
        self.end: Fact | None = None


class Unanswered:
    """A run of messages of the customer on one channel, from its first to the answer or the chat's end."""

    __slots__ = ("channel", "end", "start")

    def __init__(self, start: Fact, channel: str) -> None:
        self.start = start
        self.channel = channel
        self.end: Fact | None = None


class FormSession:
    """One form in this contact. `since`: where, among the contact's form events, its own stand
    from the last change on; `fields`: those that changed a named field or failed in it."""

    __slots__ = ("failures", "fields", "is_begun", "is_submitted", "since")

    def __init__(self) -> None:
        self.since: list[int] = []
        self.fields: list[Fact] = []
        #: Of a field or of the whole form.
        self.failures: list[Fact] = []
        self.is_begun = False
        self.is_submitted = False
