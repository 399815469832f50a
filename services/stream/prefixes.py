"""Which keys of a batch begin how, without a look at all of them for each question."""

from collections.abc import Collection


class Prefixes:
    """`keys`: those so far, read when a length of prefix is first asked for."""

    def __init__(self, keys: Collection[bytes]) -> None:
        self._keys = keys
        #: By length of the prefix: prefix -> keys, each once.
        self._found: dict[int, dict[bytes, dict[bytes, None]]] = {}

    def note(self, key: bytes) -> None:
        """A key is added to those, perhaps again."""
        for length, found in self._found.items():
            found.setdefault(key[:length], {})[key] = None

    def beginning(self, prefix: bytes) -> Collection[bytes]:
        length = len(prefix)
        found = self._found.get(length)
        if found is None:
            found = self._found[length] = {}
            for key in self._keys:
                found.setdefault(key[:length], {})[key] = None
        return found.get(prefix, ())
