"""Sends a file's events through the HTTP door, in order, and waits until all of it is folded.

One request is under way at a time: the order of the file is the order of the log, which is what
lets a replay judge as it goes without taking anything back.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx2
import orjson

from services.keys import authorization

BATCH_EVENTS = 500
#: A request may have 1 MiB.
BATCH_BYTES = 900_000
RETRY_SECONDS_MAX = 5.0
GIVE_UP_SECONDS = 300.0
POLL_SECONDS = 0.5

Raw = dict[str, Any]


class ReplayError(Exception):
    """The replay cannot go on; the text says why and what to do."""


class Sent(NamedTuple):
    """What the door answered so far."""

    accepted: int = 0
    duplicate: int = 0
    quarantined: int = 0

    def plus(self, answer: dict[str, Any]) -> "Sent":
        return Sent(
            self.accepted + answer["accepted"],
            self.duplicate + answer["duplicate"],
            self.quarantined + len(answer["quarantined"]),
        )

    @property
    def total(self) -> int:
        return sum(self)


class Door:
    """The HTTP door of a running Journeyline."""

    def __init__(self, url: str, api_key: str, on_wait: Callable[[str], None]) -> None:
        self._client = httpx2.Client(base_url=url, headers=authorization(api_key), timeout=60)
        self._url = url
        self._on_wait = on_wait

    def __enter__(self) -> "Door":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def send(self, events: list[Raw]) -> dict[str, Any]:
        return self.send_written([orjson.dumps(event) for event in events])

    def send_written(self, events: list[bytes]) -> dict[str, Any]:
        """`events`: each as JSON."""
        body, headers = b"[" + b",".join(events) + b"]", {"Content-Type": "application/json"}
        answer = self._insist(lambda: self._client.post("/v1/events", content=body, headers=headers))
        return dict(answer.json())

    def end(self, run: str) -> None:
        self._insist(lambda: self._client.post(f"/v1/replays/{quote(run, safe='')}/end"))

    def progress(self, run: str) -> dict[str, Any]:
        return dict(self._insist(lambda: self._client.get(f"/v1/replays/{quote(run, safe='')}")).json())

    def _insist(self, call: Callable[[], httpx2.Response]) -> httpx2.Response:
        """Tries again while the door is closed or asks to wait; what is sent twice changes nothing."""
        deadline, pause, why = time.monotonic() + GIVE_UP_SECONDS, 0.2, ""
        while time.monotonic() < deadline:
            try:
                answer = call()
                if answer.status_code < 300:
                    return answer
                if answer.status_code not in (404, 429, 502, 503, 504):
                    raise ReplayError(f"{self._url} refused: {answer.status_code} {answer.text[:500]}")
                why = f"{answer.status_code} {answer.text[:200]}"
            except (httpx2.LocalProtocolError, httpx2.UnsupportedProtocol) as error:
                raise ReplayError(f"{self._url} cannot be asked at all: {error}") from None
            except httpx2.TransportError as error:
                why = repr(error)
            if pause < RETRY_SECONDS_MAX:
                self._on_wait(f"{self._url} does not take it yet ({why}); trying again")
            time.sleep(pause)
            pause = min(2 * pause, RETRY_SECONDS_MAX)
        raise ReplayError(f"{self._url} does not answer ({why}); is `journeyline up` running?")


def send_all(
    door: Door, events: Iterable[Raw], run: str, rate: float | None, on_sent: Callable[[Sent], None]
) -> Sent:
    """Sends events under a run's name, `rate` a second at most."""
    sent, started = Sent(), time.monotonic()
    # A slow replay in large requests would come in bursts.
    size = BATCH_EVENTS if rate is None else max(1, min(BATCH_EVENTS, int(rate / 10)))
    for batch in _batches((orjson.dumps({**event, "replay": run}) for event in events), size):
        sent = sent.plus(door.send_written(batch))
        on_sent(sent)
        if rate is not None:
            time.sleep(max(0.0, started + sent.total / rate - time.monotonic()))
    return sent


def wait_until_projected(
    door: Door, run: str, on_progress: Callable[[dict[str, Any]], None], timeout_s: float = 600
) -> dict[str, Any]:
    """Ends the run, and returns once all of it is folded, judged and readable.

    `timeout_s`: so long nothing moves before it gives up.
    """
    door.end(run)
    progress: dict[str, Any] = {}
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        before, progress = progress, door.progress(run)
        if progress != before:
            deadline = time.monotonic() + timeout_s
        on_progress(progress)
        if progress["state"] == "projected":
            return progress
        time.sleep(POLL_SECONDS)
    raise ReplayError(
        f"for {timeout_s:g} s the run {run} is {progress['state']}, and nothing moves: {progress}; "
        "are the journey builder and live running? `journeyline doctor` tells"
    )


def shuffled(events: Iterable[Raw], window_s: float, seed: int) -> Iterator[Raw]:
    """The events, shuffled within windows of event time."""
    dice, window, start = random.Random(seed), list[Raw](), None
    for event in events:
        try:
            at = datetime.fromisoformat(event["time"]).timestamp()
        except (KeyError, TypeError, ValueError, OverflowError):
            named = f"event {event.get('id')!r} of {event.get('source')!r}"
            raise ReplayError(f"{named} has no `time` to shuffle by: {event.get('time')!r}") from None
        start = at if start is None else start
        if at - start >= window_s:
            dice.shuffle(window)
            yield from window
            window, start = [], at
        window.append(event)
    dice.shuffle(window)
    yield from window


def _batches(events: Iterable[bytes], size: int) -> Iterator[list[bytes]]:
    """Of `size` events at most, and of `BATCH_BYTES` unless a single one is larger."""
    batch: list[bytes] = []
    left = BATCH_BYTES
    for event in events:
        left -= len(event) + 1
        if batch and (left < 0 or len(batch) == size):
            yield batch
            batch, left = [], BATCH_BYTES - len(event) - 1
        batch.append(event)
    if batch:
        yield batch
