"""Starts a Kafka broker for people without one: on loopback, as our child, with its data in one folder.

Two launchers with one interface: `EmbeddedBroker` (a small native binary, up in a tenth of a second;
holds all data in memory and saves it about once a second) and `ApacheBroker` (the real thing; needs
Java and, on its first start, Maven). Unix only. On Linux the child is told to stop when we die, even
by kill -9; elsewhere a killed parent leaves it running, and the next start says so.
"""

import base64
import hashlib
import os
import shutil
import string
import struct
import subprocess
import threading
import time
import uuid
from abc import ABC, abstractmethod
from importlib.resources import files
from pathlib import Path
from typing import ClassVar, Self

from services import broker_host as host
from services.broker_host import HOST, POLL_SECONDS, BrokerError

__all__ = ["ApacheBroker", "Broker", "BrokerError", "EmbeddedBroker"]

DEPLOY_DIR = Path(__file__).resolve().parents[1] / "deploy" / "kafka"
NODE_ID = "1"
METADATA, ALTER_CONFIGS = 3, 33
BROKER_RESOURCE = 4
# A broker whose parent was killed needs a moment to save and to let go of its folder.
PREDECESSOR_SECONDS = 15.0
DOWNLOAD_SECONDS = 600.0
FORMAT_SECONDS = 60.0


