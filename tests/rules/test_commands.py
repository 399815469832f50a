"""`journeyline rules` as people meet it."""

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_commands import journeyline
from tests.core.given import event

RULES = """
versions:
  - version: 2
    effective_from: 2026-12-01T00:00:00Z
    rules:
      long_wait: {over: 60 s}
    overrides:
      - when: {queue: "billing*"}
        set:
          long_wait: {over: 45 s}
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES, encoding="utf-8")
    return path


def words(answer: subprocess.CompletedProcess[str]) -> str:
    """Without the lines of tables."""
    return " ".join(answer.stdout.replace("│", " ").split())


def test_check_says_what_is_in_a_file_that_is_right(rules: Path) -> None:
    answer = journeyline("rules", "check", str(rules))
    assert answer.returncode == 0
    assert "version 1 from the beginning: 0 overrides" in answer.stderr
    assert "version 2 from 2026-12-01T00:00:00.000Z: 1 overrides" in answer.stderr


def test_check_names_every_mistake_and_fails(rules: Path) -> None:
    rules.write_text(RULES.replace("60 s", "2 minuts").replace("queue", "que"), encoding="utf-8")
    answer = journeyline("rules", "check", str(rules))
    assert answer.returncode == 1
    assert f'{rules}:6:19: long_wait.over: expected a duration such as "120 s" or "2 min"' in answer.stderr
    assert f"{rules}:8:16: when.que: there is no such name here; did you mean `queue`?" in answer.stderr
    assert "mistakes: 2" in answer.stderr


def test_explain_says_what_holds_there_and_which_line_decided_it(rules: Path) -> None:
    later = ("--at", "2026-12-02T00:00:00")
    sales = journeyline("rules", "explain", "long_wait", str(rules), "--queue", "sales", *later)
    assert f"long_wait over 1 min longer in a queue {rules}:6" in words(sales)
    assert "long_wait severity medium how grave it is default" in words(sales)
    billing = journeyline("rules", "explain", "long_wait", str(rules), "--queue", "billing-2", *later)
    assert f"long_wait over 45 s longer in a queue {rules}:10" in words(billing)
    assert "version 2, for tenant default, queue billing-2" in billing.stderr


def test_explain_without_a_kind_says_all_and_without_a_file_the_rules_in_force(rules: Path) -> None:
    before = journeyline("rules", "explain", str(rules), "--at", "2026-11-01T00:00:00")
    assert "long_wait over 2 min longer in a queue default" in words(before)
    assert "journeys same_goal 7 days" in words(before)
    assert "(version 2 holds from 2026-12-01T00:00:00.000Z: see it with --at)" in before.stderr
    set_here = journeyline("rules", "explain", "--at", "2026-12-02T00:00:00", JOURNEYLINE_RULES=str(rules))
    assert f"long_wait over 1 min longer in a queue {rules}:6" in words(set_here)


def test_explain_knows_what_was_meant() -> None:
    answer = journeyline("rules", "explain", "long_wat")
    assert answer.returncode == 1
    assert "there is no kind and no file long_wat; did you mean long_wait?" in answer.stderr


def waits() -> list[dict[str, Any]]:
    return [
        event("call.queued", 0, "call-1", queue="sales"),
        event("call.answered", 90, "call-1", queue="sales"),
    ]


def test_try_shows_what_a_file_would_change(rules: Path, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    lines = [*map(json.dumps, waits()), '{"specversion": "1.0"}']
    events.write_text("\n".join(lines), encoding="utf-8")
    answer = journeyline("rules", "try", str(rules), "--events", str(events))
    assert "1 are no events; the first: event 3: " in answer.stderr
    assert (
        f"2 events; version 2 of {rules}, as if it had always been in force, against the shipped rules"
        in (answer.stderr)
    )
    assert "more long_wait call-1 queue:sales" in words(answer)
    assert "The customer waited 1 min 30 s in queue sales; the limit is 1 min." in words(answer)
    assert "all 0 1 +1" in words(answer)
    assert "customers 1 1 +0" in words(answer)


def test_try_decides_who_is_one_customer_by_the_file(tmp_path: Path) -> None:
    rules, events = tmp_path / "rules.yaml", tmp_path / "events.jsonl"
    rules.write_text("identity: {limits: {phone: 1}}\n", encoding="utf-8")
    calls = [
        event("call.started", 0, f"c{n}", identifiers={"email": f"e{n}@x", "phone": "+14155550101"})
        for n in range(2)
    ]
    events.write_text("\n".join(map(json.dumps, calls)), encoding="utf-8")
    answer = journeyline("rules", "try", str(rules), "--events", str(events))
    assert "customers 1 2 +1" in words(answer)


class Live(BaseHTTPRequestHandler):
    """The read side, with one journey."""

    def do_GET(self) -> None:
        known = self.path == "/v1/journeys/j1"
        steps = [
            {
                "event_id": one["id"], "source": one["source"], "type": one["type"], "time": one["time"],
                "contact": {"source": one["source"], "subject": one["subject"]}, "data": one["data"],
            }
            for one in waits()
        ]  # fmt: skip
        journey = {"tenant": "default", "customer_key": "c1", "steps": steps}
        self.send_response(200 if known else 404)
        self.end_headers()
        self.wfile.write(json.dumps(journey if known else {}).encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the test reads the answers."""


@pytest.fixture
def live() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Live) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_try_looks_at_one_journey_of_the_read_side(rules: Path, live: str) -> None:
    answer = journeyline("rules", "try", str(rules), "--journey", "j1", "--live-url", live)
    assert "only this journey is looked at" in answer.stderr
    assert "more long_wait call-1 queue:sales" in words(answer)
    missing = journeyline("rules", "try", str(rules), "--journey", "j2", "--live-url", live)
    assert missing.returncode == 1
    assert "answers 404 for journey j2" in missing.stderr


def test_try_asks_for_one_thing_to_try_them_on(rules: Path) -> None:
    answer = journeyline("rules", "try", str(rules))
    assert answer.returncode == 1
    assert "either --events FILE or --journey ID" in answer.stderr


@pytest.mark.parametrize("command", ["build", "up"])
def test_a_bad_file_refuses_the_start(command: str, rules: Path, tmp_path: Path) -> None:
    rules.write_text("versions: 1", encoding="utf-8")
    folder = str(tmp_path / "data")
    answer = journeyline(command, JOURNEYLINE_RULES=str(rules), JOURNEYLINE_DATA_DIR=folder)
    assert answer.returncode == 1
    assert f"{rules}:1:1: versions: expected a list" in answer.stderr
    assert "Traceback" not in answer.stderr
