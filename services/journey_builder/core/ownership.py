"""Whose a contact is, while it changes customers: the newest summary says so, wherever it comes from.

The contact stage gives a contact to the key of its strongest identifier. That key keeps it, or, if its
identifier belongs to another customer or links nobody, gives it on to another key, which does the same.
So a summary's place in time is its revision and then its route: the number of each step, by each key
that gave it on. Each key is the only one that makes steps from where it stands, so of two summaries
the later is always known, and when nothing is under way any more, there is one keeper.

A friction's id does not depend on the customer, and the retraction of the old owner may come after the
new one has spoken. So the old owner, once silent, passes the contact on, and the new one says again
what holds. Whoever gets such a summary of a contact that has moved on passes it on in turn.

Nothing is ever waited for: a customer may hear of a contact that never was his.
"""

from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from schemas.contacts import Summary
from schemas.journeys import Journey


class Pointer(Struct, frozen=True, array_like=True, gc=False):
    """Whose the contacts are that come to a key: perhaps its own. `target`: None where it links nobody."""

    target: str | None
    order: int = 0


class Post(NamedTuple):
    """A summary to be sent to a key; one that is handed over only once its sender is silent."""

    addressee: str
    summary: Summary


class Entry(Struct, array_like=True, gc=False):
    """One contact, as one customer knows it: its newest summary, be it his or another's."""

    newest: Summary | None = None
    owner: str = ""
    #: It came too late to join anything; it came in time, to this customer or to one before him.
    is_beyond: bool = False
    in_time: bool = False
    #: Its journey, and whether it is a call-back, as readers were told.
    standing: tuple[str | None, bool] = (None, False)
    head_digest: bytes = b""
    heads: int = 0
    #: How many steps of the newest's route led to this key; -1 if the contact was given to others only.
    depth: int = -1
    #: Whose else it may be, as it was given to this key.
    rest: tuple[str, ...] = ()
    #: Steps that this key has made, and to whom the last one led if away.
    steps: int = 0
    gone_to: str = ""

    @property
    def summary(self) -> Summary | None:
        """The contact, while it is his who keeps this entry."""
        if self.newest is None or self.newest.customer_key != self.owner:
            return None
        return self.newest


def receive(entry: Entry, summary: Summary, key: str, pointer: Pointer | None) -> list[Post]:
    """Takes a summary that came to a key; returns what is to be sent on."""
    entry.owner = key
    entry.in_time |= summary.in_time
    was_his = entry.summary is not None
    posts: list[Post] = []
    if entry.newest is None or _version(summary) > _version(entry.newest):
        is_step_of_ours = _is_beyond(entry, summary)
        if is_step_of_ours and summary.customer_key == key:
            return []  # keys that point in a circle: the first that no longer does will take it up
        entry.newest = replace(summary, is_handed_over=False, ended=None)
        if summary.customer_key == key:
            entry.depth, entry.rest = len(summary.route), summary.rest
            posts = _steer(entry, entry.newest, pointer)
        elif not is_step_of_ours:
            posts = _let_go(entry)
    return posts + _hand_over(entry, was_his, summary.is_handed_over, summary.ended)


def turn(entry: Entry, pointer: Pointer | None) -> list[Post]:
    """The key's contacts belong elsewhere from now on; returns what is to be sent."""
    if entry.newest is None or entry.depth < 0:
        return []
    was_his = entry.summary is not None
    # What is taken back for that is corrected: nothing has happened.
    given = replace(
        entry.newest,
        route=entry.newest.route[: entry.depth],
        customer_key=entry.owner,
        rest=entry.rest,
        news_us=0,
    )
    posts = _steer(entry, given, pointer)
    return posts + _hand_over(entry, was_his, False)


def _steer(entry: Entry, given: Summary, pointer: Pointer | None) -> list[Post]:
    """Keeps what was given, or gives it on."""
    target, rest = entry.owner, given.rest
    if pointer is not None and pointer.target is not None:
        target = pointer.target
    elif pointer is not None and rest:
        target, rest = rest[0], rest[1:]
    before = entry.gone_to
    entry.gone_to = "" if target == entry.owner else target
    if not before and not entry.gone_to:
        return []
    entry.steps += 1
    entry.newest = replace(given, route=(*given.route, entry.steps), customer_key=target, rest=rest)
    addressees = dict.fromkeys(one for one in (before, entry.gone_to) if one)
    return [Post(addressee, entry.newest) for addressee in addressees]


def _let_go(entry: Entry) -> list[Post]:
    """Another key has it now: says so to whom we had given it."""
    gone_to, entry.gone_to, entry.depth = entry.gone_to, "", -1
    return [Post(gone_to, entry.newest)] if gone_to and entry.newest is not None else []


def _hand_over(
    entry: Entry, was_his: bool, was_handed_over: bool, ended: Journey | None = None
) -> list[Post]:
    newest = entry.newest
    if newest is None or entry.summary is not None or not (was_his or was_handed_over):
        return []
    return [
        Post(newest.customer_key, replace(newest, is_handed_over=True, in_time=entry.in_time, ended=ended))
    ]


def _version(summary: Summary) -> tuple[int, tuple[int, ...]]:
    return (summary.revision, summary.route)


def _is_beyond(entry: Entry, summary: Summary) -> bool:
    """Whether it has come to where it stands by a step of ours."""
    newest = entry.newest
    if newest is None or entry.depth < 0 or newest.revision != summary.revision:
        return False
    return summary.route[: entry.depth] == newest.route[: entry.depth] and len(summary.route) > entry.depth
