"""The runtimes under measure: how each is started, where its states lie in the log, how to read them."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec
import orjson

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "bench"
PEERS = Path(__file__).parent / "peers"
PARTITIONS = 8
#: (events, transfers, chain) of a customer.
State = tuple[int, int, int]


class Run(NamedTuple):
    """One run of a runtime: a name free on the broker, the log it reads, where its workers may write."""

    name: str
    brokers: str
    topic: str
    folder: Path
    #: Of our worker: minutes of silence until a customer's timer fires, and the port of its health.
    idle_minutes: int = 0
    port: int = 0

    @property
    def alerts(self) -> str:
        return f"{self.name}-alerts"


class Runtime(NamedTuple):
    """`command`: of the n-th worker. `changelog`: the topic that it keeps states in, and whether it is made
    for it. `decode`: one of its values, None for what is no state. `share`: of the log it gets."""

    title: str
    command: Callable[[Run, int], list[str]]
    changelog: Callable[[Run], str]
    decode: Callable[[bytes, bytes], State | None]
    makes_topics: bool = True
    share: float = 1.0


def _ours(run: Run, worker: int) -> list[str]:
    place = run.folder / f"w{worker}"
    arguments = [
        run.brokers,
        run.name,
        run.topic,
        PARTITIONS,
        place,
        f"w{worker}",
        run.port,
        run.idle_minutes,
    ]
    return [sys.executable, "-m", "tests.bench.transfers", *map(str, arguments)]


def _decode_ours(key: bytes, value: bytes) -> State | None:
    return None if key.startswith(b"\x00") else tuple(msgspec.msgpack.decode(value[28:]))


def _peer(name: str, *arguments: object) -> list[str]:
    return [str(BUILD / "venv" / "bin" / "python"), str(PEERS / name), *map(str, arguments)]


def _faust(run: Run, worker: int) -> list[str]:
    place = run.folder / f"w{worker}"
    arguments = [run.brokers, run.name, run.topic, run.alerts, PARTITIONS, place]
    return [sys.executable, str(PEERS / "faust_tutorial.py"), *map(str, arguments)]


def _kafka_streams(run: Run, worker: int) -> list[str]:
    jars = BUILD / "kafka_streams"
    path = f"{jars}/bench-kafka-streams-1.jar:{jars}/lib/*"
    java = ["java", "-Xmx1g", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", path]
    place = run.folder / f"w{worker}"
    return [*java, "bench.TransferAlerts", run.brokers, run.name, run.topic, run.alerts, str(place)]


def _quix(run: Run, worker: int) -> list[str]:
    return _peer("quix.py", run.brokers, run.name, run.topic, run.alerts, run.folder / f"w{worker}")


def _bare(how: str) -> Callable[[Run, int], list[str]]:
    return lambda run, worker: _peer("bare.py", run.brokers, run.name, run.topic, how)


def _decode_object(key: bytes, value: bytes) -> State | None:
    state = orjson.loads(value)
    return state["events"], state["transfers"], state["chain"]


def _decode_list(key: bytes, value: bytes) -> State | None:
    return tuple(orjson.loads(value))


def _own_changelog(run: Run) -> str:
    return f"{run.name}-changelog"


RUNTIMES: dict[str, Runtime] = {
    "journeyline": Runtime("Journeyline's runtime", _ours, _own_changelog, _decode_ours, makes_topics=False),
    "faust": Runtime(
        "Faust, as its tutorial shows it", _faust,
        lambda run: f"{run.name}-customers-changelog", _decode_object, share=0.06,
    ),
    "kafka_streams": Runtime(
        "Kafka Streams (Java)", _kafka_streams, lambda run: f"{run.name}-customers-changelog", _decode_object
    ),
    "quix_streams": Runtime(
        "Quix Streams", _quix, lambda run: f"changelog__{run.name}--{run.topic}--default", _decode_list
    ),
    "bare": Runtime(
        "bare confluent-kafka loop", _bare("plain"), _own_changelog, _decode_list, makes_topics=False
    ),
    "bare_coalescing": Runtime(
        "the same, tuned by hand for speed alone", _bare("coalescing"), _own_changelog, _decode_list,
        makes_topics=False,
    ),
}  # fmt: skip


def environment() -> dict[str, str]:
    """Of workers, also of those whose Python has no packages of ours."""
    return os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
