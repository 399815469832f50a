"""Writes the JSON Schemas of the events, for producers in any language: `python -m schemas.export`."""

import json
from pathlib import Path
from typing import Any

import msgspec

from schemas.data import TYPES

FOLDER = Path(__file__).parent / "json"
_REF = "#/$defs/{name}"


def schema_of(type_name: str) -> dict[str, Any]:
    """One CloudEvent of this type. Fields that may hold personal data carry `x-personal-data`."""
    (data,), definitions = msgspec.json.schema_components([TYPES[type_name]], ref_template=_REF)
    name = data["$ref"].rpartition("/")[2]
    # The tag is for our own storage; producers name the type in the envelope.
    definitions[name]["properties"].pop("$")
    definitions[name]["required"] = [field for field in definitions[name].get("required", ()) if field != "$"]
    text = {"type": "string", "minLength": 1}
    needs_subject = type_name.partition(".")[0] not in ("survey", "customer")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": type_name,
        "type": "object",
        "required": ["specversion", "id", "source", "type", "time", "data"],
        "anyOf": [{"required": ["subject"]}, {"properties": {"data": {"required": ["about"]}}}],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": text,
            "source": text,
            "type": {"const": type_name},
            "time": {"type": "string", "format": "date-time"},
            "subject": text,
            "tenant": text,
            "sequence": {"type": ["string", "integer"]},
            "replay": text,
            "data": data,
        },
        "$defs": definitions,
    } | ({} if needs_subject else {"anyOf": [{}]})


def rendered() -> dict[str, str]:
    """File name -> text, for every type."""
    return {
        f"{name}.schema.json": json.dumps(schema_of(name), indent=2, ensure_ascii=False) + "\n"
        for name in TYPES
    }


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, text in rendered().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
