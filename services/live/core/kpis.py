"""KPIs: each with its variants by name, for definitions differ between vendors.

A figure is of the contacts that started in a window, and of the answers to surveys given in it. `Tally`
has the counts, `KPIS` what is made of them; the first variant of a name is the one that is meant without
more words.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import asdict

from schemas.times import SECOND_US
from services.live.core.tally import Tally

DIGITS = 4


class Unit(StrEnum):
    SHARE = "share"
    SECONDS = "seconds"
    PER_CONTACT = "per_contact"
    #: From -100 to 100.
    POINTS = "points"


class Settles(StrEnum):
    """From when on only events that come late can change a figure."""

    #: Once all contacts of the window are over.
    WITH_CONTACTS = "contacts"
    #: Once nobody can come back within the time for that.
    WITH_RETURNS = "returns"


class Figure(Struct, frozen=True):
    """`count`: of how many it is made; of none there is no value."""

    value: float | None
    count: int


class Kpi(NamedTuple):
    name: str
    variant: str
    unit: Unit
    #: What is divided by what.
    means: str
    of: Callable[[Tally], Figure]
    settles: Settles | None = Settles.WITH_CONTACTS


def _ratio(part: float, whole: int) -> Figure:
    return Figure(round(part / whole, DIGITS) if whole else None, whole)


def _seconds(sum_us: int, number: int) -> Figure:
    return _ratio(sum_us / SECOND_US, number)


def _net_promoters(tally: Tally) -> Figure:
    return _ratio(100 * (tally.nps_promoters - tally.nps_detractors), tally.nps)


def _longest(tally: Tally) -> Figure:
    longest_us = tally.longest_us
    return Figure(None if longest_us is None else max(0, longest_us) / SECOND_US, tally.offered)


KPIS = (
    Kpi("service_level", "answered_or_abandoned", Unit.SHARE,
        "waits answered within the target / (answered + abandoned); as Genesys by default",
        lambda t: _ratio(t.answered_in_time, t.answered + t.abandoned)),
    Kpi("service_level", "without_short_abandons", Unit.SHARE,
        "answered within the target / (answered + abandoned - short abandons)",
        lambda t: _ratio(t.answered_in_time, t.answered + t.abandoned - t.short_abandoned)),
    Kpi("service_level", "with_flow_outs", Unit.SHARE,
        "answered within the target / (answered + abandoned + moved on to elsewhere)",
        lambda t: _ratio(t.answered_in_time, t.offered - t.waiting)),
    Kpi("service_level", "removed_from_queue", Unit.SHARE,
        "answered or abandoned within the target / queued; as Amazon Connect: who gives up soon helps it",
        lambda t: _ratio(t.answered_in_time + t.abandoned_in_time, t.offered)),
    Kpi("abandon_rate", "of_offered", Unit.SHARE,
        "waits given up / waits",
        lambda t: _ratio(t.abandoned, t.offered)),
    Kpi("abandon_rate", "without_short_abandons", Unit.SHARE,
        "waits given up that were no short abandons / (waits - short abandons)",
        lambda t: _ratio(t.abandoned - t.short_abandoned, t.offered - t.short_abandoned)),
    Kpi("short_abandon_rate", "of_offered", Unit.SHARE,
        "waits given up so soon that nobody could have answered / waits",
        lambda t: _ratio(t.short_abandoned, t.offered)),
    Kpi("average_speed_of_answer", "answered", Unit.SECONDS,
        "mean wait of those that were answered",
        lambda t: _seconds(t.answered_us, t.answered)),
    Kpi("average_abandon_time", "abandoned", Unit.SECONDS,
        "mean wait of those that were given up",
        lambda t: _seconds(t.abandoned_us, t.abandoned)),
    Kpi("longest_wait", "all", Unit.SECONDS,
        "longest wait, given up or still waiting included",
        _longest),
    Kpi("average_handle_time", "talk_and_hold", Unit.SECONDS,
        "from a person's answer to the end of a call or chat, without waits in further queues, / those with"
        " a person; after-contact work is in no event, and not in it",
        lambda t: _seconds(t.handled_us, t.handled)),
    Kpi("average_hold_time", "of_handled", Unit.SECONDS,
        "time on hold / calls and chats with a person",
        lambda t: _seconds(t.held_us, t.handled)),
    Kpi("transfer_rate", "of_handled", Unit.SHARE,
        "calls and chats with a person that were transferred / those with a person; several transfers count"
        " once, from the IVR to a person is none",
        lambda t: _ratio(t.transferred, t.handled)),
    Kpi("transfers_per_contact", "of_handled", Unit.PER_CONTACT,
        "transfers / calls and chats with a person",
        lambda t: _ratio(t.transfers, t.handled)),
    Kpi("first_contact_resolution", "no_repeat", Unit.SHARE,
        "contacts that neither follow one of the same customer in time nor are followed by one, whatever"
        " about / contacts that customers began; a call-back of who had reached nobody follows none",
        lambda t: _ratio(t.alone, t.repeatable), Settles.WITH_RETURNS),
    Kpi("first_contact_resolution", "said_resolved_no_repeat", Unit.SHARE,
        "as no_repeat, and the last word was that it is resolved / contacts that customers began",
        lambda t: _ratio(t.alone_resolved, t.repeatable), Settles.WITH_RETURNS),
    Kpi("repeat_rate", "by_rule", Unit.SHARE,
        "contacts with friction repeat_contact (same goal, or either unknown) / contacts that customers"
        " began; looks back",
        lambda t: _ratio(t.repeats, t.repeating)),
    Kpi("repeat_rate", "any_reason", Unit.SHARE,
        "contacts that follow one of the same customer in time, whatever about / contacts that customers"
        " began; looks back",
        lambda t: _ratio(t.followers, t.repeating)),
    Kpi("repeat_rate", "returned", Unit.SHARE,
        "contacts that are followed by one of the same customer in time, whatever about / contacts that"
        " customers began; looks forward",
        lambda t: _ratio(t.followed, t.repeatable), Settles.WITH_RETURNS),
    Kpi("containment", "no_person", Unit.SHARE,
        "contacts with an IVR or bot that passed nobody on, to a queue, a person or another call / contacts"
        " with an IVR or bot; who hangs up in anger counts as contained: read it beside"
        " contained_then_returned",
        lambda t: _ratio(t.machine_alone, t.machine)),
    Kpi("containment", "said_contained", Unit.SHARE,
        "contacts whose IVR or bot said that it was enough / contacts with an IVR or bot",
        lambda t: _ratio(t.contained, t.machine)),
    Kpi("contained_then_returned", "no_person", Unit.SHARE,
        "those contained, by no_person, that are followed by a contact of the same customer in time / those"
        " contained",
        lambda t: _ratio(t.machine_alone_followed, t.machine_alone), Settles.WITH_RETURNS),
    Kpi("first_response_time", "first_person", Unit.SECONDS,
        "from the start of a chat, mail or post to a person's first answer; bots do not count, nor office"
        " hours; nor what we began",
        lambda t: _seconds(t.response_us, t.responded)),
    Kpi("resolution_time", "last_word", Unit.SECONDS,
        "from the start to the moment at which a contact was last said to be resolved",
        lambda t: _seconds(t.resolution_us, t.resolved)),
    Kpi("form_abandon_rate", "changed", Unit.SHARE,
        "contacts with friction abandoned_form / contacts in which a field of a form was changed",
        lambda t: _ratio(t.forms_abandoned, t.forms)),
    Kpi("csat", "satisfied", Unit.SHARE,
        "answers in the best quarter of their scale (4 and 5 of 5) / answers",
        lambda t: _ratio(t.csat_satisfied, t.csat), None),
    Kpi("csat", "mean", Unit.SHARE,
        "mean place of the answers on their scale, from 0, the worst, to 1",
        lambda t: _ratio(t.csat_place, t.csat), None),
    Kpi("nps", "net", Unit.POINTS,
        "100 x (answers of 9 and 10 - answers of 0 to 6) / answers",
        _net_promoters, None),
    Kpi("ces", "easy", Unit.SHARE,
        "answers in the easy third of their scale (5 to 7 of 7) / answers",
        lambda t: _ratio(t.ces_easy, t.ces), None),
    Kpi("ces", "mean", Unit.SHARE,
        "mean place of the answers on their scale, from 0, the hardest, to 1",
        lambda t: _ratio(t.ces_place, t.ces), None),
)  # fmt: skip
NAMES = tuple(dict.fromkeys(kpi.name for kpi in KPIS))


def figures(tally: Tally, names: frozenset[str], is_over: bool) -> dict[str, Any]:
    """By KPI: the variant that is meant, and the others by name. `is_over`: the window has ended."""
    shown: dict[str, Any] = {}
    for kpi in KPIS:
        if kpi.name not in names:
            continue
        figure = {**asdict(kpi.of(tally)), "provisional": is_provisional(kpi, tally, is_over)}
        if kpi.name in shown:
            shown[kpi.name]["others"][kpi.variant] = figure
        else:
            shown[kpi.name] = {"variant": kpi.variant, "unit": kpi.unit.value, **figure, "others": {}}
    return shown


def definitions(names: frozenset[str]) -> list[dict[str, str]]:
    return [
        {"kpi": kpi.name, "variant": kpi.variant, "unit": kpi.unit.value, "means": kpi.means}
        for kpi in KPIS
        if kpi.name in names
    ]


def is_provisional(kpi: Kpi, tally: Tally, is_over: bool) -> bool:
    if not is_over:
        return True
    if kpi.settles is Settles.WITH_RETURNS:
        return bool(tally.unsettled)
    return kpi.settles is Settles.WITH_CONTACTS and bool(tally.open or tally.waiting_now)
