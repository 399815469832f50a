"""Reads the rules file: a rule book, or every fault with its place and what was expected."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from schemas.frictions import Kind
from services.journey_builder.core.goals import GoalRule
from services.journey_builder.core.identity.policy import BLOCKED, Policy, TenantPolicy
from services.journey_builder.core.identity.values import normal_value
from services.journey_builder.core.overrides import Override, When
from services.journey_builder.core.parameters import JOURNEYS, KINDS, Parameter
from services.journey_builder.core.rule_book import ALWAYS_US, SHIPPED, Delay, RuleBook, Version
from services.journey_builder.core.rules import DEFAULT, Rules
from services.journey_builder.rules.document import Document, Fault, read_yaml
from services.journey_builder.rules.faults import fault_of
from services.journey_builder.rules.model import Identity, Naming, NamingOf, OverrideOf, RulesText, VersionOf

EVERYWHERE = When()
#: A file of this size holds thousands of overrides.
BYTES_MAX = 1024 * 1024


class RulesFileError(Exception):
    """The file cannot be used. `faults`, and the text: one line each, with file, line and column."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class RulesFile(NamedTuple):
    """`versions`: as the file has them; those of the book may begin with the shipped one."""

    name: str
    book: RuleBook
    policy: Policy
    versions: tuple[VersionOf, ...]
    document: Document


def load_rules(path: Path) -> RulesFile:
    """The file's rules; a RulesFileError with all its faults."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise RulesFileError(f"{path}: cannot be read: {error.strerror}") from None
    if len(raw) > BYTES_MAX:
        raise RulesFileError(f"{path}: has {len(raw):,} bytes; at most {BYTES_MAX:,} are read")
    try:
        return parse_rules(raw.decode("utf-8-sig"), str(path))
    except UnicodeDecodeError as error:
        raise RulesFileError(f"{path}: is not UTF-8 at byte {error.start}") from None


def parse_rules(text: str, name: str = "rules.yaml") -> RulesFile:
    """`name`: what the file is called in faults."""
    document = read_yaml(text)
    faults = list(document.faults)
    if document.values is not None or not faults:
        try:
            model = RulesText.model_validate(document.values)
        except ValidationError as error:
            faults += [fault_of(document, item) for item in error.errors()]
        else:
            faults += _disorder(document, model.versions)
    if faults:
        lines = [f"{name}:{spot.line}:{spot.column}: {says}" for spot, says in sorted(faults)]
        raise RulesFileError(*lines)
    return RulesFile(name, _book(model), _policy(model.identity), model.versions, document)


def _disorder(document: Document, versions: tuple[VersionOf, ...]) -> Iterator[Fault]:
    """Versions go up, in number and in time."""
    number, since_us = DEFAULT.version, ALWAYS_US
    for place, version in enumerate(versions):
        path = ("versions", place)
        if version.effective_from is None:
            if place:
                yield Fault(
                    document.spot(path), "effective_from: is missing; only the first version may lack it"
                )
        elif version.effective_from <= since_us:
            spot = document.spot((*path, "effective_from"))
            yield Fault(spot, "effective_from: expected a later moment than that of the version before")
        is_first = place == 0 and version.effective_from is None
        if version.version <= number and not is_first:
            spot = document.spot((*path, "version"))
            before = "the version before" if place else "the shipped rules, which hold until it takes effect"
            yield Fault(spot, f"version: expected more than {number}, the number of {before}")
        number, since_us = version.version, version.effective_from or since_us


def _book(model: RulesText) -> RuleBook:
    delays = [Delay(late.source, late.delay) for late in model.sources]
    return RuleBook([_version(version) for version in model.versions] or SHIPPED.versions, delays)


def _policy(model: Identity) -> Policy:
    return Policy(
        limits={kind: limit for kind, limit in dict(model.limits).items() if limit is not None},
        blocked=BLOCKED | _blocked(model),
        own=_own(model),
        phone_regions=model.phone_regions,
        overrides=tuple(_of_tenants(one) for one in model.overrides),
    )


def _of_tenants(model: NamingOf) -> TenantPolicy:
    limits = model.set.limits
    return TenantPolicy(
        tenant=model.when.tenant,
        limits={kind: limit for kind, limit in dict(limits).items() if kind in limits.model_fields_set},
        blocked=_blocked(model.set),
        own=_own(model.set),
    )


def _blocked(model: Naming) -> frozenset[str]:
    return frozenset(value.strip().lower() for value in model.blocked)


def _own(model: Naming) -> dict[str, frozenset[str]]:
    """Of the company's own phones the country is known only where they have their code."""
    return {
        kind: frozenset(normal_value(kind, value, None) for value in values)
        for kind, values in dict(model.own).items()
        if values
    }


def _version(model: VersionOf) -> Version:
    said = _changes(model.rules, model)
    plain = said.applied_to(Rules(version=model.version))
    return Version(
        plain,
        ALWAYS_US if model.effective_from is None else model.effective_from,
        tuple(_override(override) for override in model.overrides),
        tuple(GoalRule(rule.goal, **dict(rule.when)) for rule in model.goals),
    )


def _override(model: OverrideOf) -> Override:
    return _changes(model.set, model.set, When(**dict(model.when)))


def _changes(kinds: Any, sections: Any, when: When = EVERYWHERE) -> Override:
    """What the file says, and nothing of what it leaves out."""
    changes = _given(sections.journeys, JOURNEYS)
    severities, enabled = {}, {}
    for kind in Kind:
        section = getattr(kinds, kind)
        changes |= _given(section, KINDS[kind])
        if "severity" in section.model_fields_set:
            severities[kind] = section.severity
        if "enabled" in section.model_fields_set:
            enabled[kind] = section.enabled
    if "phrases" in sections.words.model_fields_set:
        changes["negative_phrases"] = dict(sections.words.phrases)
    return Override(when, changes, severities, enabled)


def _given(section: Any, parameters: tuple[Parameter, ...]) -> dict[str, Any]:
    return {
        parameter.field: getattr(section, parameter.name) // parameter.step_us
        if parameter.step_us > 1
        else getattr(section, parameter.name)
        for parameter in parameters
        if parameter.name in section.model_fields_set
    }
