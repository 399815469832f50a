"""Which rules hold: by tenant, by the start of a contact, by place."""

from datetime import datetime

import pytest

from schemas.frictions import Kind, Severity
from schemas.times import SECOND_US
from services.journey_builder.core.rule_book import SHIPPED, RuleBook
from services.journey_builder.core.rules import DEFAULT, SEVERITIES
from services.journey_builder.rules.load import parse_rules

MINUTE_US = 60 * SECOND_US


def book(text: str) -> RuleBook:
    return parse_rules(text).book


def us(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * SECOND_US)


PLACES = """
versions:
  - version: 1
    rules:
      long_wait: {over: 3 min}
      slow_page: {enabled: false}
    overrides:
      - when: {queue: "billing*"}
        set:
          long_wait: {over: 1 min, severity: high}
      - when: {tenant: acme}
        set:
          long_wait: {over: 4 min}
      - when: {queue: billing-vip, goal: [pay, move]}
        set:
          long_wait: {over: 30 s}
          slow_page: {enabled: true}
      - when: {tenant: "other-*", channel: email}
        set:
          slow_response: {enabled: false}
"""


def test_without_a_file_the_shipped_rules_hold_everywhere_and_always() -> None:
    assert SHIPPED.of("anybody", 0) is DEFAULT
    assert DEFAULT.at(queue="billing", goal="pay") is DEFAULT
    assert DEFAULT.at_touchpoint("queue:billing") is DEFAULT
    assert {kind: DEFAULT.severity(kind) for kind in Kind} == SEVERITIES
    assert all(DEFAULT.finds(kind) for kind in Kind)


def test_an_override_holds_at_its_place_alone() -> None:
    rules = book(PLACES).of("default", 0)
    assert rules.long_wait_us == 3 * MINUTE_US
    assert rules.at(queue="billing-2").long_wait_us == MINUTE_US
    assert rules.at(queue="sales").long_wait_us == 3 * MINUTE_US
    assert rules.at(queue="billing-2").severity(Kind.LONG_WAIT) is Severity.HIGH
    assert rules.at(queue="sales").severity(Kind.LONG_WAIT) is Severity.MEDIUM


def test_of_several_the_later_one_wins() -> None:
    rules = book(PLACES).of("acme", 0)
    assert rules.long_wait_us == 4 * MINUTE_US
    assert rules.at(queue="billing").long_wait_us == 4 * MINUTE_US
    # What the later one does not speak of stays.
    assert rules.at(queue="billing").severity(Kind.LONG_WAIT) is Severity.HIGH


def test_every_condition_must_match_and_what_is_unknown_matches_none() -> None:
    rules = book(PLACES).of("default", 0)
    assert rules.at(queue="billing-vip").long_wait_us == MINUTE_US
    assert rules.at(queue="billing-vip", goal="cancel").long_wait_us == MINUTE_US
    assert rules.at(queue="billing-vip", goal="move").long_wait_us == 30 * SECOND_US


def test_places_add_up_and_the_narrower_one_replaces_the_wider() -> None:
    contact = book(PLACES).of("default", 0).at(goal="pay", channel="call")
    assert contact.at(queue="billing-vip").long_wait_us == 30 * SECOND_US
    assert contact.at(queue="billing-vip").at(queue="sales").long_wait_us == 3 * MINUTE_US
    assert contact.at_touchpoint("queue:billing-vip").long_wait_us == 30 * SECOND_US
    assert contact.at_touchpoint("node:billing-vip") is contact


def test_a_kind_can_be_switched_off_and_on_again() -> None:
    rules = book(PLACES).of("default", 0)
    assert not rules.finds(Kind.SLOW_PAGE)
    assert rules.at(queue="billing-vip", goal="pay").finds(Kind.SLOW_PAGE)
    other = book(PLACES).of("other-2", 0)
    assert other.finds(Kind.SLOW_RESPONSE)
    assert not other.at(channel="email").finds(Kind.SLOW_RESPONSE)
    assert rules.at(channel="email").finds(Kind.SLOW_RESPONSE)


def test_the_same_place_gives_the_same_object_and_another_name_that_nobody_asks_for_too() -> None:
    rules = book(PLACES).of("default", 0)
    assert rules.at(queue="sales") is rules
    assert rules.at(queue="billing-1", form="x") is rules.at(queue="billing-1")


VERSIONS = """
versions:
  - version: 1
  - version: 2
    effective_from: 2026-12-01T00:00:00+01:00
    rules: {long_wait: {over: 60 s}}
  - version: 5
    effective_from: 2027-01-01T00:00:00Z
    rules: {abandoned_call: {over: 9 s}}
"""


