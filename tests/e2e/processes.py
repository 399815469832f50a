"""Who works in a data directory, and for whom. Linux only, without `ps`: a bare system has none."""

import os
import signal
from pathlib import Path


def processes_of(data_dir: Path) -> dict[int, str]:
    """Ids and command lines of all that still work in this directory."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command, environment = ((process / name).read_bytes() for name in ("cmdline", "environ"))
        except OSError:
            continue
        if f"DATA_DIR={data_dir}\0".encode() in environment or str(data_dir).encode() in command:
            found[int(process.name)] = command.replace(b"\0", b" ").decode()
    return found


def children_of(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name before it is in parentheses, and may hold anything.
            parent = path.read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if int(parent) == pid:
            found.append(int(path.parent.name))
    return found


def kill(data_dir: Path, module: str) -> None:
    """Kill -9 of the one process that runs this module there."""
    (pid,) = [pid for pid, command in processes_of(data_dir).items() if f"-m {module} " in command]
    os.kill(pid, signal.SIGKILL)
