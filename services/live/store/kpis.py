"""What KPIs are made of, out of the read model: contacts that started in a window, answers given in it."""

from collections import defaultdict
from typing import Any, Literal, get_args

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    case,
    func,
    literal,
    select,
)

from schemas.frictions import Kind
from schemas.times import rfc3339
from services.live.core.names import label
from services.live.core.queues import SILENCE_MAX_US
from services.live.core.tally import Asked, Tally
from services.live.store.returns import followed, follows, has
from services.live.store.tables import answers, contacts, customers, events, is_contact, waits

By = Literal["tenant", "queue", "channel", "goal", "persona", "segment", "day", "hour"]
BY = get_args(By)
WRITTEN = ("chat", "email", "social")
MILLISECOND_US = 1_000
#: Places on a scale that floating point may miss by a little.
BEST_QUARTER, EASY_THIRD, PROMOTER, DETRACTOR = 0.75 - 1e-9, 2 / 3 - 1e-9, 0.9 - 1e-9, 0.6 + 1e-9

_c, _w, _a, _e = contacts.c, waits.c, answers.c, events.c
_COUNTED = (
    _c.channel, _c.started_us, _c.ended_us, _c.may_repeat, _c.may_be_repeated, _c.met_machine,
    _c.left_machine, _c.is_contained, _c.reached_us, _c.handled_us, _c.held_us, _c.transfers, _c.has_form,
    _c.resolved_us,
)  # fmt: skip
#: Characters of an RFC 3339 time that name its day, and its hour.
_PERIODS = {"day": 10, "hour": 13}


def tallies(connection: Connection, asked: Asked) -> dict[str | None, Tally]:
    """By what is asked for, or all under None."""
    found: defaultdict[str | None, Tally] = defaultdict(Tally)
    for query in (_of_contacts(asked), _of_waits(asked), _of_answers(asked)):
        for row in connection.execute(query):
            tally = found[row.key]
            for name, value in row._mapping.items():
                if name != "key" and value is not None:
                    setattr(tally, name, float(value) if name.endswith("_place") else int(value))
    return dict(found)


def _of_contacts(asked: Asked) -> Select[Any]:
    c = _contacts(asked).c
    is_handled, is_written = c.handled_us.is_not(None), c.channel.in_(WRITTEN)
    is_alone = and_(c.may_be_repeated, c.is_followed.is_(False), c.follows.is_(False))
    is_machines = and_(c.met_machine, c.left_machine.is_(False))
    # Who wrote first was answered later: starts are told to the millisecond.
    is_responded = and_(is_written, c.may_repeat, c.reached_us >= c.started_us + MILLISECOND_US)
    is_resolved = c.resolved_us.is_not(None)
    return select(
        c.key,
        func.count().label("contacts"),
        _number(c.ended_us > asked.now_us, "open"),
        _number(c.ended_us + asked.return_us > asked.now_us, "unsettled"),
        _number(is_handled, "handled"),
        _sum(is_handled, c.handled_us, "handled_us"),
        _sum(is_handled, c.held_us, "held_us"),
        _number(and_(is_handled, c.transfers > 0), "transferred"),
        _sum(is_handled, c.transfers, "transfers"),
        _number(is_responded, "responded"),
        _sum(is_responded, c.reached_us - c.started_us, "response_us"),
        _number(is_resolved, "resolved"),
        _sum(is_resolved, c.resolved_us - c.started_us, "resolution_us"),
        _number(c.may_repeat, "repeating"),
        _number(c.repeats_, "repeats"),
        _number(c.follows, "followers"),
        _number(c.may_be_repeated, "repeatable"),
        _number(and_(c.may_be_repeated, c.is_followed), "followed"),
        _number(is_alone, "alone"),
        _number(and_(is_alone, is_resolved), "alone_resolved"),
        _number(c.met_machine, "machine"),
        _number(is_machines, "machine_alone"),
        _number(and_(is_machines, c.is_followed), "machine_alone_followed"),
        _number(c.is_contained, "contained"),
        _number(c.has_form, "forms"),
        _number(and_(c.has_form, c.leaves_form), "forms_abandoned"),
    ).group_by(c.key)


def _contacts(asked: Asked) -> CTE:
    """Made once: each of its conditions is looked up in an index."""
    return (
        select(
            *_COUNTED,
            _key(asked, contacts).label("key"),
            and_(_c.may_repeat, follows(asked.return_us)).label("follows"),
            followed(asked.return_us).label("is_followed"),
            has(Kind.REPEAT_CONTACT, asked.since_us).label("repeats_"),
            has(Kind.ABANDONED_FORM, asked.since_us).label("leaves_form"),
        )
        .select_from(_with_customer(asked, contacts))
        .where(is_contact, *_conditions(asked, _c.tenant, _c.queue), *_started(asked))
        .cte("one")
        .prefix_with("MATERIALIZED")
    )


