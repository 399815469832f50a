"""A worker's own small HTTP server, in a thread: alive, ready, metrics."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

IsReady = Callable[[], bool]


def serve_health(host: str, port: int, is_ready: IsReady) -> ThreadingHTTPServer:
    """Serves `/healthz`, `/readyz` and `/metrics` until the process ends."""
    server = ThreadingHTTPServer((host, port), _handler(is_ready))
    Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server


def _handler(is_ready: IsReady) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body = answer(self.path, is_ready)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Probes come every few seconds: nothing to log."""

    return Handler


def answer(path: str, is_ready: IsReady) -> tuple[int, str, bytes]:
    """Status, content type and body of a request."""
    if path == "/metrics":
        return 200, CONTENT_TYPE_LATEST, generate_latest()
    if path == "/healthz":
        return 200, "application/json", b'{"status": "alive"}'
    if path == "/readyz":
        ready = is_ready()
        words = "ready" if ready else "restoring state or waiting for partitions"
        return (200 if ready else 503), "application/json", json.dumps({"status": words}).encode()
    return 404, "application/json", b'{"detail": "try /healthz, /readyz or /metrics"}'
