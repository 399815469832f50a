"""A YAML file as plain values, all scalars as text, and where in the file each of them stands."""

from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Path = tuple[str | int, ...]

#: Aliases can make a short file huge.
NODES_MAX = 100_000
DEPTH_MAX = 20
_NOTHING = {"", "~", "null"}


class Spot(NamedTuple):
    """Counted from 1."""

    line: int
    column: int


class Fault(NamedTuple):
    spot: Spot
    says: str


class Document(NamedTuple):
    """`spots`: of the key or list item at each path."""

    values: Any
    spots: dict[Path, Spot]
    faults: list[Fault]

    def spot(self, path: Path) -> Spot:
        """Where something stands; of what is missing, where it should stand."""
        while path and path not in self.spots:
            path = path[:-1]
        return self.spots.get(path, Spot(1, 1))


def read_yaml(text: str) -> Document:
    """Never raises: what cannot be read is a fault."""
    document = Document(None, {}, [])
    try:
        node = YAML(typ="rt", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        document.faults.append(Fault(_spot(mark) if mark else Spot(1, 1), f"no YAML: {error.problem}"))
        return document
    except (YAMLError, RecursionError) as error:
        says = " ".join(str(error).split()) if isinstance(error, YAMLError) else "nested too deeply"
        document.faults.append(Fault(Spot(1, 1), f"no YAML: {says}"))
        return document
    reader = _Reader(document)
    return document._replace(values=reader.read(node, ()) if node is not None else None)


class _Reader:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._nodes = 0
        self._is_lost = False

    def read(self, node: Node, path: Path) -> Any:
        self._nodes += 1
        if self._nodes > NODES_MAX or len(path) > DEPTH_MAX:
            if not self._is_lost:
                self._fault(node, "too many values in one another; are aliases nested?")
            self._is_lost = True
            return None
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self._item(item, (*path, number)) for number, item in enumerate(node.value)]
        assert isinstance(node, ScalarNode)
        return None if node.style is None and node.value in _NOTHING else str(node.value)

    def _item(self, node: Node, path: Path) -> Any:
        self._document.spots[path] = _spot(node.start_mark)
        return self.read(node, path)

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self._fault(key, "expected a name, found a list or mapping")
                continue
            name = str(key.value)
            if name in values:
                first = self._document.spots[*path, name].line
                self._fault(key, f"{name}: given twice; first in line {first}")
                continue
            self._document.spots[*path, name] = _spot(key.start_mark)
            values[name] = self.read(value, (*path, name))
        return values

    def _fault(self, node: Node, says: str) -> None:
        self._document.faults.append(Fault(_spot(node.start_mark), says))


def _spot(mark: Any) -> Spot:
    return Spot(mark.line + 1, mark.column + 1)
