"""The rules, Prometheus' and Alertmanager's configuration, as their own tools judge them."""

import json
import re
import subprocess

import pytest
import yaml

from tests.ops.tools import BOARDS, DEPLOY, RULES, need, rules

pytestmark = pytest.mark.ops

PROMETHEUS = DEPLOY / "prometheus"


def run(*command: str) -> None:
    done = subprocess.run(
        [need(command[0]), *command[1:]], cwd=PROMETHEUS, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_accepts_its_configuration_and_the_rules() -> None:
    run("promtool", "check", "config", "prometheus.yml")


def test_the_rules_do_what_their_tests_say() -> None:
    run("promtool", "test", "rules", "rules_test.yml")


def test_alertmanager_accepts_its_configuration() -> None:
    run("amtool", "check-config", "../alertmanager/alertmanager.yml")


def test_every_alert_is_tried_says_what_to_do_and_how_bad_it_is() -> None:
    tests = (PROMETHEUS / "rules_test.yml").read_text(encoding="utf-8")
    for rule in rules():
        if name := rule.get("alert"):
            assert name in tests
            assert rule["labels"]["severity"] in {"warning", "critical"}
            assert {"summary", "description"} <= rule["annotations"].keys()


def test_what_is_recorded_is_used() -> None:
    text = RULES.read_text(encoding="utf-8") + "".join(path.read_text(encoding="utf-8") for path in BOARDS)
    for rule in rules():
        if name := rule.get("record"):
            assert len(re.findall(re.escape(name), text)) > 1, name


def test_the_jobs_are_those_that_rules_and_dashboards_know() -> None:
    scraped = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
    jobs = {job["job_name"] for job in scraped}
    text = RULES.read_text(encoding="utf-8") + json.dumps([path.read_text("utf-8") for path in BOARDS])
    named = {job for jobs in re.findall(r'job=~?\\*"([a-z|]+)\\*"', text) for job in jobs.split("|")}
    assert named == jobs
