"""The rules of all tenants in all versions: which hold for a contact is decided by when it started."""

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from schemas.contacts import Summary
from services.journey_builder.core.globs import Globs, fits
from services.journey_builder.core.goals import GoalRule
from services.journey_builder.core.overrides import Override, narrowed
from services.journey_builder.core.phrases import Finder, by_language
from services.journey_builder.core.rules import DEFAULT, Rules

#: Before every contact.
ALWAYS_US = -(2**62)
#: Tenants, and lists of phrases, that are kept at hand. Both are named by events: any number.
TENANTS_MAX = 4096
FINDERS_MAX = 1024


class Version(Struct, frozen=True):
    """`plain`: what it says for everybody; `effective_us`: from which start of a contact on."""

    plain: Rules
    effective_us: int = ALWAYS_US
    overrides: tuple[Override, ...] = ()
    goals: tuple[GoalRule, ...] = ()


class Delay(Struct, frozen=True):
    """How late what some sources tell usually comes."""

    source: Globs
    delay_us: int


class RuleBook:
    """`versions`: at least one, by `effective_us`. Before the first one the shipped rules hold."""

    def __init__(self, versions: Sequence[Version], delays: Sequence[Delay] = ()) -> None:
        first = [] if versions[0].effective_us == ALWAYS_US else [Version(DEFAULT)]
        self.versions = (*first, *versions)
        self._starts = [version.effective_us for version in self.versions]
        self._delays = tuple(delays)
        self._has_phrases = any(_lists(version) for version in self.versions)
        self._rules = lru_cache(TENANTS_MAX)(self._make)
        self._finder = lru_cache(FINDERS_MAX)(self._make_finder)
        self._delay_us = lru_cache(TENANTS_MAX)(self._find_delay)

    def of(self, tenant: str, started_us: int) -> Rules:
        """The version in force for a contact of this tenant that started then (µs)."""
        return self._rules(tenant, self.number_at(started_us))

    def of_contact(self, contact: Summary) -> Rules:
        """As they are at its place."""
        started_us = contact.first.at_us if contact.first is not None else contact.last_us
        rules = self.of(contact.tenant, started_us)
        return rules.at(queue=contact.queue, channel=contact.channel, goal=contact.goal)

    def number_at(self, at_us: int) -> int:
        """Which of `versions` is in force at a moment (µs)."""
        return bisect_right(self._starts, at_us) - 1

    def heard(self, tenant: str, language: str | None, text: str) -> tuple[str, ...]:
        """Phrases of any version's lists for the tenant that occur in a text, as the lists have them.

        Which of them count is for the rules of the contact: `Rules.counted`.
        """
        return self._finder(tenant, language).find(text) if self._has_phrases else ()

    def delay_us(self, source: str) -> int:
        """How late this source's events are expected: so much longer their deadlines wait."""
        return self._delay_us(source) if self._delays else 0

    def _make(self, tenant: str, number: int) -> Rules:
        version = self.versions[number]
        goals = tuple(rule for rule in version.goals if fits(rule.tenant, tenant))
        plain = replace(version.plain, goals=goals) if goals else version.plain
        return narrowed(plain, _for(version, tenant))

    def _make_finder(self, tenant: str, language: str | None) -> Finder:
        return Finder(
            phrase
            for version in self.versions
            for lists in (version.plain.negative_phrases, *_lists_of(_for(version, tenant)))
            for phrase in by_language(lists, language)
        )

    def _find_delay(self, source: str) -> int:
        return next((delay.delay_us for delay in self._delays if fits(delay.source, source)), 0)


class Rulings(Protocol):
    """Who knows the rules in force; they may become others between two looks."""

    @property
    def book(self) -> RuleBook: ...

    def look(self) -> None:
        """Looks now and then whether they have become others, in silence, too."""


class Fixed:
    """Rules that stay as they are."""

    def __init__(self, book: RuleBook) -> None:
        self.book = book

    def look(self) -> None: ...


def _for(version: Version, tenant: str) -> tuple[Override, ...]:
    return tuple(override for override in version.overrides if fits(override.when.tenant, tenant))


def _lists_of(overrides: Sequence[Override]) -> list[dict[str, tuple[str, ...]]]:
    return [override.changes.get("negative_phrases", {}) for override in overrides]


def _lists(version: Version) -> bool:
    return bool(version.plain.negative_phrases or any(_lists_of(version.overrides)))


#: What holds without a rules file.
SHIPPED = RuleBook([Version(DEFAULT)])
