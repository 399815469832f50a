"""Replay runs: what this door has accepted of each, their ends, and how far the product has come."""

import asyncio
from collections import Counter
from collections.abc import Iterable

import msgspec
import structlog

from schemas.replays import RunMark, RunReport
from schemas.topics import REPLAYS, RUNS
from services.ingest.batches import Outgoing
from services.ingest.core.judging import Record
from services.ingest.core.progress import Board, Progress
from services.ingest.publisher import Publisher, Unavailable
from services.ingest.tail import Tail
from services.settings import KafkaSettings

REPORT_SECONDS = 1.0

log = structlog.get_logger()


class Runs:
    """Counts, reports and reads runs; `run` and `tail.run` it beside the requests."""

    def __init__(self, kafka: KafkaSettings, partitions: int, publisher: Publisher, door: str) -> None:
        """`door`: what this process is called, among all that may run."""
        self._publisher = publisher
        self._partitions = partitions
        self._part = f"ingest/{door}"
        self._board = Board()
        self._accepted: Counter[str] = Counter()
        self._unreported: set[str] = set()
        self._ended: set[str] = set()
        #: What this door had accepted before it was started, by its own last report.
        self._earlier: dict[str, int] = {}
        self.tail = Tail(kafka, RUNS.name, RunReport, self._take)

    def count(self, records: Iterable[Record]) -> None:
        for record in records:
            if record.replay is not None:
                self._accepted[record.replay] += 1
                self._unreported.add(record.replay)
                self._ended.discard(record.replay)

    async def run(self) -> None:
        """Reports at most once a second, once it knows where it had stopped."""
        await self.tail.is_caught_up.wait()
        while True:
            await asyncio.sleep(REPORT_SECONDS)
            try:
                await self.report()
            except Unavailable as error:
                log.warning("runs_unreported", reason=str(error))

    async def report(self) -> None:
        runs, self._unreported = self._unreported, set()
        reports = [self._report_of(run) for run in sorted(runs)]
        try:
            await self._publisher.publish([_outgoing(report) for report in reports])
        except Unavailable:
            self._unreported |= runs
            raise

    async def end(self, run: str) -> None:
        """Tells every partition that no more of it will come, and the readers too."""
        mark = msgspec.json.encode(RunMark(run=run, ended=True))
        await self._publisher.publish(
            [Outgoing(REPLAYS.name, partition, run.encode(), mark) for partition in range(self._partitions)]
        )
        self._ended.add(run)
        self._unreported.add(run)

    def progress(self, run: str) -> Progress | None:
        """Includes what is not reported yet."""
        if run in self._accepted or run in self._ended:
            self._board.add(self._report_of(run))
        return self._board.progress(run, self._partitions)

    def _report_of(self, run: str) -> RunReport:
        events = self._earlier.get(run, 0) + self._accepted[run]
        return RunReport(run=run, part=self._part, events=events, done=run in self._ended)

    def _take(self, report: RunReport, _offset: int) -> None:
        if report.part != self._part:
            self._board.add(report)
        elif not self.tail.is_caught_up.is_set():
            # Written by this door in an earlier life; from here on it knows better itself.
            self._board.add(report)
            self._earlier[report.run] = report.events


def _outgoing(report: RunReport) -> Outgoing:
    key = f"{report.run}/{report.part}".encode()
    return Outgoing(RUNS.name, 0, key, msgspec.json.encode(report))
