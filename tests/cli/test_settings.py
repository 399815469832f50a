"""Settings as people give them: wrong ones are told in a sentence before anything is started."""

import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services import keys
from services.cli import up as everything
from services.cli.main import app
from services.cli.up import Plan
from services.keys import KeysError, Scope
from services.settings import SettingsError, address_of, read_settings


@pytest.mark.parametrize(("name", "value", "why"), [
    ("JOURNEYLINE_TYPO", "1", "unknown setting JOURNEYLINE_TYPO"),
    ("JOURNEYLINE_PARTITIONS", "abc", "JOURNEYLINE_PARTITIONS: "),
    ("JOURNEYLINE_HOST", "0.0.0.0", "set JOURNEYLINE_API_KEY"),
    ("JOURNEYLINE_API_KEY", "two\nlines", "control characters"),
    ("KAFKA_SECURITY_PROTOCOL", "nonsense", "KAFKA_SECURITY_PROTOCOL: "),
])  # fmt: skip
@pytest.mark.parametrize("command", ["up", "demo"])
def test_a_wrong_one_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, name: str, value: str, why: str
) -> None:
    monkeypatch.setattr(everything, "require_free", lambda *_: None)
    # A copy: the command tells its children by its own environment.
    monkeypatch.setattr(os, "environ", os.environ.copy() | {name: value})
    with pytest.raises(SettingsError, match=why):
        CliRunner().invoke(app, [command, "--data-dir", str(tmp_path)], catch_exceptions=False)


def test_up_listens_where_the_other_commands_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plans: list[Plan] = []
    monkeypatch.setattr(everything, "run", lambda plan, *_: plans.append(plan))
    environment = {"JOURNEYLINE_LIVE_PORT": "9000", "JOURNEYLINE_DATA_DIR": str(tmp_path)}
    assert CliRunner().invoke(app, ["up", "--ingest-port", "9001"], env=environment).exit_code == 0
    [plan] = plans
    assert (plan.live_port, plan.ingest_port, plan.alerts_port, plan.data_dir) == (9000, 9001, 8002, tmp_path)
    assert CliRunner().invoke(app, ["up", "--live-port", "70000"]).exit_code == 2


def test_the_end_of_a_line_is_no_part_of_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOURNEYLINE_API_KEY", "words\r\n")
    assert read_settings().api_key.get_secret_value() == "words"


@pytest.mark.parametrize(("host", "address"), [
    ("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::1", "[::1]"), ("ops.example", "ops.example"),
])  # fmt: skip
def test_what_listens_is_reached_from_here(host: str, address: str) -> None:
    assert address_of(host) == address


def test_an_origin_is_kept_as_browsers_write_it(tmp_path: Path) -> None:
    def made(origin: str) -> Any:
        return keys.create(tmp_path / "keys.json", "page", [Scope.PUBLISHABLE], origins=[origin])[0].origins

    assert made("https://Shop.example.com/") == ("https://shop.example.com",)
    assert made("http://localhost:8080") == ("http://localhost:8080",)
    for wrong in ("foo bar", "shop.example.com", "https://shop.example.com/page", "ftp://x", ""):
        with pytest.raises(KeysError, match="no origin"):
            made(wrong)
