"""The tree keeps its own rules: purity, import direction, sizes, and a dataflow without loose ends."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.topics import PREFIX, TOPICS, Part

ROOT = Path(__file__).resolve().parents[1]
SERVICES = ("ingest", "journey_builder", "live", "alerts", "simulator")
#: What every service may use: how a process runs, the stream runtime, and what those over HTTP share.
SHARED = {
    "settings", "keys", "kafka", "topics", "logs", "stream", "broker", "broker_host", "reader", "repeats",
    "database", "web",
}  # fmt: skip
IMPURE = {
    "aiokafka", "apprise", "asyncio", "datetime.now", "faust", "fastapi", "httpx2", "kafka", "logging", "os",
    "prometheus_client", "random", "rocksdict", "smtplib", "socket", "sqlalchemy", "sqlite3", "structlog",
    "subprocess", "threading", "time", "uvicorn",
}  # fmt: skip
FUNCTION_LINES_MAX = 40
FILE_LINES_MAX = 250
CODE = sorted(path for part in ("schemas", "services", "deploy") for path in (ROOT / part).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path) -> set[str]:
    """Dotted names of all that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("path", sorted((ROOT / "services").glob("*/core/**/*.py")), ids=named)
def test_core_is_pure(path: Path) -> None:
    assert not {name.partition(".")[0] for name in imports(path)} & IMPURE


@pytest.mark.parametrize("path", sorted((ROOT / "services").glob("*/core/**/*.py")), ids=named)
def test_core_imports_only_schemas_and_core(path: Path) -> None:
    service = path.relative_to(ROOT / "services").parts[0]
    ours = {name for name in imports(path) if name.startswith("services.")}
    assert all(name.startswith(f"services.{service}.core") for name in ours)


@pytest.mark.parametrize("service", SERVICES)
def test_services_do_not_import_one_another(service: str) -> None:
    allowed = SHARED | {service}
    for path in (ROOT / "services" / service).rglob("*.py"):
        ours = {name.split(".")[1] for name in imports(path) if name.startswith("services.")}
        assert ours <= allowed, named(path)


def test_schemas_import_none_of_us() -> None:
    for path in (ROOT / "schemas").rglob("*.py"):
        assert not {name for name in imports(path) if name.startswith(("services", "tests"))}, named(path)


def test_the_stream_runtime_knows_no_journeys() -> None:
    for path in (ROOT / "services" / "stream").glob("*.py"):
        foreign = {name for name in imports(path) if name.startswith(("schemas", "services.journey"))}
        assert not foreign, named(path)


def test_the_oracles_import_nothing_of_the_product() -> None:
    for path in (ROOT / "tests" / "oracle").glob("*.py"):
        assert not {name for name in imports(path) if name.startswith(("schemas", "services"))}, named(path)


@pytest.mark.parametrize("path", CODE + TESTS, ids=named)
def test_every_file_says_what_it_is_and_stays_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text == "" or ast.get_docstring(ast.parse(text)), "a module docstring is missing"
    assert text.count("\n") <= FILE_LINES_MAX
    assert [(name, lines) for name, lines in functions(path) if lines > FUNCTION_LINES_MAX] == []


def test_most_functions_are_short() -> None:
    lengths = sorted(lines for path in CODE for _, lines in functions(path))
    assert lengths[len(lengths) // 2] <= 8


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_topic_has_a_writer_and_a_reader(topic: object) -> None:
    assert topic in TOPICS
    entry = next(known for known in TOPICS if known is topic)
    assert entry.written_by, "nobody writes it"
    # What is public has readers outside.
    assert entry.read_by or entry.is_public, "nobody reads it"


FOLDERS = {
    Part.INGEST: "services/ingest",
    Part.CONTACTS: "services/journey_builder",
    Part.IDENTITIES: "services/journey_builder",
    Part.CUSTOMERS: "services/journey_builder",
    Part.LIVE: "services/live",
    Part.ALERTS: "services/alerts",
}


@pytest.mark.parametrize("part", list(Part))
def test_what_the_table_says_of_a_part_is_in_its_code(part: Part) -> None:
    """Each topic that a part writes or reads is named there by its constant, or as one of the events."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / FOLDERS[part]).rglob("*.py"))
    for topic in TOPICS:
        if part in topic.written_by or part in topic.read_by:
            constant = topic.name.removeprefix(PREFIX).removeprefix("events.").replace("-", "_").upper()
            is_event = topic.name.startswith("events.") and topic.model == "CloudEvent"
            assert re.search(rf"\b{'EVENTS' if is_event else constant}\b", text), topic.name


def test_no_machine_is_named_in_the_tree() -> None:
    for path in [*CODE, *TESTS, ROOT / "README.md", ROOT / "Makefile", ROOT / ".ci" / "run"]:
        if path.exists() and path != Path(__file__):
            assert not re.search(r"/(home|root|work)/[a-z]", path.read_text(encoding="utf-8")), named(path)
