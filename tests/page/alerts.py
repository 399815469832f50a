"""A small alerts service as the contract has it: incidents, and acknowledge."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson


class Alerts(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.daemon_threads = True
        self.incidents: dict[str, dict[str, Any]] = {"i1": incident("i1")}
        self.acknowledged: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


def incident(incident_id: str) -> dict[str, Any]:
    return {
        "incident_id": incident_id,
        "tenant": "default",
        "kind": "long_wait",
        "touchpoint": "queue:billing",
        "state": "open",
        "severity": "high",
        "title": "Long wait at queue billing, 3 times",
        "explanation": "The customer waited 4 min in queue billing; the limit is 2 min.",
        "frictions": 3,
        "opened_at": "2026-11-21T09:50:00.000Z",
        "acknowledged_by": None,
    }


class _Handler(BaseHTTPRequestHandler):
    server: Alerts

    def do_OPTIONS(self) -> None:
        self._answer({})

    def do_GET(self) -> None:
        [state] = parse_qs(urlsplit(self.path).query)["state"]
        items = [one for one in self.server.incidents.values() if one["state"] == state]
        self._answer({"items": items, "next_cursor": None, "total": len(items), "total_is": "exact"})

    def do_POST(self) -> None:
        said = orjson.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.acknowledged.append(said)
        one = self.server.incidents[self.path.split("/")[3]]
        one |= {"state": "acknowledged", "acknowledged_by": said["by"]}
        self._answer(one)

    def _answer(self, document: Any) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Access-Control-Allow-Origin", self.headers.get("Origin", ""))
        self.send_header("Access-Control-Allow-Headers", "Authorization, Content-Type")
        self.end_headers()
        self.wfile.write(orjson.dumps(document))

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def alerts_service() -> Iterator[Alerts]:
    server = Alerts()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
