"""A customer: the pure fold over the summaries of his contacts into journeys and the frictions between."""

from collections.abc import Iterable, Set
from typing import NamedTuple, Protocol

from msgspec.structs import replace

from schemas.contacts import Attribute, Summary
from schemas.data import Contact
from schemas.frictions import Friction, Kind
from schemas.journeys import Journey, JourneyState, Outcome
from schemas.times import rfc3339
from services.journey_builder.core.effort import effort_of
from services.journey_builder.core.facts import ref_order
from services.journey_builder.core.findings import Anchor, Finding, friction_of, is_wanted
from services.journey_builder.core.frictions import (
    JOURNEY_DETECTORS,
    false_containment,
    repeat_contact,
)
from services.journey_builder.core.journeys import JourneyFold, group, journey_id
from services.journey_builder.core.outcomes import Ending, ending
from services.journey_builder.core.rules import Rules, RulesOf

#: What the names of the contacts that a journey lists may take; in UTF-8 each may be four bytes.
NAMES_MAX = 150_000
#: Values of one type of identifier that readers are told of.
VALUES_MAX = 100


class Head(Protocol):
    """What is known of a customer beside his contacts. `fired_us`: the latest deadline's clock."""

    customer_key: str
    fired_us: int
    truncated: bool


class Runs(Protocol):
    """What is known of replay runs."""

    def is_open(self, name: str) -> bool: ...

    def shows(self, name: str, at_us: int) -> bool:
        """Whether what happened at a moment of a run may be judged yet."""


class Portrait(NamedTuple):
    """All that follows from a customer's contacts. `home`: contact key -> journey id."""

    journeys: list[Journey]
    home: dict[bytes, str]
    frictions: dict[str, Friction]
    call_backs: frozenset[bytes]
    #: By replay run, next moment (µs) at which a hidden finding may show.
    hidden_us: dict[str, int]
    #: Next at which a journey closes, by the open run that has it all; None: time itself closes it.
    closes_us: dict[str | None, int]


class Told:
    """Frictions by the finding they tell: most of a customer's are the same as the last time."""

    def __init__(self) -> None:
        self._frictions: dict[tuple[Contact, Finding], tuple[Rules, Friction]] = {}

    def tell(self, contact: Summary, finding: Finding, rules: Rules, now_us: int) -> Friction:
        known = self._frictions.get((contact.contact, finding))
        if known is None or known[0] is not rules:
            anchor = Anchor(contact.tenant, contact.contact)
            known = rules, friction_of(finding, anchor, rules, now_us, contact.replay)
            self._frictions[contact.contact, finding] = known
        return known[1]


def portray(
    summaries: Iterable[Summary],
    head: Head,
    now_us: int,
    runs: Runs,
    rules_of: RulesOf,
    told: Told,
) -> Portrait:
    """`summaries`: of what may join a journey; `now_us`: when this is found."""
    contacts = [summary for summary in summaries if summary.is_contact]
    folds = group(contacts, rules_of)
    findings, call_backs = _find(contacts, folds, rules_of)
    shown, hidden_us = _show(findings, runs, now_us, rules_of, told)
    again = {contact.contact_key for contact, finding in findings if finding.kind is Kind.REPEAT_CONTACT}
    again |= call_backs
    endings = [ending(fold, rules_of(fold.contacts[0])) for fold in folds]
    owners = [_run_of(fold, runs) for fold in folds]
    clocks = {run: _clock_us(run, contacts, head) for run in set(owners)}
    journeys: list[Journey] = []
    closes_us: dict[str | None, int] = {}
    for fold, run, end in zip(folds, owners, endings, strict=True):
        journeys.append(_journey(fold, head, clocks[run], again, end))
        if clocks[run] <= end.at_us:
            closes_us[run] = min(end.at_us, closes_us.get(run, end.at_us))
    home = {
        contact.contact_key: journey.journey_id
        for fold, journey in zip(folds, journeys, strict=True)
        for contact in fold.contacts
    }
    return Portrait(journeys, home, shown, call_backs, hidden_us, closes_us)


def known_identifiers(summaries: Iterable[Summary]) -> dict[str, tuple[str, ...]]:
    """Every identifier his contacts named, by type."""
    values: dict[str, set[str]] = {}
    for summary in summaries:
        for kind, named in summary.identifiers.items():
            values.setdefault(kind, set()).update(named)
    return {kind: tuple(sorted(named)[:VALUES_MAX]) for kind, named in sorted(values.items())}


