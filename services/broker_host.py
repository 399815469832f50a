"""What the broker launchers need of this machine: locks, ports, programs, child processes, one raw request.

Standard library only: the launchers run before anything else does.
"""

import ctypes
import errno
import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

HOST = "127.0.0.1"
POLL_SECONDS = 0.05
REQUEST_SECONDS = 5.0
LOG_LINES_SHOWN = 12
# The embedded binary names a newer glibc weakly: the loader complains and nothing is missing.
HARMLESS = "weak version `GLIBC"
PR_SET_PDEATHSIG = 1
CLIENT_ID = "journeyline"


class BrokerError(Exception):
    """A broker could not be started or kept; the text says what to do about it."""


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def require_free(port: int) -> None:
    with closing(socket.socket()) as probe:
        # As brokers do: connections that linger after a restart are not a reason to refuse.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise BrokerError(
                    f"Cannot listen on port {port} ({error.strerror}): give another port."
                ) from error
            raise BrokerError(
                f"Port {port} is taken: stop the program that uses it, or give another port (--broker-port)."
            ) from error


def require_program(name: str, meaning: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BrokerError(f"'{name}' was not found: install {meaning}, or use the embedded broker.")
    return found


def run(command: Sequence[str], advice: str, timeout_s: float) -> None:
    """Runs a preparing program to its end; when it fails, `advice` goes before its last words."""
    try:
        subprocess.run(command, check=True, timeout=timeout_s, capture_output=True, text=True)
    except subprocess.TimeoutExpired as error:
        raise BrokerError(f"{advice}\nIt was stopped after {timeout_s:.0f} s.") from error
    except subprocess.CalledProcessError as error:
        raise BrokerError("\n".join([advice, *last_lines(error.stdout + error.stderr)])) from error


def last_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if HARMLESS not in line][-LOG_LINES_SHOWN:]


def spawn(command: Sequence[str], log_path: Path, kept_open: int) -> subprocess.Popen[bytes]:
    """A child that logs to `log_path`, keeps one descriptor of ours and does not outlive us."""
    with log_path.open("wb") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=(kept_open,),
            # Ctrl-C is for us: workers still need the broker while they finish.
            start_new_session=True,
            preexec_fn=stop_with_parent(),
        )


def stop_with_parent() -> Callable[[], None] | None:
    """SIGTERM rather than SIGKILL, so that the orphan saves its data before it goes."""
    if sys.platform != "linux":
        return None
    # Loaded before the fork: between fork and exec only the plainest calls are safe.
    prctl, parent = ctypes.CDLL(None, use_errno=True).prctl, os.getpid()

    def in_child() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # we died before the call above
            os._exit(1)

    return in_child


def request(port: int, api: int, version: int, body: bytes) -> bytes:
    """One Kafka request by hand; returns the answer behind its length. Clients come later, and are slow."""
    frame = struct.pack(">hhi", api, version, 0) + text(CLIENT_ID) + body
    with socket.create_connection((HOST, port), REQUEST_SECONDS) as connection:
        connection.sendall(struct.pack(">i", len(frame)) + frame)
        with connection.makefile("rb") as answer:
            return answer.read(int.from_bytes(answer.read(4)))


def text(value: str) -> bytes:
    return struct.pack(">h", len(value)) + value.encode()


def array_of_one(item: bytes) -> bytes:
    return struct.pack(">i", 1) + item
