"""What nobody needs and nobody may keep: masked in the words of an event before it is written anywhere.

Looked through is every text of `data` but the names that the contract gives a meaning (queues, nodes,
fields …), the contact and the identifiers, which say who the customer is.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from phonenumbers import Leniency, PhoneNumberMatcher

from services.ingest.core.national_ids import NATIONAL_IDS

#: Of these the words are left as they are.
NAMES = frozenset({
    "about", "agent", "bot", "by", "channel", "direction", "disposition", "easier_is", "ended_by", "field",
    "form_id", "from", "from_agent", "from_queue", "goal", "identifiers", "kind", "language", "market",
    "method", "metric", "network", "node", "option", "persona", "place", "product", "queue", "reason",
    "scope", "segment", "to", "to_agent", "to_queue", "topic",
})  # fmt: skip
#: What a form event may never say.
TYPED = frozenset(
    {"content", "input", "new_value", "old_value", "password", "text", "typed", "value", "values"}
)
FORM_VALUE = "form_value"
#: What can be masked.
KINDS = ("cards", "national_ids", "phones", "emails")

_ANYTHING = re.compile(r"[\d@]")
# Possessive, and only from where a word begins: no text takes longer than its length.
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)++")
_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
_PHONE = re.compile(r"(?<![\w+])\+\d(?:[ ().\-/]{0,2}\d){7,14}(?!\d)")
#: Places that may be a phone number, looked at in one text.
TRIES_MAX = 100

Mask = Callable[[str], tuple[str, int]]


class Scrub:
    """Masks the kinds that it is told to: `cards`, `national_ids`, `emails`, `phones`."""

    def __init__(self, kinds: Iterable[str], region: str | None = None) -> None:
        """`region`: the country of phone numbers written without a code; without it those stay."""
        known: dict[str, Mask] = {
            "cards": _mask_cards,
            "national_ids": _mask_national_ids,
            "phones": lambda text: _mask_phones(text, region),
            "emails": lambda text: _EMAIL.subn("[e-mail]", text),
        }
        wanted = set(kinds)
        self._masks = [(kind, mask) for kind, mask in known.items() if kind in wanted]

    def scrub(self, document: dict[str, Any], masked: Counter[str]) -> bool:
        """Masks in place; counts by kind; whether there was anything."""
        data = document.get("data")
        if type(data) is not dict:
            return False
        is_masked = False
        if str(document.get("type")).startswith("web_form."):
            for name in TYPED & data.keys():
                del data[name]
                masked[FORM_VALUE] += 1
                is_masked = True
        # Without recursion: how deep it may be is checked later.
        inside: list[Any] = [data]
        while inside:
            is_masked |= self._look_through(inside.pop(), inside, masked)
        return is_masked

    def scrub_unread(self, original: bytes, masked: Counter[str]) -> bytes:
        """Of what cannot be read, all of it is words. What is no UTF-8 comes out as it was."""
        return self._mask(original.decode(errors="surrogateescape"), masked).encode(errors="surrogateescape")

    def _look_through(self, held: Any, inside: list[Any], masked: Counter[str]) -> bool:
        is_masked = False
        for name, value in held.items() if type(held) is dict else enumerate(held):
            if name in NAMES:
                continue
            if type(value) is str:
                if _ANYTHING.search(value):
                    held[name] = self._mask(value, masked)
                    is_masked |= held[name] != value
            elif type(value) is dict or type(value) is list:
                inside.append(value)
        return is_masked

    def _mask(self, text: str, masked: Counter[str]) -> str:
        for kind, mask in self._masks:
            new, count = mask(text)
            if count:
                text = new
                masked[kind] += count
        return text


def _mask_cards(text: str) -> tuple[str, int]:
    return _replaced(_CARD, text, "[card]", _is_card)


def _is_card(written: str) -> bool:
    digits = [int(sign) for sign in written if sign.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 1


def _mask_national_ids(text: str) -> tuple[str, int]:
    count = 0
    for pattern, is_valid in NATIONAL_IDS.values():
        text, more = _replaced(pattern, text, "[national id]", is_valid)
        count += more
    return text, count


def _mask_phones(text: str, region: str | None) -> tuple[str, int]:
    text, count = _PHONE.subn("[phone]", text)
    if region is None:
        return text, count
    found = list(PhoneNumberMatcher(text, region, leniency=Leniency.VALID, max_tries=TRIES_MAX))
    for match in reversed(found):
        text = f"{text[: match.start]}[phone]{text[match.end :]}"
    return text, count + len(found)


def _replaced(
    pattern: re.Pattern[str], text: str, by: str, is_meant: Callable[[str], bool]
) -> tuple[str, int]:
    count = 0

    def replacement(match: re.Match[str]) -> str:
        nonlocal count
        if not is_meant(match[0]):
            return match[0]
        count += 1
        return by

    return pattern.sub(replacement, text), count
