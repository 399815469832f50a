"""By which terms the stored answers were found, and which identifiers count as absent by them."""

from services.journey_builder.core.identity.keys import Name
from services.journey_builder.core.identity.policy import Policy
from services.journey_builder.identity.rows import Rows

MEASURE, PROGRESS, BLOCKED = b"t", b"r", b"b"
MIXED = b""


class StoredTerms:
    """Of one partition."""

    def __init__(self, partition: Rows) -> None:
        self._partition = partition
        self._measure: bytes | None = None
        #: A policy's measure, and the last identifier that was answered anew by it.
        self._progress: bytes | None = None
        self._blocked: set[Name] | None = None

    def expect(self, policy: Policy) -> None:
        """Answers will be found by this policy, others are still those of another: for neither all are."""
        if self._stored not in (None, MIXED, policy.measure):
            self._note(MIXED)
        if not self._reached.startswith(policy.measure):
            self._note_reached(policy.measure)

    def are_those_of(self, policy: Policy) -> bool:
        """Whether all answers were found by this policy."""
        return self._stored == policy.measure

    def note(self, policy: Policy) -> None:
        """All answers are."""
        self._note(policy.measure)

    def reached(self, policy: Policy) -> Name:
        """The last identifier answered anew by this policy, if no other was in force since; empty: none."""
        return self._reached.removeprefix(policy.measure)

    def note_reached(self, policy: Policy, name: Name) -> None:
        self._note_reached(policy.measure + name)

    @property
    def _stored(self) -> bytes | None:
        if self._measure is None:
            self._measure = self._partition.get(MEASURE)
        return self._measure

    @property
    def _reached(self) -> bytes:
        if self._progress is None:
            self._progress = self._partition.get(PROGRESS) or b""
        return self._progress

    def _note_reached(self, progress: bytes) -> None:
        self._progress = progress
        self._partition.put(PROGRESS, progress)

    def _note(self, measure: bytes) -> None:
        self._measure = measure
        self._partition.put(MEASURE, measure)

    def blocked(self) -> set[Name]:
        """Known identifiers that count as absent. They are few: what is blocked is not taken any more."""
        if self._blocked is None:
            self._blocked = {key[len(BLOCKED) :] for key, _ in self._partition.scan(BLOCKED)}
        return self._blocked

    def note_blocked(self, name: Name, is_blocked: bool) -> None:
        if is_blocked is (name in self.blocked()):
            return
        if is_blocked:
            self.blocked().add(name)
            self._partition.put(BLOCKED + name, b"")
        else:
            self.blocked().discard(name)
            self._partition.delete(BLOCKED + name)
