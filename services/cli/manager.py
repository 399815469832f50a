"""Reads the events of Asterisk's manager interface (AMI) into a file, from which they are forwarded."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct

from services.cli.following import Follower, Position

CONNECT_SECONDS = 10.0
#: Asterisk says nothing while nothing happens: then we ask whether it is there.
SILENCE_SECONDS = 30.0
RETRY_SECONDS_MAX = 30.0
BLOCK_BYTES_MAX = 64 * 1024
SPOOL_BYTES_MAX = 4 * 1024 * 1024

#: What `queue_log` does not tell.
BESIDE_QUEUE_LOG = frozenset({"Hangup", "Hold", "MusicOnHoldStart", "MusicOnHoldStop", "Unhold"})
#: Never DTMF: what callers key in may be the number of a card.
ALONE = BESIDE_QUEUE_LOG | {
    "AgentCalled", "AgentComplete", "AgentConnect", "AgentRingNoAnswer", "AttendedTransfer", "BlindTransfer",
    "Join", "QueueCallerAbandon", "QueueCallerJoin",
}  # fmt: skip


class Login(Struct, frozen=True):
    host: str
    port: int
    username: str
    secret: str


class ManagerError(Exception):
    """The manager does not let us in; the text says why."""


class Spool:
    """Events on disk until they are delivered: the manager itself keeps none."""

    def __init__(self, path: Path, wanted: frozenset[str], bytes_max: int = SPOOL_BYTES_MAX) -> None:
        self.path = path
        self._wanted = wanted
        self._bytes_max = bytes_max
        self._lock = threading.Lock()

    def fill(self, login: Login, report: Callable[[str], None]) -> None:
        """For ever; connects again whenever the connection ends."""
        pause = 1.0
        while True:
            try:
                for block in events(login):
                    pause = 1.0
                    self.add(block)
            except (OSError, ManagerError) as error:
                report(f"manager at {login.host}:{login.port}: {error}; trying again in {pause:g} s")
            time.sleep(pause)
            pause = min(pause * 2, RETRY_SECONDS_MAX)

    def add(self, block: bytes) -> None:
        """With the moment it was read: without `timestampevents=yes` the manager tells none."""
        if _name(block) in self._wanted:
            stamped = f"\nReadAt: {time.time():.6f}\n\n".encode()
            with self._lock, self.path.open("ab") as file:
                file.write(block + stamped)

    def empty(self, follower: Follower) -> bool:
        """Once all of it was delivered and it is large. False, as nothing was sent."""
        with self._lock:
            if self.path.exists() and self.path.stat().st_size > self._bytes_max and follower.read() is None:
                # After a crash before the commit the position lies beyond the end: then it starts anew too.
                os.truncate(self.path, 0)
                follower.commit(Position(self.path.stat().st_ino, 0))
        return False


def events(login: Login) -> Iterator[bytes]:
    """The blocks of one connection, until it ends."""
    with socket.create_connection((login.host, login.port), CONNECT_SECONDS) as connection:
        connection.settimeout(SILENCE_SECONDS)
        _send(connection, "Login", Username=login.username, Secret=login.secret, Events="on")
        for block in _blocks(connection):
            if block.startswith(b"Response: Error"):
                raise ManagerError(block.decode(errors="replace").replace("\n", " "))
            if block.startswith(b"Event:"):
                yield block


def _blocks(connection: socket.socket) -> Iterator[bytes]:
    text, is_asked = b"", False
    while True:
        try:
            received = connection.recv(65536)
        except TimeoutError:
            if is_asked:
                raise
            is_asked = True
            _send(connection, "Ping")
            continue
        if not received:
            raise ConnectionResetError("the connection ended")
        is_asked = False
        text = (text + received).replace(b"\r\n", b"\n")
        *blocks, text = text.split(b"\n\n")
        if len(text) > BLOCK_BYTES_MAX:
            raise ManagerError("an event without an end")
        # The greeting is a line without a block of its own.
        yield from (_without_greeting(block) for block in blocks)


def _without_greeting(block: bytes) -> bytes:
    first, _, rest = block.partition(b"\n")
    return rest if first.startswith(b"Asterisk Call Manager") else block


def _name(block: bytes) -> str:
    return block.partition(b"\n")[0].partition(b":")[2].strip().decode(errors="replace")


def _send(connection: socket.socket, action: str, **fields: str) -> None:
    lines = [f"Action: {action}", *(f"{name}: {value}" for name, value in fields.items())]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
