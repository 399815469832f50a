"""A real Prometheus scrapes a stack: each query of dashboards and rules has an answer."""

import subprocess
import time

import pytest

from tests.ops.conftest import SERVICES, Watched, urls
from tests.ops.day import KINDS
from tests.ops.tools import HAS_ALERTS, PENDING, Question, board_questions, need, rule_questions

pytestmark = [pytest.mark.ops, pytest.mark.timeout(180)]

#: The read model is counted every 5 s, scraped every second, and rules build on rules.
ANSWER_SECONDS = 30.0
QUESTIONS = [*board_questions(), *rule_questions()]


@pytest.fixture(scope="module")
def answered(watched: Watched) -> set[Question]:
    """The questions that had an answer within the time."""
    open_ones, deadline = set(QUESTIONS), time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < deadline:
        open_ones -= {question for question in open_ones if watched.prometheus.ask(question.expr)}
        if all(question.is_pending for question in open_ones):
            break
        time.sleep(1)
    return set(QUESTIONS) - open_ones


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.where)
def test_it_is_answered_with_data(question: Question, answered: set[Question]) -> None:
    if question.is_pending and question not in answered:
        pytest.skip(f"PENDING, no services/alerts yet: {question.expr}")
    assert question in answered, question.expr


@pytest.mark.parametrize("service", SERVICES)
def test_its_metrics_are_as_prometheus_wants_them(service: str, watched: Watched) -> None:
    if service == "alerts" and not HAS_ALERTS:
        pytest.skip(f"PENDING, no services/alerts yet: {PENDING}*")
    for url in urls(watched.stack, service):
        text = watched.stack.http.get(f"{url}/metrics").text
        checked = subprocess.run(
            [need("promtool"), "check", "metrics"], input=text, capture_output=True, text=True, check=False
        )
        assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
        own = ("journeyline_", "process_", "python_")
        assert all(line.startswith(("#", *own)) for line in text.splitlines())


def test_every_service_is_scraped(watched: Watched) -> None:
    up = {series["metric"]["job"]: series["value"][1] for series in watched.prometheus.ask("up")}
    assert up.items() >= {"ingest": "1", "build": "1", "live": "1"}.items()


def test_both_ledgers_balance(watched: Watched, answered: set[Question]) -> None:
    ask = watched.prometheus.value
    assert ask("sum(abs(instance:journeyline_ingest_unaccounted:events))") == 0
    assert ask("sum(abs(instance_topic:journeyline_stream_unaccounted:records))") == 0
    outcome = 'sum(journeyline_stream_records{{stage="contacts", outcome="{}"}})'
    assert ask(outcome.format("conflict")) == 1
    assert ask(outcome.format("late")) == 1
    assert ask('sum(journeyline_ingest_quarantined_total{reason="unknown_channel"})') == 1
    assert ask('sum(journeyline_ingest_events_total{outcome="refused"})') == 1


def test_who_is_who_is_decided_to_the_last_claim(watched: Watched, answered: set[Question]) -> None:
    ask = watched.prometheus.value
    assert ask("journeyline:identities_in_flight:records") == 0
    assert (ask('journeyline_build_identity_decisions_total{word="linked"}') or 0) > 0


def test_what_hurts_is_told_by_kind_and_touchpoint(watched: Watched, answered: set[Question]) -> None:
    told = watched.prometheus.ask("journeyline_live_frictions_recent")
    places = {(series["metric"]["kind"], series["metric"]["touchpoint"]) for series in told}
    assert {kind for kind, _ in places} == KINDS
    assert {("long_wait", "queue:billing"), ("ivr_loop", "node:main")} <= places
    usual = 'journeyline_live_frictions_usual{kind="abandoned_call", touchpoint="queue:moves"}'
    assert (watched.prometheus.value(usual) or 0) > 0
    assert watched.prometheus.value('journeyline_live_queue_waiting{queue="billing"}') == 1


def test_nothing_alarms_while_all_is_well(watched: Watched, answered: set[Question]) -> None:
    assert watched.prometheus.firing() == []
