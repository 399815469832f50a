"""A client of `/v1/stream` that loses its connection and resumes where it was."""

import json
from threading import Event, Thread
from types import TracebackType
from typing import Any, NamedTuple, Self

import httpx2

READ_SECONDS = 1.0


class Told(NamedTuple):
    seq: int
    event: str
    document: dict[str, Any]


class Listener:
    """Listens from the beginning. It hangs up after `first` frictions, if any, until told to `resume`."""

    def __init__(self, live_url: str, first: int | None = None) -> None:
        self.told: list[Told] = []
        self.connections = 0
        self._url, self._first = f"{live_url}/v1/stream", first
        self._may_resume, self._is_over = Event(), Event()
        self._thread = Thread(target=self._listen, name="listener")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._may_resume.set()
        self._thread.join(10)

    @property
    def has_hung_up(self) -> bool:
        return self._first is not None and len(self._frictions) >= self._first

    def resume(self) -> None:
        self._may_resume.set()

    def last_states(self) -> dict[str, str]:
        return {told.document["friction_id"]: told.document["state"] for told in self._frictions}

    @property
    def _frictions(self) -> list[Told]:
        return [told for told in self.told if told.event == "friction"]

    def _listen(self) -> None:
        with httpx2.Client(timeout=httpx2.Timeout(10, read=READ_SECONDS)) as client:
            while not self._is_over.is_set():
                if self.has_hung_up:
                    self._may_resume.wait()
                try:
                    self._connect(client)
                except httpx2.ReadTimeout:
                    continue  # a pause is a break, too

    def _connect(self, client: httpx2.Client) -> None:
        last = str(self.told[-1].seq if self.told else 0)
        self.connections += 1
        with client.stream("GET", self._url, headers={"Last-Event-ID": last}) as answer:
            fields: dict[str, str] = {}
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if line:
                    fields[name] = value
                elif "event" in fields:
                    self._take(fields)
                    fields = {}
                if self._is_over.is_set() or (self.has_hung_up and not self._may_resume.is_set()):
                    return

    def _take(self, fields: dict[str, str]) -> None:
        self.told.append(Told(int(fields["id"]), fields["event"], json.loads(fields["data"])))
