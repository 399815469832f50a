"""The oracle's frictions and journeys under other limits too, of those that histories come near."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.journey_builder.core.rule_book import RuleBook, Version
from services.journey_builder.core.rules import Rules
from tests.core.examples import examples
from tests.core.histories import Raw, histories
from tests.core.pipeline import RECEIVED_MS, Pipeline
from tests.core.test_against_oracle import frictions_of, journeys_of, journeys_wanted
from tests.oracle import contacts as oracle
from tests.oracle.limits import DAY, HOUR, MINUTE, Limits

SECOND = MINUTE // 60
_waits = st.sampled_from([SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 30 * MINUTE])
_days = st.sampled_from([4 * HOUR, DAY, 3 * DAY, 7 * DAY])
_counts = st.integers(2, 5)
_shares = st.sampled_from([0.0, 0.25, 0.5, 1.0])

#: Name in the oracle, name in the rules, values.
LIMITS: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    "short_abandon_us": ("abandoned_call_after_us", _waits),
    "long_wait_us": ("long_wait_us", _waits),
    "long_hold_us": ("long_hold_us", _waits),
    "chat_answer_us": ("slow_response_chat_us", _waits),
    "email_answer_us": ("slow_response_email_us", _waits),
    "social_answer_us": ("slow_response_social_us", _waits),
    "form_left_us": ("abandoned_form_left_us", _waits),
    "form_idle_us": ("abandoned_form_idle_us", _waits),
    "form_failures": ("form_errors_failures", st.integers(1, 4)),
    "page_load_ms": ("slow_page_ms", st.sampled_from([99, 100, 3999])),
    "node_entries": ("ivr_loop_entries", _counts),
    "menu_options": ("ivr_maze_options", st.integers(2, 7)),
    "distinct_nodes": ("ivr_maze_nodes", st.integers(1, 5)),
    "ivr_us": ("ivr_maze_time_us", _waits),
    "contained_us": ("false_containment_window_us", _waits | _days),
    "handovers": ("bot_bounce_handovers", st.integers(1, 3)),
    "channels": ("channel_switch_channels", st.integers(2, 4)),
    "repeat_us": ("repeat_contact_window_us", _days),
    "call_back_us": ("call_back_us", _waits),
    "authentications": ("repeat_authentication_times", _counts),
    "sentiment": ("negative_sentiment", st.sampled_from([-0.9, -0.499, 0.1])),
    "phrases": ("negative_phrases", st.sampled_from([(), ("cancel",), ("my contract", "awful")])),
    "csat_share": ("low_score_csat_share", _shares),
    "nps": ("low_score_nps", st.integers(0, 10)),
    "ces_share": ("low_score_ces_share", _shares),
    "transfers_in_contact": ("transfers_in_contact", _counts),
    "transfers_in_journey": ("transfers_in_journey", _counts),
    "same_goal_us": ("journey_same_goal_us", _days),
    "unknown_goal_us": ("journey_unknown_goal_us", _days),
    "outcome_us": ("journey_outcome_us", _days),
    "silence_us": ("journey_silence_us", _days),
}


def test_every_limit_of_the_oracle_is_among_them() -> None:
    assert set(LIMITS) == set(Limits._fields)


@given(histories(), st.fixed_dictionaries({name: values for name, (_, values) in LIMITS.items()}))
@settings(max_examples=examples(), deadline=None)
def test_it_agrees_with_the_oracle(history: list[Raw], values: dict[str, Any]) -> None:
    limits = Limits(**values)
    in_rules = {LIMITS[name][0]: value for name, value in values.items()}
    rules = Rules(**in_rules | {"negative_phrases": {"*": limits.phrases}})
    pipeline = Pipeline(book=RuleBook([Version(rules)]))
    pipeline.feed(history, RECEIVED_MS)
    pipeline.pass_time()
    assert frictions_of(pipeline) == oracle.named(history, limits=limits)
    assert journeys_of(pipeline) == journeys_wanted(history, limits)
