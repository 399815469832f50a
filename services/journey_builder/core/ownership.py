"""Whose a contact is, while it changes customers: the newest summary says so, wherever it comes from.

A friction's id does not depend on the customer, and the retraction of the old owner may come after the
new one has spoken. So the old owner, once silent, passes the contact on, and the new one says again
what holds. Whoever gets such a summary of a contact that has moved on passes it on in turn.

Nothing is ever waited for: a customer may hear of a contact that never was his. That happens after
a crash, when a worker cannot know which owners it had told before it had stored so.
"""

from msgspec import Struct
from msgspec.structs import replace

from schemas.contacts import Summary


class Entry(Struct, array_like=True):
    """One contact, as one customer knows it: its newest summary, be it his or another's."""

    newest: Summary | None = None
    owner: str = ""
    #: It had ended over the horizon before the customer's newest event when it was first heard of.
    is_beyond: bool = False
    #: Its journey, and whether it is a call-back, as readers were told.
    standing: tuple[str | None, bool] = (None, False)
    head_digest: bytes = b""
    heads: int = 0

    @property
    def summary(self) -> Summary | None:
        """The contact, while it is his who keeps this entry."""
        if self.newest is None or self.newest.customer_key != self.owner:
            return None
        return self.newest


def receive(entry: Entry, summary: Summary, customer_key: str) -> list[Summary]:
    """Takes a summary addressed to a customer; returns what he has to pass on."""
    entry.owner = customer_key
    was_his = entry.summary is not None
    if entry.newest is None or summary.revision > entry.newest.revision:
        entry.newest = replace(summary, is_handed_over=False)
    if entry.summary is not None or not (was_his or summary.is_handed_over):
        return []
    return [replace(entry.newest, is_handed_over=True)]
