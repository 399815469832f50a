"""What is said of a disk that fills up, and that everything ends and starts on it as it should."""

import subprocess
import sys
from pathlib import Path

import pytest

from services.cli import disk
from services.cli.disk import DiskWatch
from services.reader import EXIT_CRASHED


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


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="NOT TESTED: no /dev/full here")
def test_a_log_that_cannot_be_written_keeps_no_process_from_ending() -> None:
    code = "from services import logs, reader; logs.configure_logs('info', 'x'); reader.crash(ValueError())"
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run([sys.executable, "-c", code], stderr=full, timeout=60, check=False)
    assert ended.returncode == EXIT_CRASHED