def known_attributes(summaries: Iterable[Summary]) -> dict[str, str | bool]:
    """What was said of him, in whichever contact: the last word on each attribute."""
    newest: dict[str, Attribute] = {}
    for summary in summaries:
        for name, told in summary.attributes.items():
            known = newest.get(name)
            if known is None or ref_order(told.event) > ref_order(known.event):
                newest[name] = told
    return {name: told.value for name, told in sorted(newest.items())}


def superseded(journey: Journey, by: str | None) -> Journey:
    """The last record of an id that ceased to be. `by`: the journey that has its opener now, if known."""
    return replace(journey, state=JourneyState.SUPERSEDED, superseded_by=by)


def _run_of(fold: JourneyFold, runs: Runs) -> str | None:
    """The open run that all of a journey is of; where several are, that of its last contact."""
    is_open = (one.replay is not None and runs.is_open(one.replay) for one in reversed(fold.contacts))
    return fold.contacts[-1].replay if all(is_open) else None


def _clock_us(run: str | None, contacts: Iterable[Summary], head: Head) -> int:
    """How far time has passed: for what belongs to an open run, by what that has brought alone."""
    if run is None:
        return max([head.fired_us, *(contact.last_us for contact in contacts)])
    return max(one.last_us for one in contacts if one.replay == run)


def _find(
    contacts: list[Summary], folds: list[JourneyFold], rules_of: RulesOf
) -> tuple[list[tuple[Summary, Finding]], frozenset[bytes]]:
    findings: list[tuple[Summary, Finding]] = []
    call_backs = set()
    for contact, _, finding in repeat_contact.find(contacts, rules_of):
        if finding is None:
            call_backs.add(contact.contact_key)
        else:
            findings.append((contact, finding))
    findings += false_containment.find(contacts, rules_of)
    for fold in folds:
        for find in JOURNEY_DETECTORS:
            findings += find(fold.contacts, rules_of)
    return findings, frozenset(call_backs)


def _show(
    findings: list[tuple[Summary, Finding]], runs: Runs, now_us: int, rules_of: RulesOf, told: Told
) -> tuple[dict[str, Friction], dict[str, int]]:
    """The frictions that may be told, the earliest of each episode; and when the next one of a run may be."""
    shown: dict[str, Friction] = {}
    hidden: dict[str, int] = {}
    for contact, finding in sorted(findings, key=lambda pair: pair[1].at_us):
        if contact.replay is not None and not runs.shows(contact.replay, finding.at_us):
            hidden.setdefault(contact.replay, finding.at_us)
            continue
        rules = rules_of(contact)
        if not is_wanted(finding, rules):
            continue
        friction = told.tell(contact, finding, rules, now_us)
        shown.setdefault(friction.friction_id, friction)
    return shown, hidden


def _journey(fold: JourneyFold, head: Head, clock_us: int, again: Set[bytes], end: Ending) -> Journey:
    """`again`: keys of the contacts with which the customer came back."""
    opener = fold.contacts[0]
    # What resolves it is said and done; silence has to pass.
    is_closed = end.outcome is Outcome.RESOLVED or clock_us > end.at_us
    contacts = _listed(fold)
    return Journey(
        journey_id=journey_id(opener.tenant, opener.contact),
        tenant=opener.tenant,
        customer_key=head.customer_key,
        state=JourneyState.CLOSED if is_closed else JourneyState.OPEN,
        goal=fold.goal,
        outcome=end.outcome if is_closed else None,
        opened_at=rfc3339(fold.opened_us),
        closed_at=rfc3339(end.at_us) if is_closed else None,
        last_event_at=rfc3339(fold.last_us),
        channels=tuple(dict.fromkeys(contact.channel for contact in fold.contacts if contact.channel)),
        contacts=contacts,
        effort=effort_of(fold.contacts, again),
        truncated=head.truncated
        or len(contacts) < len(fold.contacts)
        or any(contact.truncated for contact in fold.contacts),
        revision=0,
    )


def _listed(fold: JourneyFold) -> tuple[Contact, ...]:
    """Its contacts; of very many the earliest, which names the journey, and the newest."""
    names = [contact.contact for contact in fold.contacts]
    room = NAMES_MAX
    for place in range(len(names) - 1, 0, -1):
        room -= len(names[place].source) + len(names[place].subject) + 30
        if room < 0:
            return (names[0], *names[place + 1 :])
    return tuple(names)
