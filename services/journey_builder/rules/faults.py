"""What is wrong in a rules file, in sentences: the place, what was expected, what was found."""

from difflib import get_close_matches
from functools import cache
from typing import Any

from services.journey_builder.rules.document import Document, Fault, Path
from services.journey_builder.rules.model import RulesText
from services.journey_builder.rules.values import EXPECTED


def fault_of(document: Document, item: Any) -> Fault:
    path: Path = tuple(part for part in item["loc"] if part != "[key]")
    name = _shown(path) or "the file"
    match item["type"]:
        case "extra_forbidden":
            return Fault(document.spot(path), f"{name}: there is no such name here{_meant(path)}")
        case "missing":
            return Fault(document.spot(path), f"{name}: is missing")
        case kind if kind == EXPECTED:
            says = item["msg"]
        case "too_short":
            return Fault(document.spot(path), f"{name}: expected at least one name, found none")
        case "model_type" | "dict_type":
            says = "expected names with values (a mapping)"
        case _:
            says = "expected a list (lines that begin with `- `)"
    return Fault(document.spot(path), f"{name}: {says}, found {_found(item['input'])}")


def _shown(path: Path) -> str:
    """Its place says which version and override it is of: the name begins after that."""
    rest = path
    if path[:1] == ("versions",):
        rest = path[2:] or path
        if path[2:3] == ("rules",):
            rest = path[3:] or rest
        elif path[2:3] in (("overrides",), ("goals",)):
            rest = path[4:] or rest
    words = "".join(f".{part}" if isinstance(part, str) else f"[{part + 1}]" for part in rest)
    return words.removeprefix(".")


def _found(given: object) -> str:
    match given:
        case None:
            return "nothing"
        case str():
            return f'"{given[:80]}"'
        case dict():
            return "names with values"
        case _:
            return "a list"


def _meant(path: Path) -> str:
    known = _names_at(path[:-1])
    close = get_close_matches(str(path[-1]), known, n=1)
    return f"; did you mean `{close[0]}`?" if close else f"; known: {', '.join(known)}"


@cache
def file_schema() -> dict[str, Any]:
    """The JSON Schema of the file."""
    return RulesText.model_json_schema()


def _names_at(path: Path) -> list[str]:
    schema = file_schema()
    for part in path:
        schema = schema["items"] if isinstance(part, int) else schema["properties"][part]
        if "$ref" in schema:
            schema = file_schema()["$defs"][schema["$ref"].rpartition("/")[2]]
    return sorted(schema["properties"])
