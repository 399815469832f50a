"""Three real brokers on this machine, each a controller too, that may be stopped and killed one by one."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from services import broker_host as host
from services.broker import FORMAT_SECONDS, ApacheBroker
from tests.conftest import free_port

NODES = 3
CLUSTER_ID = "chaosAAAAAAAAAAAAAAAAA"
REPLICATED = (
    "default.replication.factor",
    "offsets.topic.replication.factor",
    "transaction.state.log.replication.factor",
    "share.coordinator.state.topic.replication.factor",
)


class Node(ApacheBroker):
    """One of the three. `number` counts from 1; `voters`: all controllers, as Kafka writes them."""

    def __init__(self, folder: Path, port: int, jars: Path, number: int, voters: str) -> None:
        super().__init__(folder, port, jars)
        self._number, self._voters = number, voters

    def _properties(self) -> str:
        """Those of the single broker, and after them what differs: the last value counts."""
        path = Path(super()._properties())
        differing = {"node.id": str(self._number), "controller.quorum.voters": self._voters}
        differing |= dict.fromkeys(REPLICATED, str(NODES)) | {"min.insync.replicas": "2"}
        with path.open("a") as lines:
            lines.writelines(f"{name}={value}\n" for name, value in differing.items())
        return str(path)

    def prepare(self) -> None:
        """All three must be of one cluster."""
        self.data_dir.mkdir(parents=True)
        storage = ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", self._properties()]
        host.run(["java", "-cp", f"{self._jars()}/*", *storage], "Kafka could not prepare.", FORMAT_SECONDS)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()


@contextmanager
def cluster(folder: Path, jars: Path) -> Iterator[list[Node]]:
    """Runs until the end of the block."""
    ports: list[int] = []
    while len(ports) < NODES:
        if (port := free_port()) not in {taken + step for taken in ports for step in (-1, 0, 1)}:
            ports.append(port)
    voters = ",".join(f"{number}@127.0.0.1:{port + 1}" for number, port in enumerate(ports, start=1))
    nodes = [
        Node(folder / f"broker-{number}", port, jars, number, voters)
        for number, port in enumerate(ports, start=1)
    ]
    with ExitStack() as stack:
        for node in nodes:
            node.prepare()
        for node in nodes:
            node.start()
            stack.callback(node.stop)
        for node in nodes:
            node.wait_ready()
        yield nodes
