"""Rules tried on what has happened say what the running product would have said."""

from typing import Any

from msgspec.structs import replace

from schemas.codec import parse_event
from schemas.events import Event
from schemas.frictions import Friction
from services.journey_builder.backtest import backtest, differences, newest
from services.journey_builder.core.identity.policy import Policy, TenantPolicy
from services.journey_builder.core.rule_book import SHIPPED, RuleBook
from services.journey_builder.rules.load import parse_rules
from services.simulator.options import Options
from tests.core.given import event, fed
from tests.core.pipeline import LATER_US
from tests.simulator.telling import told

#: A busy hour of few customers who come back: every kind between contacts has its chance.
HOUR = Options(seed=11, customers=150, rate=0.5, minutes=90)


def tried(raws: list[dict[str, Any]], book: RuleBook = SHIPPED) -> dict[str, Friction]:
    events: list[Event] = [parse_event(raw) for raw in raws]
    return backtest(events, book, Policy()).frictions


def undated(friction: Friction) -> Friction:
    return replace(friction, detected_at="", replay=None)


def test_it_raises_what_the_stages_raise() -> None:
    raws = [dict(one) for one in told(HOUR).events]
    pipeline = fed(raws)
    pipeline.pass_time(LATER_US)
    raised = {friction.friction_id: undated(friction) for friction in pipeline.raised()}
    assert len({friction.kind for friction in raised.values()}) >= 5
    assert {name: undated(friction) for name, friction in tried(raws).items()} == raised


def waits(*seconds: float) -> list[dict[str, Any]]:
    return [
        one
        for number, waited in enumerate(seconds)
        for one in (
            event("call.queued", 0, f"call-{number}", queue="billing"),
            event("call.answered", waited, f"call-{number}", queue="billing"),
        )
    ]


def book(rules: str) -> RuleBook:
    return parse_rules(f"versions: [{{version: 2, effective_from: 2099-01-01T00:00:00Z, {rules}}}]").book


def test_the_newest_version_is_tried_as_if_it_had_always_been_in_force() -> None:
    later = book("rules: {long_wait: {over: 60 s}}")
    assert len(tried(waits(61, 121), later)) == 1
    assert len(tried(waits(61, 121), newest(later))) == 2


def test_differences_are_what_is_raised_on_one_side_or_otherwise() -> None:
    before = tried(waits(61, 121))
    after = tried(waits(61, 121), newest(book("rules: {long_wait: {over: 60 s, severity: high}}")))
    told_so = {change.friction.contact.subject: change for change in differences(before, after)}
    assert told_so["call-0"].before is None
    assert told_so["call-0"].after is not None
    otherwise = told_so["call-1"]
    assert otherwise.before is not None
    assert otherwise.after is not None
    assert (otherwise.before.severity, otherwise.after.severity) == ("medium", "high")
    assert differences(before, before) == []


def test_what_only_names_another_limit_is_no_difference() -> None:
    # Both raise it; the sentence says `the limit is 1 min` instead of 2.
    after = tried(waits(300), newest(book("rules: {long_wait: {over: 60 s}}")))
    assert differences(tried(waits(300)), after) == []


def test_overrides_are_tried_at_their_places() -> None:
    rules = book("overrides: [{when: {queue: 'bill*', channel: call}, set: {long_wait: {over: 30 s}}}]")
    sales = [
        event("call.queued", 0, "call-s", queue="sales"),
        event("call.answered", 61, "call-s", queue="sales"),
    ]
    raised = tried([*waits(61), *sales], newest(rules)).values()
    assert [friction.contact.subject for friction in raised] == ["call-0"]


def test_who_is_one_customer_is_decided_by_the_policy_of_each_tenant() -> None:
    named = [
        event(
            "call.started",
            number,
            f"call-{number}",
            identifiers={"email": f"e{number}@x", "phone": "+14155550101"},
        )
        for number in range(3)
    ]
    events = [parse_event(one | {"tenant": tenant}) for tenant in ("acme", "other") for one in named]
    strict = TenantPolicy(tenant=("acme",), limits={"phone": 2})
    assert backtest(events, SHIPPED, Policy()).customers == 2
    assert backtest(events, SHIPPED, Policy(overrides=(strict,))).customers == 4


def test_lone_customer_events_are_each_by_themselves_as_they_are_in_the_stages() -> None:
    """What two of them share is blocked: they are two customers."""
    lone = [
        event("customer.updated", n, identifiers={"phone": "anonymous", "visitor_id": f"v{n}"})
        | {"id": f"u{n}"}
        for n in (1, 2)
    ]
    for one in lone:
        del one["subject"]
    chats = [event("chat.started", 100 * n, f"chat-{n}", identifiers={"visitor_id": f"v{n}"}) for n in (1, 2)]
    result = backtest([parse_event(one) for one in [*lone, *chats]], SHIPPED, Policy())
    assert (result.customers, result.frictions) == (2, {})
