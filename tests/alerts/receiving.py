"""A mail server and a web-hook on loopback that can be down for a while, and keep what they got."""

from collections.abc import Callable
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import orjson
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class MailServer:
    """Real SMTP. `after_data` is called before it says that it has the mail."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.mails: list[Message] = []
        self.after_data: Callable[[], None] = lambda: None
        self.recipient_answer = "250 OK"
        #: Recipients who get another answer.
        self.refused: dict[str, str] = {}
        self.knows_users = False
        self._controller: Any = None

    def start(self) -> None:
        nobody = AuthResult(success=False, handled=False)
        auth: dict[str, Any] = {}
        if self.knows_users:
            auth = {"authenticator": lambda *_: nobody, "auth_require_tls": False}
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **auth)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, to: str, _options: Any) -> str:
        answer = self.refused.get(to, self.recipient_answer)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(to)
        return answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content))
        self.after_data()
        return "250 OK"

    @property
    def ids(self) -> list[str]:
        return [str(mail["Message-ID"]) for mail in self.mails]


class Hook:
    """Answers `status` to each POST, and keeps those that it took."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.status = 200
        self.got: list[tuple[str, Any]] = []
        self.refused = 0
        self._server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if hook.status < 300:
                    hook.got.append((self.headers["Idempotency-Key"], body))
                else:
                    hook.refused += 1
                self.send_response(hook.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self.got]
