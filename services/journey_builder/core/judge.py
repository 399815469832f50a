"""Judging a contact: which frictions hold now, which no longer do, and when to look again."""

from typing import NamedTuple

from msgspec.structs import replace

from schemas.frictions import Friction, Retraction
from schemas.times import rfc3339
from services.journey_builder.core.contact_state import ContactState
from services.journey_builder.core.findings import (
    Anchor,
    Finding,
    friction_id,
    friction_of,
    holding,
    retract,
    says_the_same,
)
from services.journey_builder.core.frictions import find_all, is_wanted
from services.journey_builder.core.rules import Rules

END_OF_TIME_US = 2**62


class Verdict(NamedTuple):
    """Frictions to publish; and the next deadline in microseconds, if any."""

    publish: list[Friction]
    due_us: int | None


def judge(
    state: ContactState, rules: Rules, now_us: int, delay_us: int = 0, is_suspect: bool = False
) -> Verdict:
    """Brings what was said of a contact up to date with its facts and its clock.

    `delay_us`: how late its source's events are expected; `is_suspect`: that source has fallen silent,
    so that a wait that lasts may be no wait.
    """
    anchor = Anchor(state.head.tenant, state.head.contact)
    found = find_all(state.contact, rules)
    wanted = (finding for finding in found if is_wanted(finding, rules)) if rules.is_choosy else found
    held, due_us = holding(wanted, state.clock_us - delay_us)
    due_us = due_us + delay_us if due_us is not None else None
    before = {friction.friction_id: friction for friction in state.raised}
    if not held and not before:
        return Verdict([], due_us)
    told = (
        friction_of(finding, anchor, rules, now_us, state.head.replay, is_suspect and finding.waits)
        for finding in held
    )
    after = {friction.friction_id: friction for friction in told}
    publish, raised = changes(before, after)
    for name, friction in before.items():
        if name not in after:
            publish.append(retract(friction, _why(state, rules, friction), now_us))
    state.raised, state.head.raised = raised, len(raised)
    return Verdict(publish, due_us)


def changes(before: dict[str, Friction], after: dict[str, Friction]) -> tuple[list[Friction], list[Friction]]:
    """What is new or other among the frictions that hold; and all of them, as they are now told."""
    publish, raised = [], []
    for name, friction in after.items():
        known = before.get(name)
        if known is not None and says_the_same(known, friction):
            raised.append(known)
            continue
        told = friction if known is None else first_detected(friction, known)
        publish.append(told)
        raised.append(told)
    return publish, raised


def first_detected(friction: Friction, known: Friction) -> Friction:
    return replace(friction, detected_at=known.detected_at)


def _why(state: ContactState, rules: Rules, friction: Friction) -> Retraction:
    """Cancelled if the events up to its moment still tell it, so that a later one has undone it."""
    then = state.until(lambda fact: rfc3339(fact.at_us) <= friction.at)
    held, _ = holding(find_all(then, rules), END_OF_TIME_US)
    anchor = Anchor(friction.tenant, friction.contact)
    return (
        Retraction.CANCELLED
        if any(_is(finding, anchor, friction) for finding in held)
        else Retraction.CORRECTED
    )


def _is(finding: Finding, anchor: Anchor, friction: Friction) -> bool:
    return (
        friction_id(anchor, finding.kind, finding.ordinal) == friction.friction_id
        and rfc3339(finding.at_us) == friction.at
    )
