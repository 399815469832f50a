"""Two receivers of notifications as processes of their own: a real SMTP server, and a web-hook."""

import json
import mailbox
import subprocess
import sys
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from services.broker_host import stop_with_parent
from tests.conftest import free_port

HOST = "127.0.0.1"


class Receivers:
    """What they got lies in `folder`, and outlives them."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._mail_port, self._hook_port = folder, free_port(), free_port()
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def setting(self) -> str:
        """The value of JOURNEYLINE_RECEIVERS that names both."""
        mail = f"mailto://{HOST}:{self._mail_port}/?from=journeyline@example.com&to=ops@example.com"
        return f"{mail} json://{HOST}:{self._hook_port}/hook"

    def start(self) -> None:
        """Both, unless they run."""
        if self._processes:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        handler = ["-c", "aiosmtpd.handlers.Mailbox", str(self._folder / "mails")]
        self._run("aiosmtpd", "-n", "-l", f"{HOST}:{self._mail_port}", *handler)
        self._run("tests.e2e.receivers", str(self._hook_port), str(self._folder / "posts.jsonl"))

    def stop(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        self._processes.clear()

    @property
    def mails(self) -> list[Message]:
        """Every mail that the server took."""
        folder = self._folder / "mails"
        return list(mailbox.Maildir(folder)) if folder.exists() else []

    @property
    def posts(self) -> list[dict[str, Any]]:
        """`key` and `body` of every POST."""
        path = self._folder / "posts.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def _run(self, module: str, *arguments: str) -> None:
        command, guard = [sys.executable, "-m", module, *arguments], stop_with_parent()
        with (self._folder / f"{module}.log").open("ab") as log:
            self._processes.append(subprocess.Popen(command, stdout=log, stderr=log, preexec_fn=guard))


class _Hook(BaseHTTPRequestHandler):
    """Takes each POST, and has written it down before it says so."""

    path_of_posts: Path

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.path_of_posts.open("a") as posts:
            posts.write(json.dumps({"key": self.headers["Idempotency-Key"], "body": body}) + "\n")
        self.send_response(204)
        self.end_headers()


if __name__ == "__main__":
    _Hook.path_of_posts = Path(sys.argv[2])
    ThreadingHTTPServer((HOST, int(sys.argv[1])), _Hook).serve_forever()
