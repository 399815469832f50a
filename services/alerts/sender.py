"""The outbox to its receivers: a thread each, so that one that is down keeps no other waiting. Crash-only."""

import time
from collections.abc import Callable
from threading import Event, Thread

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError, TimeoutError

from services.alerts import outbox
from services.alerts.core.backoff import Pauses, pause_seconds
from services.alerts.metrics import ATTEMPT_SECONDS, ATTEMPTS
from services.alerts.outbox import Claim
from services.alerts.receivers import Receiver
from services.alerts.transports.errors import TransportError
from services.database.opening import writing
from services.reader import crash

log = structlog.get_logger()

POLL_SECONDS = 0.25
SECOND_US = 1_000_000
#: A claim outlasts the longest attempt; connecting, sending and reading may each take their time.
CLAIM_ATTEMPTS = 4


def wall_us() -> int:
    return time.time_ns() // 1000


class Sender(Thread):
    """One receiver's notifications, the longest due first."""

    def __init__(
        self,
        engine: Engine,
        receiver: Receiver,
        pauses: Pauses,
        attempt_seconds: float,
        on_error: Callable[[BaseException], None] = crash,
    ) -> None:
        super().__init__(name=f"sender {receiver.name}", daemon=True)
        self._engine = engine
        self._receiver = receiver
        self._pauses = pauses
        self._claim_us = int(CLAIM_ATTEMPTS * attempt_seconds * SECOND_US)
        self._on_error = on_error
        self._is_stopping = Event()

    def stop_soon(self) -> None:
        self._is_stopping.set()

    def run(self) -> None:
        while not self._is_stopping.is_set():
            try:
                is_busy = self.send_one()
            except (OperationalError, TimeoutError) as error:
                log.warning("outbox_unreachable", error=str(error))
                is_busy = False
            except Exception as error:
                self._on_error(error)
                return
            if not is_busy:
                self._is_stopping.wait(POLL_SECONDS)

    def send_one(self) -> bool:
        """False where nothing is due."""
        claim = self._claim()
        if claim is None:
            return False
        started = time.perf_counter()
        try:
            remark = self._receiver.transport.deliver(claim.message)
        except TransportError as error:
            self._failed(claim, error)
        else:
            self._done(claim, remark)
        ATTEMPT_SECONDS.labels(self._receiver.kind).observe(time.perf_counter() - started)
        return True

    def _claim(self) -> Claim | None:
        now_us = wall_us()
        with self._engine.connect() as connection:
            number = outbox.next_due(connection, self._receiver.name, now_us)
        if number is None:
            return None
        with writing(self._engine) as connection:
            return outbox.claim(connection, number, now_us, now_us + self._claim_us)

    def _done(self, claim: Claim, remark: str | None) -> None:
        with writing(self._engine) as connection:
            outbox.sent(connection, claim, wall_us(), remark)
        ATTEMPTS.labels(self._receiver.kind, "sent").inc()
        facts = {"key": claim.key, "receiver": self._receiver.name, "attempts": claim.attempts}
        if remark is None:
            log.info("notification_sent", **facts)
        else:
            log.warning("notification_sent", **facts, remark=remark)

    def _failed(self, claim: Claim, error: TransportError) -> None:
        facts = {"key": claim.key, "receiver": self._receiver.name, "error": str(error)}
        with writing(self._engine) as connection:
            if error.is_permanent:
                outbox.refused(connection, claim, wall_us(), str(error))
            else:
                pause = pause_seconds(claim.attempts, claim.key, self._pauses, error.wait_seconds)
                outbox.put_back(connection, claim, wall_us() + int(pause * SECOND_US), str(error))
        ATTEMPTS.labels(self._receiver.kind, "refused" if error.is_permanent else "retried").inc()
        log.warning("notification_refused" if error.is_permanent else "notification_failed", **facts)
