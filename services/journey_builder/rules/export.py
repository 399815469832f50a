"""Writes the rules file's JSON Schema, for editors: `python -m services.journey_builder.rules.export`."""

import json

from schemas.export import FOLDER
from services.journey_builder.rules.faults import file_schema

FILE = FOLDER / "rules.schema.json"


def rendered() -> str:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | file_schema()
    return json.dumps(schema | {"title": "Journeyline rules"}, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(rendered(), encoding="utf-8")
