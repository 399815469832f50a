"""By which terms the stored answers were found, and which identifiers count as absent by them."""

from services.journey_builder.core.identity.keys import Name
from services.journey_builder.core.identity.policy import Policy
from services.journey_builder.identity.rows import Rows

MEASURE, BLOCKED = b"t", b"b"
MIXED = b""


class StoredTerms:
    """Of one partition."""

    def __init__(self, partition: Rows) -> None:
        self._partition = partition
        self._measure: bytes | None = None
        self._blocked: set[Name] | None = None

    def expect(self, policy: Policy) -> None:
        """Answers will be found by this policy, others are still those of another: for neither all are."""
        if self._stored not in (None, MIXED, policy.measure):
            self._note(MIXED)

    def are_those_of(self, policy: Policy) -> bool:
        """Whether all answers were found by this policy."""
        return self._stored == policy.measure

    def note(self, policy: Policy) -> None:
        """All answers are."""
        self._note(policy.measure)

    @property
    def _stored(self) -> bytes | None:
        if self._measure is None:
            self._measure = self._partition.get(MEASURE)
        return self._measure

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
