"""Which contacts would be another customer's, were some identifiers decided otherwise."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import phonenumbers

from schemas.data import IDENTIFIER_TYPES
from services.live.core.names import normalised

#: Type and value, as they compare.
Identifier = tuple[str, str]
Document = Mapping[str, Any]
#: A national number and the same one with its country.
_SAME_PHONE = (phonenumbers.MatchType.EXACT_MATCH, phonenumbers.MatchType.NSN_MATCH)


#: Digits at a phone number's end, by which it is looked for.
_TAIL = 6


class Names:
    """Finds known identifiers by what events write."""

    def __init__(self, known: Iterable[Identifier]) -> None:
        self._known = frozenset(known)
        self._found: dict[Identifier, Identifier | None] = {}
        self._phones: dict[str, list[Identifier]] = {}
        for name in self._known:
            if name[0] == "phone":
                self._phones.setdefault(name[1][-_TAIL:], []).append(name)

    def find(self, kind: str, text: str) -> Identifier | None:
        """None for all that is not known, such as blocked values."""
        written = (kind, text)
        if written not in self._found:
            self._found[written] = self._look(kind, normalised(kind, text))
        return self._found[written]

    def _look(self, kind: str, value: str) -> Identifier | None:
        if (kind, value) in self._known:
            return kind, value
        if kind != "phone":
            return None
        alike = self._phones.get(value[-_TAIL:], ())
        return next((one for one in alike if _is_same_phone(one[1], value)), None)


def _is_same_phone(one: str, other: str) -> bool:
    return phonenumbers.is_number_match(one, other) in _SAME_PHONE


def strongest_first(steps: Iterable[Document], names: Names) -> list[Identifier]:
    """What the events of a contact name; of one type the last one named first. `steps`: in event order."""
    named: dict[Identifier, None] = {}
    for step in steps:
        # What it says is apart, it does not name.
        if step.get("type") == "customer.separated":
            continue
        for kind, given in (step["data"].get("identifiers") or {}).items():
            for text in (given,) if isinstance(given, str) else given:
                known = names.find(kind, text)
                if known is not None:
                    named.pop(known, None)
                    named[known] = None
    return sorted(reversed(named), key=lambda name: IDENTIFIER_TYPES.index(name[0]))


class Verdicts:
    """Whose identifiers would be. `silent`: those that link nobody, before and after."""

    def __init__(self, changes: Iterable[Document], silent: Collection[Identifier]) -> None:
        self._after = {(one["type"], one["value"]): one["customer_key"] for one in changes}
        self._silent = silent

    def moves(self, customer_key: str, named: Iterable[Identifier]) -> bool:
        """Whether a contact of this customer that names these would be somebody else's."""
        is_lost = False
        for name in named:
            if name in self._silent:
                continue
            if name not in self._after:
                # It links as it did: whether to the same customer hangs on what was asked before it.
                return is_lost
            after = self._after[name]
            if after is not None:
                return bool(after != customer_key)
            is_lost = True
        return is_lost
