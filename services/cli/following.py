"""Follows a growing file from where it was left, over its rotation and over restarts of ours."""

import os
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct

BATCH_BYTES_MAX = 128 * 1024
#: What was packed after its rotation is read no more.
PACKED = frozenset({".bz2", ".gz", ".xz", ".zst"})


class Position(Struct, frozen=True):
    """So far all of it was delivered: of which file, and how many bytes."""

    inode: int = 0
    offset: int = 0


class Chunk(Struct, frozen=True):
    """Whole pieces, and the position behind them."""

    text: bytes
    position: Position


class Follower:
    """Reads the pieces of `path` between `separator`s; what was not committed is read again after a restart.

    A file that was renamed is read to its end, then the new one from its beginning. One that was cut
    short is read from its beginning.
    """

    def __init__(self, path: Path, state: Path, separator: bytes = b"\n") -> None:
        self._path = path
        self._state = state
        self._separator = separator
        self._position = self._load()

    def read(self) -> Chunk | None:
        """The next pieces; None while there are none."""
        file = self._open()
        if file is None:
            return None
        with file:
            inode = os.fstat(file.fileno()).st_ino
            offset = self._position.offset if inode == self._position.inode else 0
            if offset > os.fstat(file.fileno()).st_size:
                offset = 0
            file.seek(offset)
            text = file.read(BATCH_BYTES_MAX)
            whole = text.rfind(self._separator) + len(self._separator)
            if whole < len(self._separator):
                if len(text) < BATCH_BYTES_MAX:
                    return self._read_next(inode)
                # A piece longer than any: nobody could take it.
                whole = len(text)
            return Chunk(text[:whole], Position(inode, offset + whole))

    def commit(self, position: Position) -> None:
        """Remembers durably that all before the position was delivered."""
        self._position = position
        with self._waiting.open("wb") as file:
            file.write(msgspec.json.encode(position))
            file.flush()
            os.fsync(file.fileno())
        self._waiting.replace(self._state)

    def _read_next(self, inode: int) -> Chunk | None:
        """From a renamed file, once it is read, on to the one that was written after it."""
        if inode == _inode_of(self._path):
            return None  # what lies beside it are copies
        inodes = [_inode_of(path) for path in self._generations()]
        following = inodes[inodes.index(inode) + 1 :] if inode in inodes else []
        if not following or following[0] is None:
            return None
        self._position = Position(following[0], 0)
        return self.read()

    def _open(self) -> BinaryIO | None:
        """The file that the position is in, wherever it has been renamed to; else the one of the path."""
        known = self._position.inode
        paths = [path for path in self._generations() if _inode_of(path) == known]
        try:
            return (paths or [self._path])[0].open("rb")
        except FileNotFoundError:
            return None

    def _generations(self) -> list[Path]:
        """The file and what it was renamed to before, as they were last written."""
        paths = set(self._path.parent.glob(f"{self._path.name}*")) - {self._state, self._waiting}
        return sorted((path for path in paths if path.suffix not in PACKED), key=_written)

    @property
    def _waiting(self) -> Path:
        """The state, until it is whole."""
        return self._state.with_name(f"{self._state.name}.new")

    def _load(self) -> Position:
        try:
            return msgspec.json.decode(self._state.read_bytes(), type=Position)
        except FileNotFoundError:
            return Position()


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _inode_of(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None
