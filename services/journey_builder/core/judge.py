"""Judging a contact: which frictions hold now, which no longer do, and when to look again."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from schemas.frictions import Friction, Retraction
from schemas.times import rfc3339
from services.journey_builder.core.contact_state import ContactState
from services.journey_builder.core.findings import (
    Anchor,
    Finding,
    Judged,
    friction_id,
    friction_of,
    holding,
    is_wanted,
    retract,
    says_the_same,
)
from services.journey_builder.core.frictions import find_all
from services.journey_builder.core.rules import Rules

END_OF_TIME_US = 2**62
#: So many facts at most are folded again to say why frictions hold no more.
FACTS_ASKED_MAX = 50_000


class Verdict(NamedTuple):
    """Frictions to publish; and the next deadline in microseconds, if any.

    `settled`: those that stand as they were told, and that nobody looks at again: their events are forgotten.
    """

    publish: list[Friction]
    due_us: int | None
    settled: Sequence[Friction] = ()


def judge(
    state: ContactState, rules: Rules, now_us: int, delay_us: int = 0, is_suspect: bool = False
) -> Verdict:
    """Brings what was said of a contact up to date with its facts and its clock.

    `delay_us`: how late its source's events are expected; `is_suspect`: that source has fallen silent,
    so that a wait that lasts may be no wait.
    """
    found = find_all(state.contact, rules)
    wanted = (finding for finding in found if is_wanted(finding, rules)) if rules.is_choosy else found
    held, due_us = holding(wanted, state.clock_us - delay_us)
    due_us = due_us + delay_us if due_us is not None else None
    before = {friction.friction_id: friction for friction in state.raised}
    if not held and not before:
        return Verdict([], due_us)
    settled = _settled(state)
    after: dict[str, Friction] = {}
    judged: list[Judged] = []
    for finding in held:
        one = _told(state, finding, rules, now_us, is_suspect and finding.waits)
        name = one.friction.friction_id
        if name in settled:
            one = one._replace(friction=settled[name])
        judged.append(one)
        after[name] = one.friction
    publish, raised = changes(before, after, now_us)
    state.judged = {
        (one.finding.kind, one.finding.ordinal): one._replace(friction=friction)
        for one, friction in zip(judged, raised, strict=True)
    }
    gone = [friction for name, friction in before.items() if name not in after and name not in settled]
    publish += [retract(friction, why, now_us) for friction, why in _whys(state, rules, gone)]
    state.raised, state.head.raised = raised, len(raised)
    return Verdict(publish, due_us, [friction for name, friction in settled.items() if name not in after])


def _told(state: ContactState, finding: Finding, rules: Rules, now_us: int, is_suspect: bool) -> Judged:
    """The friction that tells a finding: mostly the same as the last time."""
    known = state.judged.get((finding.kind, finding.ordinal))
    is_same = known is not None and known.rules is rules and known.is_suspect == is_suspect
    if known is not None and is_same and known.finding == finding:
        return known
    anchor = Anchor(state.head.tenant, state.head.contact)
    friction = friction_of(finding, anchor, rules, now_us, state.head.replay, is_suspect)
    return Judged(finding, rules, is_suspect, friction)


def _settled(state: ContactState) -> dict[str, Friction]:
    """Those of which an event that made them true is forgotten."""
    if not state.head.truncated:
        return {}
    kept_at = rfc3339(state.head.kept_us)
    return {one.friction_id: one for one in state.raised if one.evidence[0].time < kept_at}


def changes(
    before: dict[str, Friction], after: dict[str, Friction], now_us: int
) -> tuple[list[Friction], list[Friction]]:
    """What is new or other among the frictions that hold; and all of them, as they are now told."""
    publish, raised = [], []
    for name, friction in after.items():
        known = before.get(name)
        if known is friction or (known is not None and says_the_same(known, friction)):
            raised.append(known)
            continue
        told = replace(friction, detected_at=_detected_at(friction, known, now_us))
        publish.append(told)
        raised.append(told)
    return publish, raised


def _detected_at(friction: Friction, known: Friction | None, now_us: int) -> str:
    """When it was first found, unless what was found then was taken back, or is over: it is another one."""
    if known is None or (friction.at != known.at and friction.at > known.detected_at):
        return rfc3339(now_us)
    return known.detected_at


def _whys(
    state: ContactState, rules: Rules, gone: Sequence[Friction]
) -> Iterator[tuple[Friction, Retraction]]:
    """Cancelled if the events up to its moment still tell it, so that a later one has undone it.

    Each moment is a fold of its own. Where there are too many, as when a huge contact loses its oldest
    events, nobody has done anything that undoes so much at once.
    """
    moments = {friction.at for friction in gone}
    if len(moments) * state.head.events > FACTS_ASKED_MAX:
        yield from ((friction, Retraction.CORRECTED) for friction in gone)
        return
    told = {at: _told_by(state, rules, at) for at in moments}
    for friction in gone:
        anchor = Anchor(friction.tenant, friction.contact)
        is_told = any(
            finding.kind is friction.kind
            and friction_id(anchor, finding.kind, finding.ordinal) == friction.friction_id
            for finding in told[friction.at]
        )
        yield friction, Retraction.CANCELLED if is_told else Retraction.CORRECTED


def _told_by(state: ContactState, rules: Rules, at: str) -> list[Finding]:
    """What happened at a moment, as the events up to it tell."""
    then = state.until(lambda fact: rfc3339(fact.at_us) <= at)
    held, _ = holding(find_all(then, rules), END_OF_TIME_US)
    return [finding for finding in held if rfc3339(finding.at_us) == at]
