"""What is said of a disk that fills up."""

from pathlib import Path

import pytest

from services.cli import disk
from services.cli.disk import DiskWatch


def test_it_says_once_that_room_is_short_and_once_that_there_is_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    watch = DiskWatch(tmp_path, said.append)
    monkeypatch.setattr(disk, "LOOK_SECONDS", 0.0)
    for free in (900, 63, 5, 64, 900):
        monkeypatch.setattr(disk, "free_mib", lambda _, free=free: free)
        watch.look()
    assert [text.partition(" on the disk")[0] for text in said] == ["only 63 MiB are free", "64 MiB are free"]
    assert "make room" in said[0]
