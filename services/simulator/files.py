"""Events and truth as files: JSON lines."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson

from schemas.times import rfc3339
from services.simulator.core.tales import Event
from services.simulator.core.truth import truth
from services.simulator.core.world import World

#: The stories name none.
TENANT = "default"


def write_events(path: Path, events: Iterable[Event]) -> int:
    """One CloudEvent a line, as `journeyline replay` reads them; how many there were."""
    written = 0
    with path.open("wb") as lines:
        for event in events:
            lines.write(orjson.dumps(event) + b"\n")
            written += 1
    return written


def write_truth(path: Path, world: World, now_ms: int | None = None) -> int:
    """One label a line; `now_ms`: how late it is where the stories are not told to their end."""
    written = 0
    with path.open("wb") as lines:
        for label in labels(world, now_ms):
            lines.write(orjson.dumps(label) + b"\n")
            written += 1
    return written


def labels(world: World, now_ms: int | None = None) -> Iterator[dict[str, object]]:
    for label in truth(world.tales, world.links, now_ms):
        yield {
            "kind": label.kind,
            "tenant": TENANT,
            "touchpoint": label.touchpoint,
            "source": label.source,
            "subject": label.subject,
            "at": rfc3339(label.at_ms * 1000),
            "evidence": label.evidence,
        }
