"""What of the stored counts: not identifiers that the policy in force blocks, whenever they came."""

from services.journey_builder.core.identity.keys import Name
from services.journey_builder.core.identity.policy import Policy
from services.journey_builder.identity.rows import Effect
from services.journey_builder.identity.store import IdentityStore


class View:
    """For one settlement. Those of whom it is asked may be blocked themselves; of others it tells none."""

    def __init__(self, store: IdentityStore, policy: Policy) -> None:
        self._store = store
        self._policy = policy
        self._blocked: dict[Name, bool] = {}

    def is_blocked(self, name: Name) -> bool:
        found = self._blocked.get(name)
        if found is None:
            node = self._store.known(name)
            found = self._blocked[name] = self._policy.of(node.tenant).blocks(node.kind, node.value)
        return found

    def names_in(self, group: bytes) -> list[Name]:
        row = self._store.group(group)
        return [] if row is None else [name for name in row.names if not self.is_blocked(name)]

    def effects_of(self, name: Name) -> dict[Name, Effect]:
        effects = self._store.effects_of(name)
        return {other: effect for other, effect in effects.items() if not self.is_blocked(other)}

    def apart_from(self, name: Name) -> list[Name]:
        return [other for other in self._store.apart_from(name) if not self.is_blocked(other)]

    def is_limited(self, name: Name) -> bool:
        """Stronger ones that it was said to be apart from do not count, nor those that are blocked."""
        node = self._store.known(name)
        limit = self._policy.of(node.tenant).limits.get(node.kind)
        if limit is None or node.stronger <= limit:
            return False
        absent = set(self.apart_from(name)) | self._store.terms.blocked()
        named = sum(self._store.is_named_with(name, one) for one in absent if one[0] < name[0])
        return node.stronger - named > limit
