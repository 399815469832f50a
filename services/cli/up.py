"""Everything on one machine: a broker, the topics, ingest, journey builder, live and alerts, supervised."""

import os
import secrets
import sys
import time
from pathlib import Path
from typing import Protocol

import httpx2
from msgspec import Struct

from services import topics
from services.broker import ApacheBroker, Broker, BrokerError, EmbeddedBroker
from services.cli.disk import START_MIB, DiskWatch, free_mib
from services.cli.ports import require_free
from services.cli.supervisor import Child, Report, Supervisor, last_words
from services.cli.workers import worker_names, workers
from services.journey_builder.rules.load import load_rules
from services.settings import PREFIX, Settings, address_of, read_settings

READY_SECONDS = 90.0


class UpError(Exception):
    """Journeyline cannot start; the text says why and what to do."""


class Plan(Struct, frozen=True, kw_only=True):
    """What to start. `broker`: embedded, apache, or none where a cluster is given."""

    data_dir: Path
    broker: str
    broker_port: int
    ingest_port: int
    live_port: int
    alerts_port: int
    build_port: int
    workers: int

    @property
    def bootstrap(self) -> str:
        given = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "")
        return given if self.broker == "none" else f"127.0.0.1:{self.broker_port}"

    @property
    def address(self) -> str:
        """Where the services answer this machine."""
        return address_of(os.environ.get(f"{PREFIX}HOST", "") or "127.0.0.1")

    @property
    def ports(self) -> dict[str, int]:
        own = {"ingest": self.ingest_port, "live": self.live_port, "alerts": self.alerts_port}
        return own | {name: self.build_port + number for number, name in enumerate(self.worker_names)}

    @property
    def worker_names(self) -> list[str]:
        return worker_names("build", self.workers)


class Companion(Protocol):
    """What runs beside the services: begun when they are ready, stopped before they are."""

    def begin(self) -> None: ...

    def stop(self) -> None: ...


def run(plan: Plan, report: Report, companion: Companion | None = None) -> None:
    """Starts everything, says when it is ready, and keeps it running until Ctrl-C or SIGTERM."""
    _prepare(plan)
    settings = _settings(plan)
    broker = _broker(plan)
    supervisor = Supervisor(report)
    supervisor.stop_on_signals()
    try:
        _start_broker(broker, report)
        created = topics.create(settings)
        if created:
            report(f"created {len(created)} topics with {settings.partitions} partitions")
        if faults := topics.faults(settings):
            raise UpError("; ".join(faults))
        for child in _children(plan):
            supervisor.add(child)
        if supervisor.wait(lambda: _are_ready(plan) or _is_hopeless(supervisor, companion), READY_SECONDS):
            _require_health(plan, supervisor)
            report(_welcome(plan))
            if companion is not None:
                companion.begin()
        elif not supervisor.is_stopping:
            report(f"not ready after {READY_SECONDS:g} s; see {plan.data_dir / 'logs'}; still trying")
        disk = DiskWatch(plan.data_dir, report)
        supervisor.run(disk.look, lambda: _revive(broker, report))
    finally:
        report("stopping")
        if companion is not None:
            companion.stop()
        supervisor.stop()
        if broker is not None:
            broker.stop()


def _prepare(plan: Plan) -> None:
    """The common obstacles, said before anything is started."""
    try:
        plan.data_dir.mkdir(parents=True, exist_ok=True)
        probe = plan.data_dir / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UpError(
            f"cannot write to {plan.data_dir} ({error.strerror}); give another --data-dir"
        ) from None
    if (free := free_mib(plan.data_dir)) < START_MIB:
        raise UpError(
            f"only {free} MiB are free on the disk of {plan.data_dir}; {START_MIB} MiB are needed:"
            " make room, or give another --data-dir"
        )
    for name, port in plan.ports.items():
        option = f"--{'build' if name.startswith('build') else name}-port"
        require_free(port, name, f"choose another with {option} (make: OPTIONS='{option} {port + 100}')")
    if rules := os.environ.get(PREFIX + "RULES"):
        load_rules(Path(rules))


def _broker(plan: Plan) -> Broker | None:
    if plan.broker == "none":
        return None
    launcher = ApacheBroker if plan.broker == "apache" else EmbeddedBroker
    return launcher(plan.data_dir / f"broker-{plan.broker}", plan.broker_port)


def _start_broker(broker: Broker | None, report: Report) -> None:
    if broker is not None:
        report(f"starting the {type(broker).__name__} at {broker.bootstrap}")
        broker.start()
        broker.wait_ready()


def _revive(broker: Broker | None, report: Report) -> None:
    if broker is None or not broker.has_ended:
        return
    report(f"the broker ended; starting it again (see {broker.log_path})")
    try:
        broker.start()
        broker.wait_ready()
    except BrokerError as error:
        report(f"{error}; trying again")
        time.sleep(1)


def _settings(plan: Plan) -> Settings:
    os.environ.update(_environment(plan))
    return read_settings()


def _environment(plan: Plan) -> dict[str, str]:
    return {
        "KAFKA_BOOTSTRAP_SERVERS": plan.bootstrap,
        PREFIX + "DATA_DIR": str(plan.data_dir),
        PREFIX + "INGEST_PORT": str(plan.ingest_port),
        PREFIX + "LIVE_PORT": str(plan.live_port),
        PREFIX + "ALERTS_PORT": str(plan.alerts_port),
        PREFIX + "SECRET": os.environ.get(PREFIX + "SECRET") or _secret(plan.data_dir),
    }


def _secret(data_dir: Path) -> str:
    """Made once for a data directory: customer keys depend on it."""
    path = data_dir / "secret"
    try:
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(32))
        return path.read_text().strip()
    except OSError as error:
        raise UpError(f"cannot read {path} ({error.strerror}); give another --data-dir") from None


def _children(plan: Plan) -> list[Child]:
    environment, logs = _environment(plan), plan.data_dir / "logs"

    def child(name: str) -> Child:
        return Child(name, [sys.executable, "-m", f"services.{name}"], environment, logs / f"{name}.log")

    builders = workers(plan.worker_names, plan.build_port, environment, logs)
    return [child("ingest"), *builders, child("live"), child("alerts")]


def _are_ready(plan: Plan) -> bool:
    try:
        return all(
            httpx2.get(f"http://{plan.address}:{port}/readyz", timeout=2).status_code == 200
            for port in plan.ports.values()
        )
    except httpx2.TransportError:
        return False


def _is_hopeless(supervisor: Supervisor, companion: Companion | None) -> bool:
    """Somebody waits who came to look; without a companion, what is missing may come yet."""
    return companion is not None and supervisor.failing is not None


def _require_health(plan: Plan, supervisor: Supervisor) -> None:
    """Who never comes up will not do so later: its data or its surroundings are broken."""
    if _are_ready(plan):
        return
    failing = supervisor.failing
    if failing is not None and failing.log_path is not None:
        raise UpError(
            f"{failing.name} ends again and again; it last said: {last_words(failing.log_path)} "
            f"(all of it: {failing.log_path}). If {plan.data_dir} is damaged, start with another "
            "--data-dir, or move it away"
        )


def _welcome(plan: Plan) -> str:
    return (
        f"ready: post events to http://{plan.address}:{plan.ingest_port}/v1/events (docs at /docs), "
        f"read http://{plan.address}:{plan.live_port}/ — Ctrl-C stops everything, the next start resumes"
    )
