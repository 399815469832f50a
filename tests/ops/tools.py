"""Prometheus as Debian packages it, and what of the deployment tests look into."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

import httpx2
import pytest
import yaml

from services.broker_host import stop_with_parent
from tests.conftest import free_port

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus" / "rules.yml"
BOARDS = sorted((DEPLOY / "grafana" / "json").glob("*.json"))
START_SECONDS = 60.0

#: Names of metrics and settings of services/alerts, which another change brings. Until it is there,
#: queries that need them may be empty, and only its container may have settings that are not known.
PENDING = "journeyline_alerts_"
HAS_ALERTS = (ROOT / "services" / "alerts" / "__main__.py").exists()

Json = dict[str, Any]
#: What Grafana fills in.
VARIABLES = {"$__rate_interval": "1m", "$tenant": ".*"}


class Question(NamedTuple):
    """An expression, and where it stands."""

    where: str
    expr: str

    @property
    def is_pending(self) -> bool:
        return not HAS_ALERTS and (PENDING in self.expr or "alerts_outbox" in self.expr)


def need(tool: str) -> str:
    """The path of a program; without it the test is skipped, and says so."""
    path = shutil.which(tool)
    if path is None:
        pytest.skip(f"NOT TESTED: {tool} is missing; apt-get install prometheus prometheus-alertmanager")
    return path


def panels(board: Json) -> Iterator[Json]:
    """All but the rows."""
    yield from (panel for panel in board["panels"] if panel["type"] != "row")


def board_questions() -> list[Question]:
    """Every query of every dashboard, with its variables filled in."""
    found = []
    for path in BOARDS:
        board = json.loads(path.read_text(encoding="utf-8"))
        for panel in panels(board):
            for target in panel["targets"]:
                expr = target["expr"]
                for name, value in VARIABLES.items():
                    expr = expr.replace(name, value)
                found.append(Question(f"{board['title']} / {panel['title']} {target['refId']}", expr))
    return found


def rules() -> list[Json]:
    loaded = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    return [rule for group in loaded["groups"] for rule in group["rules"]]


def rule_questions() -> list[Question]:
    """Every rule's expression; an alert's comparisons answer 0 or 1 here, where they would be silent."""
    return [
        Question(rule.get("record") or rule["alert"], re.sub(r" ([<>]=?) (?=\d)", r" \1 bool ", rule["expr"]))
        for rule in rules()
    ]


class Prometheus:
    """The deployment's configuration on other targets, in a hurry; its data lie in `folder`."""

    def __init__(self, folder: Path, targets: Mapping[str, list[str]]) -> None:
        self._folder, self._targets = folder, targets
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._http = httpx2.Client(base_url=f"http://127.0.0.1:{self._port}", timeout=20)

    def __enter__(self) -> Self:
        (self._folder / "prometheus.yml").write_text(yaml.safe_dump(self._configuration()), encoding="utf-8")
        command = [
            need("prometheus"),
            f"--config.file={self._folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={self._folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self._port}",
            "--log.level=warn",
        ]
        with (self._folder / "prometheus.log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, preexec_fn=stop_with_parent())
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            assert self._process.poll() is None, (self._folder / "prometheus.log").read_text()
            assert time.monotonic() < deadline, "Prometheus is not ready"
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(20)
        self._http.close()

    def ask(self, expr: str) -> list[Json]:
        """The series that an expression gives now. An error of the expression fails the test."""
        answer = self._http.get("/api/v1/query", params={"query": expr})
        assert answer.status_code == 200, f"{expr}: {answer.text}"
        result: list[Json] = answer.json()["data"]["result"]
        return result

    def value(self, expr: str) -> float | None:
        """Of the only series, None where there is none."""
        series = self.ask(expr)
        return float(series[0]["value"][1]) if series else None

    def firing(self) -> list[str]:
        """Alerts whose condition is met, however short."""
        answer = self._http.get("/api/v1/alerts").json()["data"]["alerts"]
        return sorted(str(alert["labels"]["alertname"]) for alert in answer)

    def _configuration(self) -> Json:
        configuration: Json = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8"))
        del configuration["alerting"]
        configuration["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        configuration["rule_files"] = [str(RULES)]
        for job in configuration["scrape_configs"]:
            job["static_configs"] = [{"targets": self._targets.get(job["job_name"], [])}]
        return configuration

    def _is_ready(self) -> bool:
        try:
            return self._http.get("/-/ready").status_code == 200
        except httpx2.TransportError:
            return False
