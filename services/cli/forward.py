"""`journeyline forward`: posts what a platform cannot post itself, at least once and in order."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import httpx2
import typer

from services.cli.following import Follower
from services.cli.manager import ALONE, BESIDE_QUEUE_LOG, Login, Spool
from services.cli.saying import say
from services.keys import authorization

POLL_SECONDS = 0.5
REQUEST_SECONDS = 60.0
RETRY_SECONDS_MAX = 30.0
#: The same again may be taken later: a wrong secret can be put right while we wait.
AGAIN = frozenset({401, 403, 404, 408, 429, 500, 502, 503, 504})

app = typer.Typer(help="Post what a platform cannot post itself.", no_args_is_help=True)

Report = Callable[[str], None]


class ForwardError(Exception):
    """It cannot go on; the text says why and what to do."""


class Post:
    """The hook of a running Journeyline. Waits as long as it takes: nothing is skipped."""

    def __init__(self, url: str, secret: str, report: Report) -> None:
        headers = {b"Content-Type": b"text/plain; charset=utf-8"} | authorization(secret)
        self._client = httpx2.Client(headers=headers, timeout=REQUEST_SECONDS)
        self._url = url
        self._report = report

    def close(self) -> None:
        self._client.close()

    def send(self, text: bytes) -> None:
        """Returns when the door has it."""
        # Names in other encodings than UTF-8 are no reason to lose a line.
        body = text.decode(errors="replace").encode()
        pause = 1.0
        while True:
            why = self._try(body)
            if why is None:
                return
            self._report(f"{why}; trying again in {pause:g} s")
            time.sleep(pause)
            pause = min(pause * 2, RETRY_SECONDS_MAX)

    def _try(self, body: bytes) -> str | None:
        try:
            answer = self._client.post(self._url, content=body)
        except (httpx2.LocalProtocolError, httpx2.UnsupportedProtocol) as error:
            raise ForwardError(f"--url {self._url} cannot be asked at all: {error}") from None
        except httpx2.TransportError as error:
            return f"{self._url}: {error or type(error).__name__}"
        if answer.is_success:
            return None
        why = f"{self._url} answers {answer.status_code}: {answer.text[:300]}"
        if answer.status_code not in AGAIN:
            raise ForwardError(why)
        return why


@app.command()
def asterisk(
    url: Annotated[str, typer.Option(help="…/v1/hooks/asterisk of the ingest service.")],
    secret: Annotated[
        str, typer.Option(help="One of the connection's `secrets`.", envvar="FORWARD_SECRET")
    ] = "",
    queue_log: Annotated[
        Path | None, typer.Option(help="Usually /var/log/asterisk/queue_log.", dir_okay=False)
    ] = None,
    ami: Annotated[str, typer.Option(help="host:port of the manager interface, if wanted.")] = "",
    ami_user: Annotated[str, typer.Option(envvar="AMI_USER")] = "",
    ami_secret: Annotated[str, typer.Option(envvar="AMI_SECRET")] = "",
    state_dir: Annotated[Path, typer.Option(help="Remembers what was delivered.", file_okay=False)] = Path(
        "journeyline-forward"
    ),
    once: Annotated[bool, typer.Option("--once", help="Deliver what there is, and end.")] = False,
) -> None:
    """Forward an Asterisk's queue_log, and events of its manager interface."""
    if queue_log is None and not ami:
        raise ForwardError("name at least one of --queue-log and --ami")
    state_dir.mkdir(parents=True, exist_ok=True)
    post = Post(url, secret, say)
    sources: list[Callable[[], bool]] = []
    if queue_log is not None:
        _look_for(queue_log, once)
        lines = Follower(queue_log, state_dir / "queue_log.position")
        sources.append(lambda: forward(lines, post, about_calls))
    if ami:
        login = _login(ami, ami_user, ami_secret)
        spool = Spool(state_dir / "manager.spool", BESIDE_QUEUE_LOG if queue_log else ALONE)
        threading.Thread(target=spool.fill, args=(login, say), daemon=True).start()
        blocks = Follower(spool.path, state_dir / "manager.position", b"\n\n")
        sources.append(lambda: forward(blocks, post) or spool.empty(blocks))
    while True:
        sent = [source() for source in sources]
        if once and not any(sent):
            return
        if not any(sent):
            time.sleep(POLL_SECONDS)


def forward(follower: Follower, post: Post, of: Callable[[bytes], bytes] = bytes) -> bool:
    """Delivers what there is `of` the next pieces, and remembers it only then; whether there was any."""
    chunk = follower.read()
    if chunk is None:
        return False
    if text := of(chunk.text):
        post.send(text)
    follower.commit(chunk.position)
    return True


def about_calls(text: bytes) -> bytes:
    """Without the lines of `queue_log` about no call: agents who log in and pause."""
    lines = (line for line in text.split(b"\n") if line.count(b"|") >= 4)
    return b"\n".join(line for line in lines if line.split(b"|")[1] not in (b"NONE", b"REALTIME"))


def _look_for(file: Path, once: bool) -> None:
    if not file.exists():
        if once:
            raise ForwardError(f"there is no file {file}")
        say(f"there is no file {file} yet; waiting for it")


def _login(address: str, username: str, secret: str) -> Login:
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise ForwardError(f"--ami {address!r}: give host:port, e.g. 127.0.0.1:5038")
    return Login(host.strip("[]"), int(port), username, secret)
