"""Episodes of a contact: waits in a queue, passages through the IVR, sessions of a form."""

from services.journey_builder.core.facts import Fact


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


class FormSession:
    """The events of one form in this contact."""

    __slots__ = ("events", "is_submitted")

    def __init__(self) -> None:
        self.events: list[Fact] = []
        self.is_submitted = False
