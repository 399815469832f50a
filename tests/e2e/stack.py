"""Everything as its user starts it: `journeyline up` as a process, with ports and a folder of its own."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Self

import httpx2

from services.broker_host import stop_with_parent
from tests.e2e.processes import children_of

START_SECONDS = 120.0
STOP_SECONDS = 30.0
REVIVAL_SECONDS = 30.0
POLL_SECONDS = 0.1
# Below the ports that the system gives to outgoing connections: a restart finds its ports free.
PORTS = range(12000, 32000)
PAGE = 200
TAIL_LINES = 25

Json = dict[str, Any]


class Stack:
    """`up` with a broker, ingest, live, alerts and the workers; its data and ports outlive `stop`."""

    def __init__(
        self,
        data_dir: Path,
        broker: str = "embedded",
        database_url: str = "",
        workers: int = 1,
        *,
        jars_dir: Path | None = None,
    ) -> None:
        self.data_dir, self.broker, self.workers = data_dir.absolute(), broker, workers
        self._database_url, self._jars_dir = database_url, jars_dir
        # Apache Kafka takes the port after its own, too.
        self.broker_port = first = _free_ports(5 + workers)
        self.ingest_port, self.live_port, self.alerts_port, self.build_port = range(first + 2, first + 6)
        #: Further settings by their variables, given before it starts.
        self.settings: dict[str, str] = {}
        #: Of whoever runs the stack, while it runs.
        self.http: httpx2.Client
        self._up: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.broker_port}"

    @property
    def ingest_url(self) -> str:
        return f"http://127.0.0.1:{self.ingest_port}"

    @property
    def live_url(self) -> str:
        return f"http://127.0.0.1:{self.live_port}"

    @property
    def alerts_url(self) -> str:
        return f"http://127.0.0.1:{self.alerts_port}"

    @property
    def build_urls(self) -> list[str]:
        return [f"http://127.0.0.1:{self.build_port + number}" for number in range(self.workers)]

    @property
    def environment(self) -> dict[str, str]:
        """Ours without the names meant for tests, which would stop the product's start."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("JOURNEYLINE_")}
        own |= {"KAFKA_BOOTSTRAP_SERVERS": self.bootstrap, "JOURNEYLINE_DATABASE_URL": self._database_url}
        own |= self.settings
        return own | {
            "JOURNEYLINE_INGEST_PORT": str(self.ingest_port),
            "JOURNEYLINE_LIVE_PORT": str(self.live_port),
            "JOURNEYLINE_ALERTS_PORT": str(self.alerts_port),
            "JOURNEYLINE_BUILD_PORT": str(self.build_port),
            # As `deploy/compose.yaml` has it: two workers are each other's standbys.
            "JOURNEYLINE_STANDBYS": str(self.workers - 1),
        }

    def start(self) -> Self:
        """Returns when all services are ready."""
        assert self._up is None, "the stack runs"
        self.http = httpx2.Client(timeout=60)
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._share_jars()
        with (self.data_dir / "up.log").open("ab") as log:
            self._up = subprocess.Popen(
                self._command(), env=self.environment, stdout=log, stderr=log, preexec_fn=stop_with_parent()
            )
        try:
            self.wait(self.is_ready, START_SECONDS, "the stack is not ready")
        except BaseException:
            self._end()
            raise
        return self

    def stop(self) -> None:
        """As Ctrl-C: it must end by itself, in order and in time."""
        code = self._end()
        assert code == 0, f"`up` ended with {code}\n{self.logs()}"

    def restart(self) -> None:
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.stop()
        else:
            self._end()

    def is_ready(self) -> bool:
        assert self._up is not None
        assert self._up.poll() is None, f"`up` ended with {self._up.returncode}\n{self.logs()}"
        try:
            return all(
                self.http.get(f"{url}/readyz", timeout=5).status_code == 200
                for url in (self.ingest_url, self.live_url, self.alerts_url, *self.build_urls)
            )
        except httpx2.TransportError:
            return False

    def wait(self, condition: Callable[[], bool], timeout_s: float, complaint: str) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, f"{complaint} after {timeout_s:g} s\n{self.logs()}"
            time.sleep(POLL_SECONDS)

    def worker_pids(self) -> list[int]:
        """The workers that live, in the order of their names; one that was killed is missing for a moment."""
        assert self._up is not None
        pids = children_of(self._up.pid)
        names = {pid: name for pid in pids if (name := _worker_name(pid)) is not None}
        return sorted(names, key=lambda pid: names[pid])

    def kill_worker(self, number: int = 0) -> int:
        """Kill -9 of one worker, counted from 0, as soon as all of them live; returns what its id was."""
        self.wait(
            lambda: len(self.worker_pids()) == self.workers, REVIVAL_SECONDS, "a killed worker is still away"
        )
        pid = self.worker_pids()[number]
        os.kill(pid, signal.SIGKILL)
        return pid

    def live(self, path: str, **params: Any) -> Any:
        answer = self.http.get(self.live_url + path, params=params)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def post(self, events: Json | Sequence[Json]) -> Json:
        answer = self.http.post(f"{self.ingest_url}/v1/events", json=events)
        assert answer.status_code == 202, f"{answer.status_code} {answer.text[:500]}"
        return dict(answer.json())

    def frictions(self, **filters: Any) -> list[Json]:
        """All pages."""
        page = self.live("/v1/frictions", limit=PAGE, **filters)
        items = list(page["items"])
        while page["next_cursor"]:
            page = self.live("/v1/frictions", limit=PAGE, cursor=page["next_cursor"], **filters)
            items += page["items"]
        return items

    def summary(self, **filters: Any) -> Json:
        return dict(self.live("/v1/frictions/summary", **filters))

    def metrics(self, url: str) -> dict[str, float]:
        """By name and labels, as Prometheus reads them."""
        lines = self.http.get(f"{url}/metrics").text.splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def logs(self) -> str:
        """The last lines of every log."""
        paths = [self.data_dir / "up.log", *sorted(self.data_dir.glob("logs/*.log"))]
        paths += sorted(self.data_dir.glob("broker-*/broker.log"))
        lines = {path: path.read_text(errors="replace").splitlines() for path in paths if path.exists()}
        return "\n".join("\n".join([f"--- {path}", *text[-TAIL_LINES:]]) for path, text in lines.items())

    def _command(self) -> list[str]:
        options = {
            "data-dir": self.data_dir,
            "broker": self.broker,
            "broker-port": self.broker_port,
            "ingest-port": self.ingest_port,
            "live-port": self.live_port,
            "alerts-port": self.alerts_port,
            "build-port": self.build_port,
            "workers": self.workers,
        }
        arguments = [f"--{name}={value}" for name, value in options.items()]
        return [sys.executable, "-m", "services.cli.main", "up", *arguments]

    def _share_jars(self) -> None:
        """Apache Kafka is fetched once, not once a stack."""
        own = self.data_dir / "broker-apache" / "jars"
        if self._jars_dir is not None and not own.exists():
            own.parent.mkdir(parents=True, exist_ok=True)
            own.symlink_to(self._jars_dir, target_is_directory=True)

    def _end(self) -> int | str:
        process, self._up = self._up, None
        assert process is not None, "the stack does not run"
        self.http.close()
        process.terminate()
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return f"nothing within {STOP_SECONDS:g} s"


def _free_ports(count: int) -> int:
    """The first of so many free ports in a row."""
    while True:
        first = random.randrange(PORTS.start, PORTS.stop - count)
        with ExitStack() as held:
            try:
                for port in range(first, first + count):
                    held.enter_context(closing(socket.socket())).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first


def _worker_name(pid: int) -> str | None:
    """The name of a worker of the journey builder, None for any other process. Linux only."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        pairs = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return None
    if b"services.journey_builder" not in command:
        return None
    names = [pair.partition(b"=")[2] for pair in pairs if pair.startswith(b"JOURNEYLINE_WORKER=")]
    return names[0].decode() if names else None
