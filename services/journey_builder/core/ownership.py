"""Whose a contact is, while it changes customers: nobody speaks of it before the last owner fell silent.

A friction's id does not depend on the customer. If the new customer's partition raised it before
the old one's retraction, readers would be left with the retraction. So a summary of a later move
waits until the previous owner has handed the contact over.
"""

from msgspec import Struct
from msgspec.structs import replace

from schemas.contacts import Summary


class Entry(Struct, array_like=True):
    """One contact, as one customer knows it. `confirmed`: the last move that made it his."""

    summary: Summary | None = None
    revision: int = 0
    confirmed: int = 0
    held: list[Summary] = []
    #: Its journey, and whether it is a call-back, as readers were told.
    standing: tuple[str | None, bool] = (None, False)
    head_digest: bytes = b""
    heads: int = 0


def receive(entry: Entry, summary: Summary, customer_key: str) -> list[Summary]:
    """Takes a summary addressed to a customer; returns those to hand over to the next one."""
    if not _take(entry, summary, customer_key):
        if summary not in entry.held:
            entry.held.append(summary)
        return []
    return [*_handed_over(summary, customer_key), *_take_held(entry, customer_key)]


def _take_held(entry: Entry, customer_key: str) -> list[Summary]:
    handed: list[Summary] = []
    for summary in sorted(entry.held, key=lambda held: held.revision):
        if _take(entry, summary, customer_key):
            entry.held.remove(summary)
            handed += _handed_over(summary, customer_key)
    return handed


def _take(entry: Entry, summary: Summary, customer_key: str) -> bool:
    """Whether it was its turn: ours and confirmed, or leaving and it had been ours."""
    is_ours = summary.customer_key == customer_key
    if is_ours and summary.is_handed_over:
        entry.confirmed = max(entry.confirmed, summary.moves)
    if summary.moves - (0 if is_ours else 1) > entry.confirmed:
        return False
    if summary.revision > entry.revision:
        entry.revision = summary.revision
        entry.summary = summary if is_ours else None
    return True


def _handed_over(summary: Summary, customer_key: str) -> list[Summary]:
    return [] if summary.customer_key == customer_key else [replace(summary, is_handed_over=True)]
