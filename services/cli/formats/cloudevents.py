"""CloudEvents as JSON lines: one event a line, in the file's order."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from services.cli.formats.files import FormatError, open_text


def read(path: Path) -> Iterator[dict[str, Any]]:
    with open_text(path) as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _event(path, number, line)


def _event(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise FormatError(f"{path}:{number}: not JSON ({error}); one CloudEvent a line is expected") from None
    if not isinstance(event, dict):
        raise FormatError(f"{path}:{number}: not a JSON object; one CloudEvent a line is expected")
    return event
