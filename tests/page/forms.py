"""A site with forms, and a door that keeps what the form tracker sends: one small server for both."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any

import orjson

TRACKER = files("services.ingest").joinpath("pages", "form-tracker.js").read_bytes()
KEY = "jlp_test"

FORM = """
<form id="address" action="/sent" method="post">
  <input name="name"><input name="street" data-journeyline-field="road"><input name="postcode" required>
  <select name="country"><option>A<option>B</select><input type="password" name="pin">
  <button>Send</button>
</form>"""


class Shop(ThreadingHTTPServer):
    """`body` and `options` make the page; `answers` are what the door and `/api` say next."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.daemon_threads = True
        self.body, self.options, self.has_tracker = FORM, "", True
        self.posts: list[list[dict[str, Any]]] = []
        self.refusals: list[int] = []
        self.api_status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def events(self) -> list[dict[str, Any]]:
        """In the order in which they happened; of what was sent again, as the builder has it, one."""
        each = {event["id"]: event for post in self.posts for event in post}
        return sorted(each.values(), key=lambda event: int(event["sequence"]))

    def told(self) -> list[str]:
        """Type and field of what the forms said."""
        named = ((event["type"].partition(".")[2], event["data"]) for event in self.events)
        return [" ".join([kind, *filter(None, [data.get("field")])]) for kind, data in named]


class _Handler(BaseHTTPRequestHandler):
    server: Shop

    def do_GET(self) -> None:
        if self.path == "/v1/form-tracker.js":
            self._answer(200, TRACKER, "text/javascript")
        else:
            script = f'<script src="/v1/form-tracker.js" data-key="{KEY}" {self.server.options}></script>'
            page = f"<!doctype html><title>Shop</title>{script * self.server.has_tracker}{self.server.body}"
            self._answer(200, page.encode(), "text/html")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path != f"/v1/events?key={KEY}":
            self._answer(self.server.api_status if self.path == "/api" else 200, b"{}", "application/json")
        elif self.server.refusals:
            self._answer(self.server.refusals.pop(0), b"{}", "application/json")
        else:
            self.server.posts.append(orjson.loads(body))
            self._answer(202, b'{"quarantined":[]}', "application/json")

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@contextmanager
def shop() -> Iterator[Shop]:
    with Shop() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
