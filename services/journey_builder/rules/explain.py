"""What holds at a place, in words, and which line of the file decided it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from schemas.frictions import Kind
from services.journey_builder.core.durations import duration_text
from services.journey_builder.core.globs import fits
from services.journey_builder.core.parameters import JOURNEYS, KINDS, Parameter, Unit
from services.journey_builder.core.rules import Place, Rules
from services.journey_builder.rules.document import Path
from services.journey_builder.rules.load import RulesFile

DEFAULT = "default"


class Setting(NamedTuple):
    """`section`: a kind, `journeys` or `words`. `decided_by`: file and line, or `default`."""

    section: str
    name: str
    value: str
    says: str
    decided_by: str


class Explanation(NamedTuple):
    version: int
    settings: list[Setting]


def explain(file: RulesFile, tenant: str, place: Place, at_us: int) -> Explanation:
    """For a contact of a tenant that starts at a moment (µs)."""
    rules = file.book.of(tenant, at_us).at(**place._asdict())
    deciders = _Deciders(file, tenant, place, at_us)
    settings = [
        Setting(section, name, value, says, deciders.of(section, name))
        for section, name, value, says in _settings(rules)
    ]
    return Explanation(rules.version, settings)


def _settings(rules: Rules) -> Iterator[tuple[str, str, str, str]]:
    for kind in Kind:
        yield kind, "enabled", "true" if rules.finds(kind) else "false", "whether it is looked for"
        for parameter in KINDS[kind]:
            yield kind, parameter.name, _value(parameter, rules), parameter.says
        yield kind, "severity", rules.severity(kind), "how grave it is"
    for parameter in JOURNEYS:
        yield "journeys", parameter.name, _value(parameter, rules), parameter.says
    lists = (f"{language}: {', '.join(phrases)}" for language, phrases in rules.negative_phrases.items())
    yield "words", "phrases", "; ".join(lists) or "none", "what counts as negative, by language"


def _value(parameter: Parameter, rules: Rules) -> str:
    value = parameter.value_in(rules)
    return duration_text(int(value)) if parameter.unit is Unit.DURATION else f"{value:g}"


class _Deciders:
    """The places in the file that count, the last one first."""

    def __init__(self, file: RulesFile, tenant: str, place: Place, at_us: int) -> None:
        self._file = file
        # The book may begin with the shipped version, which no line of the file says.
        before = len(file.book.versions) - max(len(file.versions), 1)
        number = file.book.number_at(at_us) - before
        self._overrides: list[Path] = []
        self._version: Path = ("versions", number)
        if number < 0:
            return
        for count, override in enumerate(file.book.versions[number + before].overrides):
            if fits(override.when.tenant, tenant) and override.when.holds_at(place):
                self._overrides.insert(0, (*self._version, "overrides", count, "set"))

    def of(self, section: str, name: str) -> str:
        plain: Path = self._version if section in ("journeys", "words") else (*self._version, "rules")
        spots: dict[Any, Any] = self._file.document.spots
        for path in (*self._overrides, plain):
            if spot := spots.get((*path, section, name)):
                return f"{self._file.name}:{spot.line}"
        return DEFAULT
