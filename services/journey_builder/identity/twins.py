"""Newcomers to what is large already: they get the answer of those who stand where they stand.

The e-mail address of a shared tablet, or the account of a company, is named with tens of thousands of weaker
identifiers, and the answer for each depends on all. Who is new among them, named only once, with the same
others as somebody before, and weaker than all of those, cannot be told apart from that twin: all rules answer
both alike, and nobody else's answer hangs on how many there are of them. The twin's own answer must be up to
date for that: so twins are looked for among what was settled by the terms in force.
"""

from typing import NamedTuple

from services.journey_builder.core.identity.keys import Name
from services.journey_builder.core.identity.resolve import CUSTOMER_ID
from services.journey_builder.identity.ids import Answers
from services.journey_builder.identity.rows import Group
from services.journey_builder.identity.store import IdentityStore

#: Where no known name is in as many groups as this, all that hangs on them is looked at anyway.
MANY_GROUPS = 32


class Alike(NamedTuple):
    """A group that is new, and another that it looks like."""

    group: bytes
    like: bytes


def find_alike(store: IdentityStore, group: bytes) -> Alike | None:
    """The last group that was like this new one, if it has newcomers among names of many groups.

    This one is remembered for those to come.
    """
    row = store.group(group)
    newcomers = [] if row is None else _newcomers(store, row)
    if row is None or not newcomers:
        return None
    known = sorted(set(row.names) - set(newcomers))
    if max((store.known(name).groups for name in known if name[0] != CUSTOMER_ID), default=0) < MANY_GROUPS:
        return None
    like = store.swap_last_like(b"".join(known) + bytes(_strengths(newcomers)), group)
    found = Alike(group, like) if like is not None else None
    return found if found is not None and twins(store, found) else None


def twins(store: IdentityStore, alike: Alike) -> dict[Name, Name]:
    """Each newcomer's twin; none if the groups are not, or not any more, alike."""
    mine, theirs = store.group(alike.group), store.group(alike.like)
    if mine is None or theirs is None or alike.group == alike.like:
        return {}
    my_own, their_own = _newcomers(store, mine), _newcomers(store, theirs)
    known = set(mine.names) - set(my_own)
    is_same = known == set(theirs.names) - set(their_own) and _strengths(my_own) == _strengths(their_own)
    # A newcomer stronger than a known name would count for that one's limit; of its type, be its peer.
    if not my_own or not is_same or max(known)[0] >= my_own[0][0]:
        return {}
    return dict(zip(my_own, their_own, strict=True))


def answer_alike(answers: Answers, alike: Alike) -> None:
    """What holds of the twins holds of the newcomers."""
    found = twins(answers.store, alike)
    mine = {twin: name for name, twin in found.items()}
    for name, twin in found.items():
        answer = answers.of(twin)
        if answer.customer is not None:
            answer = answer._replace(customer=mine.get(answer.customer, answer.customer))
        answers.note(name, answer)


def _newcomers(store: IdentityStore, row: Group) -> list[Name]:
    """Those that no other group names and no decision, the strongest first. Not customer_ids."""
    return sorted(name for name in row.names if _is_new(store, name))


def _is_new(store: IdentityStore, name: Name) -> bool:
    node = store.known(name)
    return name[0] != CUSTOMER_ID and node.groups == 1 and not node.partners


def _strengths(names: list[Name]) -> list[int]:
    return [name[0] for name in names]
