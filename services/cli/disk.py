"""Room on the disk of a data directory: asked for at the start, and said when it runs out."""

import shutil
import time
from pathlib import Path

from services.cli.supervisor import Report

MIB = 1024 * 1024
START_MIB, LOW_MIB = 512, 64
LOOK_SECONDS = 5.0


def free_mib(folder: Path) -> int:
    return shutil.disk_usage(folder).free // MIB


class DiskWatch:
    """Says once that room is short, and once that there is some again."""

    def __init__(self, folder: Path, report: Report) -> None:
        self._folder, self._report = folder, report
        self._looked = 0.0
        self._is_low = False

    def look(self) -> None:
        """Cheap: really looks every few seconds."""
        if time.monotonic() < self._looked + LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        try:
            free = free_mib(self._folder)
        except OSError:
            return  # the folder is gone: those who work in it say so
        if (free < LOW_MIB) == self._is_low:
            return
        self._is_low = free < LOW_MIB
        self._report(
            f"only {free} MiB are free on the disk of {self._folder}: make room, and it goes on by itself;"
            " until then services end and are started again"
            if self._is_low
            else f"{free} MiB are free on the disk again"
        )
