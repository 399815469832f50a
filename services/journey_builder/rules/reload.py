"""The rules in force, from a file that may change while the worker runs."""

import time
from collections.abc import Callable
from pathlib import Path

import structlog

from schemas.times import SECOND_US
from services.journey_builder.core.identity.policy import Policy
from services.journey_builder.core.rule_book import SHIPPED, RuleBook
from services.journey_builder.metrics import RULES_ERRORS, RULES_LOADED, RULES_VERSION
from services.journey_builder.rules.load import RulesFileError, load_rules

CHECK_SECONDS = 5.0

log = structlog.get_logger()

#: Time of the last change in ns, and bytes; None: there is no such file.
Look = tuple[int, int] | None


class RulesInForce:
    """Reads the file at the start, where a bad one raises RulesFileError, and again when it has changed.

    A file that has become bad changes nothing, and is told in logs and metrics. Without a path the
    shipped rules hold. `clock`: seconds, from anywhere; `now`: seconds since 1970.
    """

    def __init__(
        self,
        path: Path | None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._path = path
        self._clock = clock
        self._now = now
        self._seen = self._read = _look(path)
        loaded = None if path is None else load_rules(path)
        self._book = SHIPPED if loaded is None else loaded.book
        #: Who is who is settled over all events: what the file says of it holds from the worker's start.
        self.policy = Policy() if loaded is None else loaded.policy
        self._checked = clock()
        RULES_ERRORS.set(0)
        self._tell()

    @property
    def book(self) -> RuleBook:
        """For one batch: costs nothing, but a look at the file's date every five seconds."""
        self.look()
        return self._book

    def look(self) -> None:
        """To be called in silence, too: whoever has written a bad file is told soon."""
        if self._path is not None and self._clock() - self._checked >= CHECK_SECONDS:
            self._checked = self._clock()
            self._check(self._path)

    def _check(self, path: Path) -> None:
        """A file is read once it has been the same at two looks: it may be being written."""
        look = _look(path)
        is_settled, self._seen = look == self._seen, look
        if is_settled and look != self._read:
            self._read = look
            self._load(path)
        RULES_VERSION.set(self._version)

    def _load(self, path: Path) -> None:
        try:
            loaded = load_rules(path)
        except RulesFileError as error:
            RULES_ERRORS.set(len(error.faults))
            log.error("the rules file is not used; the rules before it stay in force", faults=error.faults)
            return
        RULES_ERRORS.set(0)
        if loaded.policy != self.policy:
            log.warning("section identity has changed: start the workers again, and it takes hold")
        if rewritten := self._rewritten(loaded.book):
            log.warning(
                "versions in force were rewritten; contacts in progress are judged by the new text",
                versions=rewritten,
            )
        self._book = loaded.book
        self._tell()

    def _rewritten(self, book: RuleBook) -> list[int]:
        """Versions in force or before it that say something else than they did, or are gone."""
        before = self._book.versions[: self._book.number_at(self._now_us) + 1]
        return [version.plain.version for version in before if version not in book.versions]

    def _tell(self) -> None:
        RULES_LOADED.set(self._now())
        RULES_VERSION.set(self._version)
        versions = [version.plain.version for version in self._book.versions]
        log.info("rules loaded", file=str(self._path), versions=versions, in_force=self._version)

    @property
    def _version(self) -> int:
        return self._book.versions[self._book.number_at(self._now_us)].plain.version

    @property
    def _now_us(self) -> int:
        return round(self._now() * SECOND_US)


def _look(path: Path | None) -> Look:
    try:
        found = path.stat() if path is not None else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size) if found is not None else None
