"""`journeyline demo`: everything at once, with a contact centre that lives, and what hurts in plain words."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import msgspec
from msgspec import Struct

from services.cli import up as everything
from services.cli.hurts import Hurts
from services.cli.replay import Door, ReplayError
from services.cli.supervisor import Report
from services.settings import Settings
from services.simulator.files import write_truth
from services.simulator.living import live
from services.simulator.options import Options, make_world

#: It is always half past two in the demo, and the afternoon has just turned bad: nobody waits for the first
#: frictions, and who starts it at another minute of the hour meets the same stories.
HOUR = 14.5
TROUBLE_MINUTE = -2.0
POLL_SECONDS = 0.5
SAVE_SECONDS = 2.0
STOP_SECONDS = 3.0
HOUR_MS = 3_600_000
PROGRESS_PARTS = 4


class Traffic(Struct, frozen=True, kw_only=True):
    """How much goes on: events a second in the busiest hour, by so many customers."""

    rate: float
    customers: int
    history_hours: float
    seed: int


class Memory(Struct):
    """What one start tells the next, kept in the data directory."""

    starts: int = 0
    sent_until_ms: int = 0
    #: When the ordinary hours ended: what is usual is measured before.
    usual_until_ms: int = 0


def run(plan: everything.Plan, traffic: Traffic, report: Report) -> None:
    """Starts everything; when it is ready, the past hours, then life; Ctrl-C ends all of it."""
    report(f"Journeyline demo: setting up in {plan.data_dir}")
    everything.run(plan, report, Demo(plan, traffic, report))
    report("stopped; the next start goes on from here")


class Demo:
    """The companion of a running Journeyline: sends it traffic, and says what it finds."""

    def __init__(self, plan: everything.Plan, traffic: Traffic, report: Report) -> None:
        self._plan, self._traffic, self._report = plan, traffic, report
        self._stopping = threading.Event()
        self._path = plan.data_dir / "demo.json"
        self._threads: list[threading.Thread] = []
        self._saved = 0.0
        self._told_parts = 0

    def begin(self) -> None:
        self._memory = _remembered(self._path)
        self._begin_ms = time.time_ns() // 1_000_000
        self._bad_ms = self._begin_ms + round(TROUBLE_MINUTE * 60_000)
        gap_hours = (self._begin_ms - self._memory.sent_until_ms) / HOUR_MS
        self._history_hours = min(self._traffic.history_hours, gap_hours)
        if gap_hours >= self._traffic.history_hours:
            self._memory.usual_until_ms = self._bad_ms
        self._memory.starts += 1
        for part in (self._send, self._tell):
            thread = threading.Thread(target=self._guarded(part), daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Before the door closes; what still waits for an answer is not waited for long."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(STOP_SECONDS)

    def _guarded(self, part: Callable[[], None]) -> Callable[[], None]:
        def run_part() -> None:
            try:
                part()
            except ReplayError as error:
                self._report(f"no more traffic is sent: {error}")

        return run_part

    def _send(self) -> None:
        options = Options(
            # Other stories of the same people at each start.
            seed=self._traffic.seed + self._memory.starts - 1,
            customers=self._traffic.customers,
            rate=self._traffic.rate,
            history_hours=self._history_hours,
            trouble_minute=TROUBLE_MINUTE,
            hour=HOUR,
        )
        world = make_world(options, self._begin_ms)
        self._report(
            f"sending the past {_hours(round(self._history_hours, 2))}, so that it is known what is usual"
        )
        with Door(
            f"http://{self._plan.address}:{self._plan.ingest_port}", _api_key(), self._complain
        ) as door:
            live(world, door.send, self._stopping, self._on_posted)
        write_truth(self._plan.data_dir / f"truth-{self._memory.starts}.jsonl", world, world.now)

    def _on_posted(self, at_ms: int) -> None:
        self._memory.sent_until_ms = at_ms
        if time.monotonic() - self._saved > SAVE_SECONDS:
            self._saved = time.monotonic()
            _remember(self._path, self._memory)
        history_ms = self._history_hours * HOUR_MS
        sent = 1 + (at_ms - self._begin_ms) / history_ms if history_ms else 1.0
        if self._told_parts < PROGRESS_PARTS and sent >= (self._told_parts + 1) / PROGRESS_PARTS:
            self._told_parts = int(min(1.0, sent) * PROGRESS_PARTS)
            self._report(f"  {min(1.0, sent):.0%} of the past is sent")
            if self._told_parts == PROGRESS_PARTS:
                self._report("from now on it is sent as it happens; the first frictions, in plain words:")

    def _tell(self) -> None:
        """Every friction at first, then what hurts most against its usual."""
        url = f"http://{self._plan.address}:{self._plan.live_port}"
        usual = (self._memory.usual_until_ms, self._traffic.history_hours)
        hurts = Hurts(url, _api_key(), self._bad_ms, usual, self._report)
        while not self._stopping.wait(POLL_SECONDS):
            if self._told_parts == PROGRESS_PARTS:
                try:
                    hurts.look()
                except (httpx2.HTTPError, ValueError):
                    continue  # live is being started again; the supervisor says so

    def _complain(self, text: str) -> None:
        if not self._stopping.is_set():
            self._report(text)


def _api_key() -> str:
    return Settings().api_key.get_secret_value()


def _hours(hours: float) -> str:
    return f"{hours:g} hours" if hours > 1 else f"{hours * 60:.0f} minutes"


def _remembered(path: Path) -> Memory:
    """An unreadable memory is none: the demo then begins anew."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Memory)
    except (OSError, msgspec.MsgspecError):
        return Memory()


def _remember(path: Path, memory: Memory) -> None:
    part = path.with_suffix(".part")
    try:
        part.write_bytes(msgspec.json.encode(memory))
        part.replace(path)
    except OSError:
        return  # a full disk is told by those whose data it is
