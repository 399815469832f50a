"""Ports that must be free before anything is started."""

import socket


class PortTaken(Exception):
    """Somebody listens there; the text says whose port it is and what to do."""


def require_free(port: int, name: str, remedy: str) -> None:
    if not _is_free(port):
        raise PortTaken(f"port {port} for {name} is taken; stop what listens there, or {remedy}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
