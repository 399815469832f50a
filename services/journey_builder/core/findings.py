"""A finding is what a detector says; a friction is a finding that holds, with a name and a sentence.

A finding that `waits` holds once the contact's clock has passed its `at`: nothing else may happen
first. So deadlines are findings that do not hold yet, and nothing keeps a list of them.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

from msgspec.structs import replace

from schemas.contacts import EventRef
from schemas.data import Contact
from schemas.events import SEPARATOR
from schemas.frictions import Friction, Kind, Retraction, State
from schemas.times import rfc3339
from services.journey_builder.core.facts import evidence_of
from services.journey_builder.core.rules import Rules


class Finding(NamedTuple):
    """`ordinal`: which of the contact's possible episodes of this kind. `at_us`: microseconds."""

    kind: Kind
    ordinal: int
    at_us: int
    touchpoint: str
    evidence: tuple[EventRef, ...]
    explanation: str
    waits: bool = False


class Judged(NamedTuple):
    """A finding and the friction that tells it, by these rules."""

    finding: Finding
    rules: Rules
    is_suspect: bool
    friction: Friction


class Anchor(NamedTuple):
    """What names a friction beside its kind and ordinal."""

    tenant: str
    contact: Contact


def friction_id(anchor: Anchor, kind: Kind, ordinal: int) -> str:
    """Never of customer, journey or rule version, so that it stays when those change."""
    name = SEPARATOR.join((anchor.tenant, kind, anchor.contact.source, anchor.contact.subject, str(ordinal)))
    return sha256(name.encode()).hexdigest()[:32]


def holding(findings: Iterable[Finding], clock_us: int) -> tuple[list[Finding], int | None]:
    """The findings that hold, one an episode, the earliest; and the next deadline, if any."""
    held: dict[tuple[Kind, int], Finding] = {}
    waiting: dict[tuple[Kind, int], int] = {}
    for finding in findings:
        episode = (finding.kind, finding.ordinal)
        if finding.waits and clock_us <= finding.at_us:
            waiting[episode] = min(waiting.get(episode, finding.at_us), finding.at_us)
        elif episode not in held or finding.at_us < held[episode].at_us:
            held[episode] = finding
    due = min((at_us for episode, at_us in waiting.items() if episode not in held), default=None)
    return list(held.values()), due


def is_wanted(finding: Finding, rules: Rules) -> bool:
    """Whether its kind is looked for where it was found."""
    return rules.at_touchpoint(finding.touchpoint).finds(finding.kind)


def friction_of(
    finding: Finding,
    anchor: Anchor,
    rules: Rules,
    detected_us: int,
    replay: str | None,
    is_suspect: bool = False,
) -> Friction:
    return Friction(
        friction_id=friction_id(anchor, finding.kind, finding.ordinal),
        tenant=anchor.tenant,
        kind=finding.kind,
        severity=rules.at_touchpoint(finding.touchpoint).severity(finding.kind),
        state=State.RAISED,
        retraction=None,
        contact=anchor.contact,
        touchpoint=finding.touchpoint,
        at=rfc3339(finding.at_us),
        detected_at=rfc3339(detected_us),
        rule=finding.kind,
        rule_version=rules.version,
        explanation=finding.explanation,
        evidence=evidence_of(finding.evidence),
        replay=replay,
        suspect=is_suspect,
    )


def says_the_same(before: Friction, after: Friction) -> bool:
    """Whether only the moment of detection differs."""
    return before == _as_of(after, before)


def _as_of(friction: Friction, before: Friction) -> Friction:
    return replace(friction, detected_at=before.detected_at, replay=before.replay)


def retract(friction: Friction, retraction: Retraction, detected_us: int) -> Friction:
    return replace(friction, state=State.RETRACTED, retraction=retraction, detected_at=rfc3339(detected_us))
