"""The dashboards that are committed: made by their description, whole, and understandable without us."""

import json
import re
from pathlib import Path

import pytest

from deploy.grafana.dashboards import rendered
from tests.ops.tools import BOARDS, DEPLOY, VARIABLES, Json, panels

pytestmark = pytest.mark.ops

#: Of Grafana's units, those that we use; one of our own begins with `suffix:`.
UNITS = {"short", "s", "percentunit", "bytes", "reqps"}
KINDS = {"stat", "timeseries", "table", "bargauge"}


@pytest.fixture(params=BOARDS, ids=lambda path: str(path.stem))
def board(request: pytest.FixtureRequest) -> Json:
    path: Path = request.param
    loaded: Json = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def test_what_is_committed_is_what_is_described() -> None:
    assert {path.name: path.read_text(encoding="utf-8") for path in BOARDS} == rendered()


def test_a_link_to_it_stays_good(board: Json) -> None:
    assert re.fullmatch(r"journeyline-[a-z]+", board["uid"])
    assert board["schemaVersion"] >= 36
    assert board["title"]
    assert board["description"]


def test_it_asks_the_prometheus_that_one_chooses(board: Json) -> None:
    variables = {variable["name"]: variable for variable in board["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert variables["datasource"]["query"] == "prometheus"
    for panel in panels(board):
        for asked in (panel, *panel["targets"]):
            assert asked["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def test_its_queries_name_known_variables_only(board: Json) -> None:
    used = set(re.findall(r"\$\w+", json.dumps([panel["targets"] for panel in panels(board)])))
    assert used - {"$datasource"} <= VARIABLES.keys()
    own = {f"${variable['name']}" for variable in board["templating"]["list"]}
    assert used - {"$__rate_interval"} <= own


def test_every_panel_says_what_it_shows(board: Json) -> None:
    for panel in panels(board):
        assert panel["type"] in KINDS
        assert panel["title"]
        assert panel["description"].endswith("."), panel["title"]
        letters = [target["refId"] for target in panel["targets"]]
        assert letters == sorted(set(letters))
        assert letters


def test_every_number_has_a_unit(board: Json) -> None:
    for panel in panels(board):
        units = [panel["fieldConfig"]["defaults"].get("unit")]
        if panel["type"] == "table":
            overrides = panel["fieldConfig"]["overrides"]
            units = [each["properties"][0]["value"] for each in overrides]
            assert len(units) == len(panel["targets"])
        assert all(unit in UNITS or unit.startswith("suffix:") for unit in units), panel["title"]


def test_no_two_panels_share_an_id_or_a_place(board: Json) -> None:
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    places = [
        (at["x"] + column, at["y"] + line)
        for at in (panel["gridPos"] for panel in board["panels"])
        for column in range(at["w"])
        for line in range(at["h"])
    ]
    assert len(set(places)) == len(places)
    assert max(column for column, _ in places) == 23


def test_grafana_finds_them() -> None:
    provider = (DEPLOY / "grafana/provisioning/dashboards/journeyline.yaml").read_text(encoding="utf-8")
    compose = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    folder = "/etc/journeyline"
    assert f"path: {folder}\n" in provider
    assert f"./grafana/json:{folder}:ro" in compose
    assert all(path.name in {"contact-centre-now.json", "pipeline.json"} for path in BOARDS)