def _of_waits(asked: Asked) -> Select[Any]:
    joined = waits.join(_with_customer(asked, contacts), _c.contact == _w.contact)
    # Of a contact without news for long the end was missed: nobody waits that long.
    is_heard = _w.last_event_at >= rfc3339(asked.now_us - SILENCE_MAX_US)
    until_us = func.coalesce(_w.end_us, case((is_heard, asked.now_us), else_=None))
    lasted_us = until_us - _w.start_us
    is_answered, is_abandoned = _w.how == "answered", _w.how == "abandoned"
    in_time = lasted_us <= asked.target_us
    one = (
        select(
            _key(asked, waits).label("key"), lasted_us.label("lasted_us"), in_time.label("in_time"),
            is_answered.label("is_answered"), is_abandoned.label("is_abandoned"), _w.end_us,
        )
        .select_from(joined)
        .where(is_contact, *_conditions(asked, _c.tenant, _w.queue), *_started(asked))
        .subquery("one")
    )  # fmt: skip
    c = one.c
    return select(
        c.key,
        func.count().label("offered"),
        _number(c.is_answered, "answered"),
        _sum(c.is_answered, c.lasted_us, "answered_us"),
        _number(and_(c.is_answered, c.in_time), "answered_in_time"),
        _number(c.is_abandoned, "abandoned"),
        _sum(c.is_abandoned, c.lasted_us, "abandoned_us"),
        _number(and_(c.is_abandoned, c.in_time), "abandoned_in_time"),
        _number(and_(c.is_abandoned, c.lasted_us <= asked.short_us), "short_abandoned"),
        _number(c.end_us.is_(None), "waiting"),
        _number(and_(c.end_us.is_(None), c.lasted_us.is_not(None)), "waiting_now"),
        func.max(c.lasted_us).label("longest_us"),
    ).group_by(c.key)


def _of_answers(asked: Asked) -> Select[Any]:
    """Also those about no contact that is known. What an event was corrected to alone counts."""
    stands = and_(_e.contact == _a.contact, _e.event == _a.event, _e.rank == _a.rank)
    joined = answers.join(events, stands).outerjoin(_with_customer(asked, contacts), _c.contact == _a.contact)
    one = (
        select(_key(asked, answers).label("key"), _a.metric, _a.place)
        .select_from(joined)
        .where(
            _a.at >= rfc3339(asked.since_us),
            _a.at < rfc3339(asked.until_us),
            *_conditions(asked, _a.tenant, _c.queue),
        )
        .subquery("one")
    )
    c = one.c
    of = {metric: c.metric == metric for metric in ("csat", "nps", "ces")}
    return select(
        c.key,
        _number(of["csat"], "csat"),
        _sum(of["csat"], c.place, "csat_place"),
        _number(and_(of["csat"], c.place >= BEST_QUARTER), "csat_satisfied"),
        _number(of["nps"], "nps"),
        _number(and_(of["nps"], c.place >= PROMOTER), "nps_promoters"),
        _number(and_(of["nps"], c.place <= DETRACTOR), "nps_detractors"),
        _number(of["ces"], "ces"),
        _sum(of["ces"], c.place, "ces_place"),
        _number(and_(of["ces"], c.place >= EASY_THIRD), "ces_easy"),
    ).group_by(c.key)


def _with_customer(asked: Asked, source: FromClause) -> FromClause:
    """With their customers, where these are asked for."""
    if asked.by in ("persona", "segment") or asked.persona is not None or asked.segment is not None:
        return source.outerjoin(customers, customers.c.customer_key == _c.customer_key)
    return source


def _key(asked: Asked, table: Any) -> ColumnElement[Any]:
    """What rows are grouped by: of waits their own queue, of answers their own tenant and time."""
    by = asked.by
    if by is None:
        return literal(None)
    if by in ("persona", "segment"):
        return customers.c[by]
    if by in _PERIODS:
        return func.substr(_a.at if table is answers else _c.started_at, 1, _PERIODS[by])
    if by == "queue" and table is waits:
        return _w.queue
    return _a.tenant if by == "tenant" and table is answers else _c[by]


def _conditions(
    asked: Asked, tenant: ColumnElement[Any], queue: ColumnElement[Any]
) -> list[ColumnElement[bool]]:
    wanted = (
        (tenant, asked.tenant), (queue, asked.queue), (_c.channel, asked.channel), (_c.goal, asked.goal),
        (customers.c.persona, asked.persona), (customers.c.segment, asked.segment),
    )  # fmt: skip
    return [column == label(text) for column, text in wanted if text is not None]


def _started(asked: Asked) -> list[ColumnElement[bool]]:
    return [_c.started_at >= rfc3339(asked.since_us), _c.started_at < rfc3339(asked.until_us)]


def _number(condition: ColumnElement[bool], name: str) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0)).label(name)


def _sum(condition: ColumnElement[bool], column: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    return func.sum(case((condition, column), else_=0)).label(name)
