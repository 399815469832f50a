"""A person's decision on who is who, as the events that say it."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

from schemas.data import IDENTIFIER_TYPES
from schemas.times import LATEST_US, rfc3339

SOURCE = "//journeyline/live"

#: Type -> values, as a customer's head names them.
Known = Mapping[str, Sequence[str]]
Identifier = tuple[str, str]


class Undecidable(Exception):
    """What was asked cannot be decided so; the text says why and what to do."""


def strongest_first(known: Known) -> list[Identifier]:
    return [(kind, value) for kind in IDENTIFIER_TYPES for value in known.get(kind, ())]


def chosen(wanted: Mapping[str, Sequence[str]], known: Known) -> list[Identifier]:
    """The identifiers that are to leave a customer; they must be his, and not all of them."""
    mine = strongest_first(known)
    named = [(kind, value) for kind, values in wanted.items() for value in dict.fromkeys(values)]
    unknown = [f"{kind} {value}" for kind, value in named if (kind, value) not in mine]
    if unknown:
        raise Undecidable(f"Not an identifier of this customer: {', '.join(unknown)}.")
    if not named or len(named) == len(mine):
        raise Undecidable("Name the identifiers that belong to somebody else: some, and not all.")
    return [one for one in mine if one in named]


def staying_apart(leaving: Iterable[Identifier], known: Known) -> list[tuple[Identifier, Identifier]]:
    """The pairs that must be apart, so that these leave, and what came with each stays with it.

    From each, the stronger ones and those of its own type that stay; where it is the strongest, the
    strongest type that stays.
    """
    gone = list(leaving)
    stays = [one for one in strongest_first(known) if one not in gone]
    pairs: list[tuple[Identifier, Identifier]] = []
    for one in gone:
        place = IDENTIFIER_TYPES.index(one[0])
        above = [other for other in stays if IDENTIFIER_TYPES.index(other[0]) <= place]
        pairs += product([one], above or [other for other in stays if other[0] == stays[0][0]])
    return pairs


def event(
    verb: str,
    decision_id: str,
    tenant: str,
    now_us: int,
    names: Iterable[Identifier],
    by: str,
    why: str | None,
) -> dict[str, Any]:
    """`customer.identified` or `customer.separated`, as a CloudEvent."""
    identifiers: dict[str, list[str]] = {}
    for kind, value in names:
        identifiers.setdefault(kind, []).append(value)
    data: dict[str, Any] = {"identifiers": identifiers, "agent": by}
    if why is not None:
        data["why"] = why
    return {
        "specversion": "1.0",
        "id": decision_id,
        "source": SOURCE,
        "type": f"customer.{verb}",
        "time": rfc3339(now_us),
        # Said again under its id, the first stands: of copies that with the greatest sequence does.
        "sequence": str(LATEST_US - now_us),
        "tenant": tenant,
        "data": data,
    }
