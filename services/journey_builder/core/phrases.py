"""Phrases in a text: whole words, whatever the case, in any script."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

#: The list for every language.
ANY = "*"

#: Accents and vowel signs belong to the letter before them; `re` does not take them for parts of words.
_MARKS = "".join(chr(code) for code in range(0x10000) if unicodedata.category(chr(code)).startswith("M"))
#: Scripts without blanks between words (Thai, Lao, Burmese, Khmer, kana, Han): each letter is a word here.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(rf"[{_UNSPACED}][{_MARKS}]*|[^\W{_UNSPACED}](?:[^\W{_UNSPACED}]|[{_MARKS}])*")


def words_of(text: str) -> list[str]:
    return _WORD.findall(_comparable(text))


def canonical(phrase: str) -> str:
    """A phrase as lists and contacts keep it. Empty if there is no word in it."""
    return " ".join(_comparable(phrase).split()) if words_of(phrase) else ""


def _comparable(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def by_language(lists: Mapping[str, Iterable[str]], language: str | None) -> set[str]:
    """The phrases that count in a language: `en-GB` has those of `*`, `en` and `en-GB`."""
    if not lists:
        return set()
    parts = language.casefold().replace("_", "-").split("-") if language else []
    names = [ANY, *("-".join(parts[: size + 1]) for size in range(len(parts)))]
    return {phrase for name in names for phrase in lists.get(name, ())}


class Finder:
    """Looks for many phrases in one pass over a text."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_first: dict[str, list[tuple[Sequence[str], str]]] = {}
        for phrase in sorted(phrases):
            words = words_of(phrase)
            if words:
                self._by_first.setdefault(words[0], []).append((words, phrase))

    def find(self, text: str) -> tuple[str, ...]:
        """The phrases that occur, sorted."""
        if not self._by_first:
            return ()
        words = words_of(text)
        found = {
            phrase
            for start, first in enumerate(words)
            for wanted, phrase in self._by_first.get(first, ())
            if words[start : start + len(wanted)] == wanted
        }
        return tuple(sorted(found))
