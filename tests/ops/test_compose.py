"""The deployment on one host: its structure, its names and ports, held against the code. No Docker needed."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr
from typer.main import get_command

from services.cli.main import app
from services.settings import KafkaSettings, Settings
from tests.ops.tools import DEPLOY, HAS_ALERTS, ROOT, Json

pytestmark = pytest.mark.ops

COMPOSE: Json = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Json] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "journeyline"}
PORTS = {"ingest": "ingest_port", "live": "live_port", "alerts": "alerts_port", "build": "build_port"}
#: What uvicorn reads itself: whose word on a client's address it takes.
OF_THE_SERVER = "FORWARDED_ALLOW_IPS"
#: What docker compose knows of a service, as far as we use it.
WORDS = {
    "image", "build", "restart", "init", "read_only", "tmpfs", "cap_drop", "security_opt", "command",
    "environment", "ports", "depends_on", "healthcheck", "volumes", "stop_grace_period",
}  # fmt: skip


def known_settings(service: str) -> set[str]:
    ours = {f"JOURNEYLINE_{name.upper()}" for name in Settings.model_fields}
    if service == "alerts" and not HAS_ALERTS:
        ours |= {"JOURNEYLINE_ALERTS_DATABASE_URL", "JOURNEYLINE_LIVE_URL", "JOURNEYLINE_RECEIVERS"}
    ours |= {OF_THE_SERVER} if service == "ingest" else set()
    return ours | {f"KAFKA_{name.upper()}" for name in KafkaSettings.model_fields}


def port_of(service: str) -> int:
    field = Settings.model_fields.get(PORTS[service.partition("-")[0]])
    return int(field.default) if field is not None else 8002


def instructions() -> list[tuple[str, str]]:
    """Of the Dockerfile, with its continued lines joined."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def test_everything_that_the_product_needs_is_there() -> None:
    parts = {"kafka", "postgres", "topics", "ingest", "build-1", "build-2", "live", "alerts"}
    assert SERVICES.keys() == parts | {"prometheus", "alertmanager", "grafana"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_written_in_words_that_compose_knows(name: str) -> None:
    service = SERVICES[name]
    assert service.keys() <= WORDS
    assert name == "topics" or service["healthcheck"]["test"][0] == "CMD"
    tag = service["image"].partition(":")[2]
    assert service["image"] == "journeyline" or re.search(r"\d", tag), "a version is pinned"


@pytest.mark.parametrize("name", SERVICES)
def test_what_it_depends_on_exists_and_can_be_waited_for(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        ends = SERVICES[other].get("restart") == "on-failure"
        assert how == {"condition": "service_completed_successfully" if ends else "service_healthy"}


@pytest.mark.parametrize("name", SERVICES)
def test_its_volumes_exist(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        source = volume.split(":")[0]
        assert (DEPLOY / source).exists() if source.startswith(".") else source in COMPOSE["volumes"], volume


@pytest.mark.parametrize("name", OURS)
def test_its_settings_are_known(name: str) -> None:
    environment = OURS[name]["environment"]
    assert environment.keys() <= known_settings(name)
    assert {"JOURNEYLINE_API_KEY", "JOURNEYLINE_SECRET", "KAFKA_BOOTSTRAP_SERVERS"} <= environment.keys()


@pytest.mark.parametrize("name", OURS)
def test_its_command_is_one_of_ours(name: str) -> None:
    command = OURS[name]["command"]
    if command == ["alerts"] and not HAS_ALERTS:
        pytest.skip("PENDING, no services/alerts yet")
    group: Any = get_command(app)
    for word in command:
        group = group.commands[word]


@pytest.mark.parametrize("name", sorted(OURS.keys() - {"topics"}))
def test_it_is_asked_for_its_health_and_published_where_it_listens(name: str) -> None:
    port = port_of(name)
    assert f"http://127.0.0.1:{port}/readyz" in OURS[name]["healthcheck"]["test"][-1]
    assert OURS[name].get("ports", [f"{port}:{port}"]) == [f"{port}:{port}"]


def test_prometheus_scrapes_every_process_of_ours() -> None:
    scraped = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    targets = {target for job in scraped["scrape_configs"] for target in job["static_configs"][0]["targets"]}
    assert targets == {f"{name}:{port_of(name)}" for name in OURS if name != "topics"}


def test_workers_have_a_name_and_a_volume_of_their_own() -> None:
    workers = [service for service in OURS.values() if service["command"] == ["build"]]
    assert len({worker["environment"]["JOURNEYLINE_WORKER"] for worker in workers}) == len(workers) == 2
    assert len({tuple(worker["volumes"]) for worker in workers}) == len(workers)


def test_no_secret_has_a_default_and_the_example_names_them_all() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    asked = set(re.findall(r"\$\{(\w+)", text))
    example = (DEPLOY / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^(\w+)=$", example, re.MULTILINE)) == asked
    optional = {
        "HOOKS", "RECEIVERS", "LIVE_URL", "RULES", "PHONE_REGION", "SCRUB", "ALERTS_URL", "ALERTS_ORIGINS",
    }  # fmt: skip
    for name in asked - {f"JOURNEYLINE_{one}" for one in optional} - {OF_THE_SERVER}:
        assert f"${{{name}:?" in text


@pytest.mark.parametrize("name", OURS)
def test_what_is_left_empty_is_as_if_it_were_not_said(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = OURS[name]["environment"]
    for word in [word for word in environment if word.startswith("JOURNEYLINE_")]:
        monkeypatch.delenv(word, raising=False)
    unsaid = Settings(api_key=SecretStr("k"))
    for word, value in environment.items():
        if str(value).endswith(":-}"):
            monkeypatch.setenv(word, "")
    assert Settings(api_key=SecretStr("k")) == unsaid


def test_all_workers_see_the_folder_of_the_rules_file() -> None:
    workers = [service for service in OURS.values() if service["command"] == ["build"]]
    assert all("./rules:/rules:ro" in worker["volumes"] for worker in workers)


def test_the_image_runs_as_nobody_special_from_locked_requirements() -> None:
    stages = [rest for word, rest in instructions() if word == "FROM"]
    assert all(stage.startswith("python:3.11-slim") for stage in stages)
    final = instructions()[[word for word, _ in instructions()].index("FROM", 1) :]
    assert ("USER", "journeyline") in final
    assert ("ENTRYPOINT", '["python", "-m", "services.cli.main"]') in final
    assert any("--require-hashes" in rest for _, rest in instructions())


def test_the_image_gets_what_is_tested_without_what_only_tests_need() -> None:
    tested = pinned(ROOT / "requirements.lock")
    shipped = pinned(DEPLOY / "requirements.lock")
    assert shipped.items() <= tested.items()
    assert not shipped.keys() & {"pytest", "mypy", "ruff", "grafana-foundation-sdk"}
    assert {"faust-streaming", "fastapi", "psycopg"} <= shipped.keys()


def pinned(lock: Path) -> dict[str, set[str]]:
    """What a lock allows: by distribution its version, marker and hashes."""
    found: dict[str, set[str]] = {}
    name = ""
    for line in lock.read_text(encoding="utf-8").splitlines():
        if line and line[0] not in " #":
            name = line.partition("==")[0]
            found.setdefault(name, set()).add(line)
        elif "--hash" in line:
            found[name].add(line)
    return found


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    kept = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    for word, rest in instructions():
        if word == "COPY" and not rest.startswith("--from"):
            for name in rest.split()[:-1]:
                assert (ROOT / name).exists()
                assert f"!{name}" in kept
