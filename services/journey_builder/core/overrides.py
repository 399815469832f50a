"""Overrides: what holds at some places only. In the file's order, later ones win."""

from functools import lru_cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from schemas.frictions import Kind, Severity
from services.journey_builder.core.globs import Globs, fits
from services.journey_builder.core.rules import NOWHERE, Place, Rules

#: Places whose rules are kept at hand, of one tenant and version. Names come from events: any number.
PLACES_MAX = 4096


class When(Struct, frozen=True):
    """Every condition that is given must match."""

    tenant: Globs = ()
    queue: Globs = ()
    channel: Globs = ()
    form: Globs = ()
    goal: Globs = ()

    def holds_at(self, place: Place) -> bool:
        """The tenant is seen to before."""
        return (
            fits(self.queue, place.queue)
            and fits(self.channel, place.channel)
            and fits(self.form, place.form)
            and fits(self.goal, place.goal)
        )

    @property
    def names_place(self) -> bool:
        return bool(self.queue or self.channel or self.form or self.goal)


class Override(Struct, frozen=True):
    """`changes`: field of `Rules` -> value."""

    when: When
    changes: dict[str, Any] = {}
    severities: dict[Kind, Severity] = {}
    enabled: dict[Kind, bool] = {}

    def applied_to(self, rules: Rules) -> Rules:
        off = {kind for kind in rules.off | self.enabled.keys() if not self.enabled.get(kind, False)}
        return replace(
            rules,
            **self.changes,
            severities={**rules.severities, **self.severities},
            off=frozenset(off),
        )


class Narrowing:
    """The rules of one tenant and version, by place. `plain`: without any override."""

    def __init__(self, plain: Rules, overrides: tuple[Override, ...]) -> None:
        self._plain = replace(plain, narrowing=self)
        self._overrides = overrides
        self.at = lru_cache(PLACES_MAX)(self._at)
        self._made = lru_cache(PLACES_MAX)(self._make)

    def _at(self, place: Place) -> Rules:
        """Names that no override asks for make no difference, and no rules of their own."""
        asked = {
            name: value
            for name, value in zip(Place._fields, place, strict=True)
            if any(fits(getattr(one.when, name), value) for one in self._overrides if getattr(one.when, name))
        }
        return self._made(Place(**asked))

    def _make(self, place: Place) -> Rules:
        rules = self._plain
        for override in self._overrides:
            if override.when.holds_at(place):
                rules = override.applied_to(rules)
        return replace(rules, place=place)


def narrowed(plain: Rules, overrides: tuple[Override, ...]) -> Rules:
    """A tenant's rules where nothing is known of the place. `overrides`: those for the tenant."""
    if any(override.when.names_place for override in overrides):
        return Narrowing(plain, overrides).at(NOWHERE)
    for override in overrides:
        plain = override.applied_to(plain)
    return plain
