"""The commands as people meet them: what they print, and the sentence they get when something is wrong."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from schemas.topics import TOPICS
from tests.conftest import MakeBroker, free_port


def journeyline(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("JOURNEYLINE_")}
    return subprocess.run(
        [sys.executable, "-m", "services.cli.main", *arguments],
        env={**own, "COLUMNS": "300", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_creates_checks_and_keeps_topics(make_broker: MakeBroker, tmp_path: Path) -> None:
    # A broker of its own: the product's topics have fixed names.
    with make_broker(tmp_path, None) as running:
        _create_and_check(running.bootstrap)


def _create_and_check(broker: str) -> None:
    created = journeyline("topics", "create", KAFKA_BOOTSTRAP_SERVERS=broker)
    assert f"created {len(TOPICS)} of {len(TOPICS)} topics" in created.stderr
    again = journeyline("topics", "create", KAFKA_BOOTSTRAP_SERVERS=broker)
    assert f"created 0 of {len(TOPICS)}" in again.stderr
    assert journeyline("topics", "check", KAFKA_BOOTSTRAP_SERVERS=broker).returncode == 0
    wrong = journeyline("topics", "check", KAFKA_BOOTSTRAP_SERVERS=broker, JOURNEYLINE_PARTITIONS="5")
    assert wrong.returncode == 1
    assert "events.ivr has 8 partitions, and JOURNEYLINE_PARTITIONS says 5" in wrong.stderr


def test_the_doctor_says_what_is_wrong_and_what_to_do() -> None:
    port = str(free_port())
    nothing = {f"JOURNEYLINE_{name}_PORT": port for name in ("INGEST", "LIVE", "ALERTS", "BUILD")}
    answer = journeyline("doctor", KAFKA_BOOTSTRAP_SERVERS=f"127.0.0.1:{port}", **nothing)
    assert answer.returncode == 1
    assert "no Kafka broker answers at" in answer.stderr
    assert answer.stderr.count("start it with `journeyline up`") == 4


def test_up_names_a_taken_port(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        answer = journeyline("up", "--data-dir", str(tmp_path), "--live-port", port)
    assert answer.returncode == 1
    assert f"port {port} for live is taken" in answer.stderr
    assert "choose another with --live-port" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_up_names_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    answer = journeyline("up", "--data-dir", str(tmp_path / "file" / "data"))
    assert answer.returncode == 1
    assert "give another --data-dir" in answer.stderr


def test_an_unknown_setting_stops_the_start() -> None:
    answer = journeyline("topics", "check", JOURNEYLINE_PARTITION="5")
    assert answer.returncode == 1
    assert "unknown setting JOURNEYLINE_PARTITION; known: JOURNEYLINE_ALERTS_" in answer.stderr


def test_it_stays_on_loopback_without_a_key() -> None:
    answer = journeyline("doctor", JOURNEYLINE_HOST="0.0.0.0")
    assert answer.returncode == 1
    assert "set JOURNEYLINE_API_KEY, or listen on 127.0.0.1" in answer.stderr


def test_replay_names_the_formats_it_knows(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").touch()
    answer = journeyline("replay", str(tmp_path / "x.jsonl"), "--format", "csv")
    assert "choose one of cloudevents, anonymous-bank, helpdesk" in answer.stderr
