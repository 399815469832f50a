"""A rules file that changes while the worker runs."""

import os
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from services.journey_builder.contacts import ContactStage
from services.journey_builder.core.identity.keys import Keys
from services.journey_builder.core.identity.policy import Policy
from services.journey_builder.core.rule_book import SHIPPED
from services.journey_builder.rules.load import RulesFileError
from services.journey_builder.rules.reload import CHECK_SECONDS, RulesInForce
from services.stream.cache import Memory
from services.stream.stage import Partition
from tests.core.pipeline import MemoryStore

ONE = "versions: [{version: 1, rules: {long_wait: {over: 60 s}}}]"
TWO = ONE[:-1] + ", {version: 2, effective_from: 2027-01-01T00:00:00Z}]"
BAD = "versions: [{version: 1, rules: {long_wait: {over: soon, ovr: 1 s}}}]"


class Worker:
    """A worker that looks at its rules; the test lets time pass."""

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.seconds = path, 0.0
        self.write(text)
        self.rules = RulesInForce(path, lambda: self.seconds, lambda: 1_790_000_000 + self.seconds)

    def write(self, text: str) -> None:
        self.path.write_text(text, encoding="utf-8")
        # A file system's clock may be too coarse for a test.
        os.utime(self.path, ns=(0, int(self.seconds) * 10**9))

    def looks_after(self, seconds: float) -> int:
        """The limit of a wait, in seconds, as it then is."""
        self.seconds += seconds
        return self.rules.book.of("t", 0).long_wait_us // 1_000_000


def metric(name: str) -> float | None:
    return REGISTRY.get_sample_value(f"journeyline_build_rules_{name}")


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    return Worker(tmp_path / "rules.yaml", ONE)


def test_without_a_file_the_shipped_rules_are_in_force() -> None:
    assert RulesInForce(None).book is SHIPPED
    assert metric("version") == 1


def test_a_change_is_taken_once_the_file_has_settled(worker: Worker) -> None:
    assert worker.looks_after(60) == 60
    worker.write(ONE.replace("60 s", "90 s"))
    assert worker.looks_after(CHECK_SECONDS - 1) == 60
    assert worker.looks_after(1) == 60
    assert worker.looks_after(CHECK_SECONDS) == 90
    assert metric("loaded_timestamp_seconds") == 1_790_000_000 + worker.seconds


def test_a_file_that_is_being_written_is_not_read(worker: Worker) -> None:
    for size in (0, 10, 30):
        worker.write(ONE[:size])
        assert worker.looks_after(CHECK_SECONDS) == 60
    worker.write(ONE.replace("60 s", "90 s"))
    worker.looks_after(CHECK_SECONDS)
    assert worker.looks_after(CHECK_SECONDS) == 90
    assert metric("errors") == 0


def test_a_bad_file_changes_nothing_and_is_told_until_it_is_mended(worker: Worker) -> None:
    worker.looks_after(10)
    worker.write(BAD)
    with capture_logs() as logs:
        worker.looks_after(CHECK_SECONDS)
        assert worker.looks_after(CHECK_SECONDS) == 60
        assert worker.looks_after(CHECK_SECONDS) == 60
    (told,) = logs
    assert told["log_level"] == "error"
    assert [fault.partition(": ")[2].partition(":")[0] for fault in told["faults"]] == [
        "long_wait.over", "long_wait.ovr"
    ]  # fmt: skip
    assert metric("errors") == 2
    worker.write(ONE)
    worker.looks_after(CHECK_SECONDS)
    assert worker.looks_after(CHECK_SECONDS) == 60
    assert metric("errors") == 0


def test_a_file_that_is_gone_changes_nothing_either(worker: Worker) -> None:
    worker.path.unlink()
    worker.looks_after(CHECK_SECONDS)
    assert worker.looks_after(CHECK_SECONDS) == 60
    assert metric("errors") == 1


def test_a_version_that_takes_effect_later_rewrites_nothing(worker: Worker) -> None:
    worker.looks_after(10)
    worker.write(TWO)
    with capture_logs() as logs:
        worker.looks_after(CHECK_SECONDS)
        worker.looks_after(CHECK_SECONDS)
    assert [entry["log_level"] for entry in logs] == ["info"]
    assert metric("version") == 1
    worker.seconds += 120 * 86_400
    worker.looks_after(CHECK_SECONDS)
    assert metric("version") == 2


def test_who_rewrites_what_is_in_force_is_warned(worker: Worker) -> None:
    worker.looks_after(10)
    worker.write(ONE.replace("60 s", "90 s"))
    with capture_logs() as logs:
        worker.looks_after(CHECK_SECONDS)
        worker.looks_after(CHECK_SECONDS)
    assert [(entry["log_level"], entry.get("versions")) for entry in logs] == [
        ("warning", [1]),
        ("info", [1]),
    ]


def test_who_changes_what_holds_from_the_start_is_told_to_start_again(worker: Worker) -> None:
    worker.looks_after(10)
    worker.write(ONE + "\nidentity: {blocked: [guest@x.example]}")
    with capture_logs() as logs:
        worker.looks_after(CHECK_SECONDS)
        worker.looks_after(CHECK_SECONDS)
    assert "start the workers again" in logs[0]["event"]


def test_a_bad_file_refuses_the_start(tmp_path: Path) -> None:
    with pytest.raises(RulesFileError, match=r"rules.yaml:1:45: long_wait.over: expected a duration"):
        Worker(tmp_path / "rules.yaml", BAD)


def test_a_bad_file_is_told_in_silence_too(tmp_path: Path) -> None:
    worker = Worker(tmp_path / "rules.yaml", ONE)
    stage = ContactStage(Keys(b"secret"), worker.rules, Policy())
    partition = Partition(0, 1, MemoryStore(), Memory(1 << 20))
    stage.start(partition)
    worker.seconds += CHECK_SECONDS
    worker.write(BAD)
    for _ in range(2):
        worker.seconds += CHECK_SECONDS
        stage.beat(partition, 1_790_000_000_000)
    assert metric("errors") == 2
