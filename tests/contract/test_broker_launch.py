"""Launching: a broker that cannot start says what to do, and one whose starter died does not stay."""

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from services import broker_host
from services.broker import ApacheBroker, Broker, BrokerError, EmbeddedBroker
from tests.conftest import MakeBroker, free_port

STARTER = """
import sys, time
from pathlib import Path
from services.broker import EmbeddedBroker
broker = EmbeddedBroker(Path(sys.argv[1]), int(sys.argv[2]))
broker.start()
broker.wait_ready()
print("ready", flush=True)
time.sleep(600)
"""


def test_it_names_a_taken_port(make_broker: MakeBroker, tmp_path: Path) -> None:
    with closing(socket.socket()) as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = int(holder.getsockname()[1])
        with pytest.raises(BrokerError, match=f"Port {port} is taken: stop"):
            make_broker(tmp_path, port).start()


def test_it_names_a_folder_it_cannot_write_to(make_broker: MakeBroker, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BrokerError, match=r"Cannot write to .*: give a data directory"):
        make_broker(tmp_path / "file" / "data", None).start()


def test_it_names_the_broker_that_uses_the_folder(
    make_broker: MakeBroker, breakable: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.broker.PREDECESSOR_SECONDS", 0.1)
    assert breakable._process is not None
    with pytest.raises(BrokerError, match=f"in use by the broker with process id {breakable._process.pid}"):
        make_broker(breakable.data_dir, None).start()


def test_it_shows_the_last_words_of_a_broker_that_ended(tmp_path: Path) -> None:
    broker = EmbeddedBroker(tmp_path, free_port())
    (tmp_path / "kafka.json").write_text("not a snapshot")
    broker.start()
    with pytest.raises(BrokerError, match=r"(?s)ended with code \d+.*broker\.log.*snapshot") as told:
        broker.wait_ready()
    assert "GLIBC" not in str(told.value)


def test_it_asks_for_java_and_maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BrokerError, match="'java' was not found: install a Java runtime"):
        ApacheBroker(tmp_path).start()
    with pytest.raises(BrokerError, match="'mvn' was not found: install Maven"):
        broker_host.require_program("mvn", "Maven")


def test_it_leaves_no_half_download_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, script in {"mvn": 'echo "no route"; exit 1', "java": "exit 0"}.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    with pytest.raises(BrokerError, match=r"(?s)could not fetch Apache Kafka: check the network.*no route"):
        ApacheBroker(tmp_path / "data", free_port()).start()
    assert not list((tmp_path / "data").glob("jars/*"))


def test_it_refuses_a_starter_that_may_end_before_the_broker(tmp_path: Path) -> None:
    told: list[str] = []

    def start() -> None:
        with pytest.raises(BrokerError) as refusal:
            EmbeddedBroker(tmp_path).start()
        told.append(str(refusal.value))

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in told[0]


def test_it_can_be_stopped_twice(tmp_path: Path) -> None:
    broker = EmbeddedBroker(tmp_path, free_port())
    broker.start()
    broker.stop()
    broker.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_it_frees_port_and_folder_when_its_starter_is_killed(tmp_path: Path) -> None:
    port = free_port()
    environment = os.environ | {"PYTHONPATH": str(Path(broker_host.__file__).parents[1])}
    command = [sys.executable, "-c", STARTER, str(tmp_path), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "ready\n"
        starter.send_signal(signal.SIGKILL)
    with EmbeddedBroker(tmp_path, port) as successor:
        assert successor.bootstrap == f"127.0.0.1:{port}"
