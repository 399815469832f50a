"""Opening what people have: plain or gzipped text, and tables of it."""

import csv
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

GZIP = b"\x1f\x8b"


class FormatError(Exception):
    """The file is not what it was said to be; the text names the line."""


@contextmanager
def open_text(path: Path) -> Iterator[IO[str]]:
    """By what it holds, not by its name. Errors of reading become `FormatError`, also within the block."""
    try:
        with path.open("rb") as file:
            is_packed = file.read(len(GZIP)) == GZIP
        # Spreadsheets write a mark of the byte order first.
        with _opened(path, is_packed) as stream:
            yield stream
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FormatError(f"{path}: the gzip file is damaged or was cut off ({error})") from None
    except UnicodeError as error:
        raise FormatError(f"{path}: no UTF-8 text ({error})") from None
    except csv.Error as error:
        raise FormatError(f"{path}: no table of comma-separated values ({error})") from None
    except OSError as error:
        raise FormatError(f"{path}: {error.strerror or error}") from None


def _opened(path: Path, is_packed: bool) -> IO[str]:
    if is_packed:
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def whole(row: dict[str, str]) -> dict[str, str]:
    if None in row.values():
        raise ValueError("the row ends too soon")
    return row


def rows_of(path: Path, lines: IO[str], columns: frozenset[str]) -> "csv.DictReader[str]":
    """The rows of a table with these columns, and any others."""
    rows = csv.DictReader(lines)
    if missing := columns - set(rows.fieldnames or ()):
        raise FormatError(f"{path}: the table has no column {', '.join(sorted(missing))}")
    return rows
