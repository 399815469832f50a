"""`journeyline quarantine` against a real door: list, show, repair, replay; and `journeyline keys`."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from typer.testing import CliRunner

from services.cli.main import app
from services.settings import settings
from tests.conftest import MakeBroker
from tests.ingest.doors import create_topics, event
from tests.ingest.processes import Process, serving

Run = Callable[..., Any]
LISTED_SECONDS = 60.0


@pytest.fixture(scope="module")
def door(make_broker: MakeBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with make_broker(tmp_path_factory.mktemp("quarantine"), None) as broker:
        asyncio.run(create_topics(broker.bootstrap))
        with serving(broker.bootstrap) as process:
            yield process


@pytest.fixture
def run(door: Process, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Run]:
    monkeypatch.setenv("JOURNEYLINE_INGEST_PORT", str(door.port))
    monkeypatch.setenv("JOURNEYLINE_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    yield lambda *words: CliRunner().invoke(app, words)
    settings.cache_clear()


def refuse(door: Process, **changes: Any) -> str:
    """Sends an event that is quarantined, and returns its id there once it is listed."""
    sent = event(**changes)
    answer = httpx2.post(f"{door.url}/v1/events", json=[sent])
    assert len(answer.json()["quarantined"]) == 1
    listed: list[Any] = []

    def is_listed() -> bool:
        items = httpx2.get(f"{door.url}/v1/quarantine", params={"source": sent["source"]}).json()["items"]
        listed[:] = [one["id"] for one in items if sent["id"] in one["original"]]
        return bool(listed)

    deadline = time.monotonic() + LISTED_SECONDS
    while not is_listed():
        assert time.monotonic() < deadline, "it was never listed"
        time.sleep(0.05)
    return str(listed[0])


def test_what_looks_like_mark_up_is_shown_as_it_is(door: Process, run: Run, tmp_path: Path) -> None:
    refuse(door, id="markup", type="[/foo].x")
    assert "[/foo]" in run("quarantine", "list").stdout
    assert run("keys", "create", "[/x] name", "--scope", "read").exit_code == 0
    assert "[/x] name" in run("keys", "list").stdout


def test_what_was_refused_is_listed_shown_repaired_and_accepted(door: Process, run: Run) -> None:
    name = refuse(door, id="r1", source="//acme/repair", data={"queue": 7})
    listed = run("quarantine", "list", "--source", "//acme/repair", "--text", "QUEUE")
    assert name in listed.stdout
    assert name not in run("quarantine", "list", "--reason", "in_future").stdout
    shown = orjson.loads(run("quarantine", "show", name).stdout)
    assert (shown["reason"], shown["original"]["data"]) == ("schema", {"queue": 7})
    again = run("quarantine", "repair", name, "--set", "data.queue=8")
    assert "it would be refused again: schema" in str(again.exception)
    tried = run("quarantine", "repair", name, "--set", "data.queue=billing", "--dry-run")
    assert orjson.loads(tried.stdout)["data"] == {"queue": "billing"}
    assert run("quarantine", "repair", name, "--set", "data.queue=billing").exit_code == 0
    became = httpx2.get(f"{door.url}/v1/events", params={"source": "//acme/repair", "id": "r1"}).json()
    assert [one["state"] for one in became["became"]] == ["accepted", "quarantined"]


def test_a_file_replaces_what_cannot_be_mended(door: Process, run: Run, tmp_path: Path) -> None:
    name = refuse(door, id="r2", source="//acme/file", type="fax.sent")
    path = tmp_path / "event.json"
    path.write_bytes(orjson.dumps(event(id="r2", source="//acme/file")))
    assert run("quarantine", "repair", name, "--file", str(path)).exit_code == 0
    path.write_text("oops")
    assert "no JSON" in str(run("quarantine", "repair", name, "--file", str(path)).exception)


def test_all_of_a_reason_are_sent_again(door: Process, run: Run) -> None:
    for number in range(3):
        refuse(door, id=f"all{number}", source="//acme/all", time="soon")
    done = run("quarantine", "replay", "--source", "//acme/all")
    assert done.exit_code == 0
    assert "0 accepted, 0 duplicate, 3 refused again" in done.output
    assert "name ids" in str(run("quarantine", "replay").exception)
    assert "404" in str(run("quarantine", "show", "nothing").exception)


def test_keys_are_made_listed_rotated_and_revoked(run: Run) -> None:
    made = run("keys", "create", "genesys", "--scope", "write", "--tenant", "acme")
    key_id = made.stdout.split("_")[1]
    assert made.stdout.startswith("jl_")
    rotated = run("keys", "rotate", key_id)
    assert rotated.stdout.split("_")[1] != key_id
    assert run("keys", "revoke", key_id).exit_code == 0
    listed = run("keys", "list").stdout
    assert listed.count("genesys") == 2
    assert made.stdout.split("_", 2)[2].strip() not in listed
    assert "has ended already" in str(run("keys", "revoke", key_id).exception)
