"""How much one process takes in at once: whole requests under way, and bytes of bodies not yet whole."""

from services.ingest.core.problems import Code, Refusal

REQUESTS_MAX = 1000
BODIES_BYTES_MAX = 64 * 1024 * 1024


class Room:
    """Counts; refuses what is too much with 503 and `Retry-After`."""

    def __init__(self, requests_max: int = REQUESTS_MAX, bytes_max: int = BODIES_BYTES_MAX) -> None:
        self._requests_max, self._bytes_max = requests_max, bytes_max
        self._requests = self._bytes = 0

    def __enter__(self) -> None:
        """For one request."""
        if self._requests >= self._requests_max:
            raise Refusal(Code.BUSY, f"{self._requests} requests are under way")
        self._requests += 1

    def __exit__(self, *_: object) -> None:
        self._requests -= 1

    def take(self, size: int) -> None:
        """For so many more bytes of a body that is still coming."""
        if self._bytes + size > self._bytes_max:
            raise Refusal(Code.BUSY, f"{self._bytes} bytes of bodies are still coming in")
        self._bytes += size

    def give_back(self, size: int) -> None:
        self._bytes -= size
