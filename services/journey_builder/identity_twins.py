"""Newcomers to what is large already: they get the answer of one that stands where they stand.

The e-mail address of a shared tablet, or the account of a company, is named with tens of thousands of weaker
identifiers, and the answer for each depends on all. Who is new among them, and named only once, with the
same others as somebody before, cannot be told apart from that twin: all rules answer both alike, and nobody
else's answer hangs on how many there are of them.
"""

from typing import NamedTuple

from services.journey_builder.core.identity.keys import Name
from services.journey_builder.core.identity.resolve import CUSTOMER_ID
from services.journey_builder.identity_ids import Answers
from services.journey_builder.identity_rows import Group
from services.journey_builder.identity_store import IdentityStore

#: An identifier in fewer groups than this is looked at with all that hangs on it.
MANY_GROUPS = 32


class Newcomers(NamedTuple):
    """A group that is new, and another that it looks like."""

    group: bytes
    like: bytes


def newcomers(store: IdentityStore, group: bytes) -> Newcomers | None:
    """Looks for a group like this new one, among the last that named what many others name, too."""
    row = store.group(group)
    if row is None:
        return None
    known = [name for name in row.names if name[0] != CUSTOMER_ID and not _is_lone(store, name)]
    if not known:
        return None
    crowded = max(known, key=lambda name: store.known(name).groups)
    if store.known(crowded).groups < MANY_GROUPS:
        return None
    recent = [Newcomers(group, other) for other in store.recent_groups(crowded) if other != group]
    store.note_recent(crowded, group)
    return next((found for found in recent if twins(store, found)), None)


def twins(store: IdentityStore, found: Newcomers) -> dict[Name, Name]:
    """Each newcomer's twin; none if the groups are not, or not any more, alike."""
    mine, theirs = store.group(found.group), store.group(found.like)
    if mine is None or theirs is None:
        return {}
    lone, others = _lone(store, mine), _lone(store, theirs)
    known = set(mine.names) - set(lone)
    is_alike = known == set(theirs.names) - set(others) and _strengths(lone) == _strengths(others)
    # Whoever is stronger than one that is known would count for that one's limit, and be looked up to.
    if not lone or not is_alike or max(known)[0] >= lone[0][0]:
        return {}
    return dict(zip(lone, others, strict=True))


def answer_alike(answers: Answers, found: Newcomers) -> None:
    """What holds of the twins holds of the newcomers."""
    likes = twins(answers.store, found)
    mine = {twin: name for name, twin in likes.items()}
    for name, twin in likes.items():
        answer = answers.of(twin)
        if answer.customer is not None:
            answer = answer._replace(customer=mine.get(answer.customer, answer.customer))
        answers.note(name, answer)


def _lone(store: IdentityStore, row: Group) -> list[Name]:
    """Those that are named in no other group, the strongest first."""
    return sorted(name for name in row.names if _is_lone(store, name))


def _is_lone(store: IdentityStore, name: Name) -> bool:
    node = store.known(name)
    return name[0] != CUSTOMER_ID and node.groups == 1 and not node.partners


def _strengths(names: list[Name]) -> list[int]:
    return [name[0] for name in names]
