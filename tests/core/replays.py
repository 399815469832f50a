"""Replay runs in memory, for tests."""

from typing import Any

from tests.core.pipeline import Pipeline

MINUTE_MS = 60_000


def of_run(events: list[dict[str, Any]], run: str = "r1") -> list[dict[str, Any]]:
    return [one | {"replay": run} for one in events]


def kinds(pipeline: Pipeline) -> list[str]:
    return sorted(one.kind for one in pipeline.raised())


def beaten(pipeline: Pipeline, from_ms: int, to_ms: int, step_ms: int = 1000) -> None:
    for clock_ms in range(from_ms, to_ms, step_ms):
        pipeline.beat(clock_ms)