def test_a_contact_is_judged_by_the_version_in_force_at_its_start() -> None:
    versions = book(VERSIONS)
    begins = us("2026-11-30T23:00:00Z")
    assert versions.of("t", begins - 1).version == 1
    assert versions.of("t", begins).version == 2
    assert versions.of("t", begins).long_wait_us == MINUTE_US
    assert versions.of("t", us("2027-06-01T00:00:00Z")).version == 5


def test_a_version_is_whole_and_inherits_nothing() -> None:
    assert book(VERSIONS).of("t", us("2027-06-01T00:00:00Z")).long_wait_us == DEFAULT.long_wait_us


def test_before_the_first_version_the_shipped_one_holds() -> None:
    late = book("versions: [{version: 2, effective_from: 2026-12-01T00:00:00Z}]")
    assert late.of("t", us("2026-11-30T00:00:00Z")) is DEFAULT
    assert late.of("t", us("2026-12-02T00:00:00Z")).version == 2


WORDS = """
versions:
  - version: 1
    words:
      phrases: {en: [fed up, Never Again], "*": [Lawyer], zh: [投诉], hi: [बुरा]}
    overrides:
      - when: {tenant: acme}
        set: {words: {phrases: {de: [Unverschämtheit]}}}
      - when: {tenant: acme, queue: billing}
        set: {words: {phrases: {de: [mahnung]}}}
  - version: 2
    effective_from: 2026-12-01T00:00:00Z
    words: {phrases: {en: [never again]}}
"""


@pytest.mark.parametrize(
    ("tenant", "language", "text", "heard"),
    [
        ("t", "en", "I am FED  UP,\nnever again!", ("fed up", "never again")),
        ("t", "en-GB", "a lawyer: fed up", ("fed up", "lawyer")),
        ("t", "EN_us", "fed up", ("fed up",)),
        ("t", "de", "fed up with my Lawyer", ("lawyer",)),
        ("t", None, "fed up, lawyer", ("lawyer",)),
        ("t", "en", "lawyers stuffed upstairs", ()),
        ("t", "zh-Hans", "我要投诉你们", ("投诉",)),
        ("t", "hi", "यह बुरा है", ("बुरा",)),
        ("t", "hi", "यह बुराई है", ()),
        ("acme", "de", "eine UNVERSCHA\u0308MTHEIT ist die Mahnung", ("mahnung", "unverschämtheit")),
        ("t", "de", "Unverschämtheit", ()),
        ("t", "en", "", ()),
    ],
)
def test_it_hears_whole_words_of_any_version_in_the_languages_that_count(
    tenant: str, language: str | None, text: str, heard: tuple[str, ...]
) -> None:
    assert book(WORDS).heard(tenant, language, text) == heard


def test_what_was_heard_counts_by_the_rules_of_the_contact() -> None:
    words = book(WORDS)
    heard = words.heard("t", "en-GB", "fed up, never again, lawyer")
    assert words.of("t", 0).counted(heard, "en-GB") == ("fed up", "lawyer", "never again")
    assert words.of("t", us("2026-12-02T00:00:00Z")).counted(heard, "en-GB") == ("never again",)
    assert words.of("acme", 0).counted(heard, "en-GB") == ()
    assert words.of("acme", 0).at(queue="billing").counted(("mahnung",), "de") == ("mahnung",)


def test_shipped_rules_hear_nothing() -> None:
    assert SHIPPED.heard("t", "en", "fed up") == ()


def test_a_goal_is_told_by_the_first_rule_that_matches() -> None:
    rules = book("""
versions:
  - version: 1
    goals:
      - {goal: pay, when: {node: billing, option: 2}}
      - {goal: move, when: {form: "address*"}}
      - {goal: ours, when: {tenant: acme, queue: sales}}
""")
    assert rules.of("t", 0).inferred_goal(node="billing", option="2") == "pay"
    assert rules.of("t", 0).inferred_goal(node="billing", option="3") is None
    assert rules.of("t", 0).inferred_goal(form="address-2") == "move"
    assert rules.of("t", 0).inferred_goal(queue="sales") is None
    assert rules.of("acme", 0).inferred_goal(queue="sales") == "ours"
    assert DEFAULT.inferred_goal(queue="sales") is None


def test_late_sources_are_waited_for() -> None:
    late = book('sources: [{source: "//acme/helpdesk*", delay: 15 min}]')
    assert late.delay_us("//acme/helpdesk/eu") == 15 * MINUTE_US
    assert late.delay_us("//acme/pbx") == 0
    assert late.of("t", 0) is DEFAULT