class Broker(ABC):
    """One broker process.

    Start it from the main thread: Linux stops the child when the *thread* that started it ends.
    """

    # How old an acknowledged record must be to survive a kill -9 of the broker.
    durable_after_seconds: ClassVar[float]

    def __init__(self, data_dir: Path, port: int = 9092) -> None:
        self.data_dir = data_dir.absolute()
        self.port = port
        self.log_path = self.data_dir / "broker.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        return f"{HOST}:{self.port}"

    def start(self) -> subprocess.Popen[bytes]:
        """Starts the process and returns at once; `wait_ready` says when clients may come."""
        if threading.current_thread() is not threading.main_thread():
            raise BrokerError("Start the broker from the main thread: it stops when its starter ends.")
        lock = self._lock_data_dir()
        try:
            for port in self._ports():
                host.require_free(port)
            command = self._command()
            self._keep_previous_log()
            self._process = host.spawn(command, self.log_path, lock)
            os.ftruncate(lock, 0)
            os.pwrite(lock, str(self._process.pid).encode(), 0)
        finally:
            os.close(lock)
        return self._process

    @property
    def has_ended(self) -> bool:
        """Whether the process that was started is gone."""
        return self._process is not None and self._process.poll() is not None

    def wait_ready(self, timeout_s: float = 60.0) -> None:
        """Returns when the broker serves clients; raises when it ended or stays silent."""
        deadline = time.monotonic() + timeout_s
        while not self._serves():
            self._check_alive()
            if time.monotonic() > deadline:
                raise BrokerError(f"The broker did not answer within {timeout_s:.0f} s. {self._last_words()}")
            time.sleep(POLL_SECONDS)
        self._check_alive()  # another program on our port may have been the one that answered
        for api, version, body in self._first_requests():
            host.request(self.port, api, version, body)

    def stop(self, timeout_s: float = 60.0) -> None:
        """Stops the broker and waits, so that its data is saved; kills it after `timeout_s`."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> Self:
        self.start()
        try:
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @abstractmethod
    def _command(self) -> list[str]:
        """Prepares what the program needs on disk and returns its command line."""

    def _ports(self) -> tuple[int, ...]:
        return (self.port,)

    def _first_requests(self) -> tuple[tuple[int, int, bytes], ...]:
        """What can be set on a running broker only, as (api, version, body)."""
        return ()

    def _lock_data_dir(self) -> int:
        """The child inherits the lock: it is held exactly as long as the broker lives."""
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.data_dir / "broker.lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            advice = "give a data directory that you may write to"
            raise BrokerError(f"Cannot write to {self.data_dir} ({error.strerror}): {advice}.") from error
        if not host.within(PREDECESSOR_SECONDS, lambda: host.try_lock(lock)):
            owner = os.pread(lock, 20, 0).decode() or "unknown"
            os.close(lock)
            advice = "stop it or give another data directory"
            raise BrokerError(f"{self.data_dir} is in use by the broker with process id {owner}: {advice}.")
        return lock

    def _keep_previous_log(self) -> None:
        """A crash is often looked into after the restart."""
        if self.log_path.exists():
            self.log_path.replace(self.log_path.with_suffix(".log.1"))

    def _serves(self) -> bool:
        try:
            # About no topic; the answer lists the brokers that take requests by now.
            answer = host.request(self.port, METADATA, 1, struct.pack(">i", 0))
        except OSError:
            return False
        return len(answer) >= 8 and bool(struct.unpack_from(">i", answer, 4)[0] > 0)

    def _check_alive(self) -> None:
        if self._process is None:
            raise BrokerError("The broker was not started: call start() first.")
        if (code := self._process.poll()) is not None:
            advice = f"If its data are damaged, move {self.data_dir} away, or give another data directory."
            raise BrokerError(f"The broker ended with code {code}. {self._last_words()}\n{advice}")

    def _last_words(self) -> str:
        lines = host.last_lines(self.log_path.read_text(errors="replace"))
        return "\n".join([f"Read {self.log_path}, which ends with:", *lines])


class EmbeddedBroker(Broker):
    """The native broker of the `noida-db` wheel: for a demo and for development, not for data you need."""

    # It saves once a second and rewrites everything each time, so this grows with the data.
    durable_after_seconds = 3.0

    def _command(self) -> list[str]:
        # The binary itself: the wheel's Python wrapper would leave it running when it is stopped.
        binary = _embedded_binary()
        place = ["--data-dir", str(self.data_dir), "--host", HOST, "--kafka-port", str(self.port)]
        return [str(binary), "start", "--only", "kafka", *place]

    def _first_requests(self) -> tuple[tuple[int, int, bytes], ...]:
        """It takes no settings at its start, and until told not to it creates any topic someone misspells."""
        setting = host.text("auto.create.topics.enable") + host.text("false")
        resource = struct.pack(">b", BROKER_RESOURCE) + host.text(NODE_ID) + host.array_of_one(setting)
        return ((ALTER_CONFIGS, 0, host.array_of_one(resource) + b"\0"),)


def _embedded_binary() -> Path:
    try:
        binary = Path(str(files("noida_db"))) / "noida-db"
    except ModuleNotFoundError:
        binary = Path("noida-db")
    if not binary.is_file():
        raise BrokerError("The embedded broker is missing: run 'pip install noida-db==0.2.3'.")
    if not os.access(binary, os.X_OK):  # some installers drop the bit
        binary.chmod(0o755)
    return binary


class ApacheBroker(Broker):
    """Apache Kafka in one process (KRaft). Its controller listens on the port after the broker's."""

    durable_after_seconds = 0.0

    def __init__(self, data_dir: Path, port: int = 9092, jars_dir: Path | None = None) -> None:
        super().__init__(data_dir, port)
        self.jars_dir = (jars_dir or self.data_dir / "jars").absolute()
        self.log_dir = self.data_dir / "log"

    def _ports(self) -> tuple[int, ...]:
        return (self.port, self.port + 1)

    def _command(self) -> list[str]:
        java = [host.require_program("java", "a Java runtime, 17 or newer"), "-Xmx1g"]
        java += ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", f"{self._jars()}/*"]
        properties = self._properties()
        if not (self.log_dir / "meta.properties").exists():
            storage = ["kafka.tools.StorageTool", "format", "-t", _cluster_id(), "-c", properties]
            advice = f"Kafka could not prepare {self.log_dir}: give another data directory."
            host.run([*java, *storage], advice, FORMAT_SECONDS)
        return [*java, "-XX:+ExitOnOutOfMemoryError", "kafka.Kafka", properties]

    def _properties(self) -> str:
        """Written at each start, since the port may have changed."""
        template = string.Template((DEPLOY_DIR / "server.properties").read_text())
        path = self.data_dir / "server.properties"
        places = {"port": self.port, "controller_port": self.port + 1, "log_dir": self.log_dir}
        path.write_text(template.substitute(places))
        return str(path)

    def _jars(self) -> Path:
        """One folder for each pom.xml, renamed into place: a broken download is never used."""
        pom = DEPLOY_DIR / "pom.xml"
        jars = self.jars_dir / hashlib.sha256(pom.read_bytes()).hexdigest()[:16]
        if jars.is_dir():
            return jars
        part = jars.with_name(f"{jars.name}.{os.getpid()}.part")
        maven = [host.require_program("mvn", "Maven, 3.8 or newer"), "-q", "-B", "-f", str(pom)]
        advice = "Maven could not fetch Apache Kafka: check the network and Maven's settings, then try again."
        try:
            copy = ["dependency:copy-dependencies", f"-DoutputDirectory={part}"]
            host.run([*maven, *copy], advice, DOWNLOAD_SECONDS)
            part.rename(jars)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return jars


def _cluster_id() -> str:
    # Kafka's own form of an id, which must not look like an option to its tool.
    return "j" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]
