"""Opening what people have: plain or gzipped text."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


class FormatError(Exception):
    """The file is not what it was said to be; the text names the line."""


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
            yield stream
    else:
        with path.open(encoding="utf-8", newline="") as stream:
            yield stream
