"""What has happened, to try rules on: the events of a file, or of one journey."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx2

from schemas.codec import InvalidEvent, parse_event
from schemas.events import Event
from services.keys import authorization
from services.settings import Settings

Raw = dict[str, Any]


class PastError(Exception):
    """What has happened cannot be read; the text says why and what to do."""


class Past(NamedTuple):
    """`refused`: why some are no events, a sentence each; `remark`: what to know of the rest."""

    events: list[Event]
    refused: list[str]
    remark: str | None = None


def events_of_file(read: Callable[[Path], Iterator[Raw]], file: Path) -> Past:
    if not file.is_file():
        raise PastError(f"there is no file {file}")
    return _parsed(read(file))


def events_of_journey(settings: Settings, live_url: str | None, journey_id: str) -> Past:
    """Its steps, as the read side shows them, all of one customer."""
    url = (live_url or f"http://{settings.address}:{settings.live_port}").rstrip("/")
    headers = authorization(settings.api_key.get_secret_value())
    try:
        answer = httpx2.get(f"{url}/v1/journeys/{journey_id}", headers=headers, timeout=30)
    except httpx2.HTTPError as error:
        raise PastError(f"the read side does not answer at {url} ({error}); say --live-url") from None
    if answer.status_code != 200:
        raise PastError(f"{url} answers {answer.status_code} for journey {journey_id}")
    journey = answer.json()
    past = _parsed(_event(step, journey) for step in journey["steps"])
    remark = "only this journey is looked at: what other journeys of the customer would raise is not here"
    return past._replace(remark=remark)


def _event(step: Raw, journey: Raw) -> Raw:
    """The event of a step. Who the customer is was decided: every contact of the journey is his."""
    contact = step["contact"]
    is_own = step["source"] == contact["source"]
    about = {} if is_own else {"about": contact}
    return {
        "specversion": "1.0",
        "id": step["event_id"],
        "source": step["source"],
        "type": step["type"],
        "time": step["time"],
        "subject": contact["subject"],
        "tenant": journey["tenant"],
        "data": step["data"] | about | {"identifiers": {"customer_id": journey["customer_key"]}},
    }


def _parsed(raws: Iterable[Raw]) -> Past:
    past = Past([], [])
    for number, raw in enumerate(raws, 1):
        try:
            past.events.append(parse_event(raw))
        except InvalidEvent as error:
            past.refused.append(f"event {number}: {error.reason}: {error.detail}")
    return past
