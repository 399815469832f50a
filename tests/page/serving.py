"""Applications on ports of their own, while a browser looks at them."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import uvicorn
from starlette.types import ASGIApp


class Served:
    """A free port, held before anybody answers there: its address goes into the settings of others."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"


@contextmanager
def serving(served: Served, app: ASGIApp) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [served.listener]})
    thread.start()
    with closing(served.listener):
        try:
            yield
        finally:
            server.should_exit = True
            thread.join()
