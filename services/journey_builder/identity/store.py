"""How identities lie in their partition: rows for identifiers, groups, decisions and what joins them."""

from collections.abc import Iterable
from itertools import combinations

import msgspec

from schemas.identities import Decision, Identifier
from services.journey_builder.core.facts import Order, ref_order
from services.journey_builder.core.identity.keys import Name
from services.journey_builder.core.identity.policy import Policy
from services.journey_builder.core.identity.resolve import CUSTOMER_ID
from services.journey_builder.identity.rows import Effect, Group, Node, Rows
from services.journey_builder.identity.terms import StoredTerms

NODE, GROUP, MEMBER, STRONGER, DECISION, SAID, EFFECT, COUNT = b"n", b"g", b"m", b"s", b"d", b"p", b"e", b"q"
#: Of so many patterns the last group is remembered.
PATTERNS_MAX = 10_000
#: About what an item of a list takes.
ITEM_BYTES = 60


_node = msgspec.msgpack.Decoder(Node)
_group = msgspec.msgpack.Decoder(Group)
_effect = msgspec.msgpack.Decoder(Effect)
_decision = msgspec.msgpack.Decoder(Decision)
_number = msgspec.msgpack.Decoder(int)
_encode = msgspec.msgpack.encode


class IdentityStore:
    """Reads and writes; what it knows of one identifier it keeps in memory while there is room."""

    def __init__(self, partition: Rows) -> None:
        self._partition = partition
        #: Of the batch in hand: nodes, and which of them are to be written; the number given last.
        self._nodes: dict[Name, Node] = {}
        self._changed: set[Name] = set()
        self._number: int | None = None
        self.terms = StoredTerms(partition)
        #: In memory alone, and since the start: what is remembered was settled by the terms in force.
        self._last_like: dict[bytes, bytes] = {}

    def flush(self) -> None:
        """Writes what the batch has changed of nodes, each once."""
        for name in self._changed:
            body = _encode(self._nodes[name])
            self._partition.put(NODE + name, body)
            self._partition.cache.put(NODE + name, self._nodes[name], len(body))
        if self._number is not None:
            self._partition.put(COUNT, _encode(self._number))
        self._nodes, self._changed, self._number = {}, set(), None

    def next_names(self, policy: Policy, count: int) -> list[Name]:
        """Identifiers still to be answered anew by this policy, others each time; in the end none."""
        after = NODE + self.terms.reached(policy)
        names = [key[len(NODE) :] for key in self._partition.stored_keys(NODE, after, count)]
        if names:
            self.terms.note_reached(policy, names[-1])
        return names

    def next_number(self) -> int:
        """Counts decisions, from 1."""
        if self._number is None:
            stored = self._partition.get(COUNT)
            self._number = 0 if stored is None else _number.decode(stored)
        self._number += 1
        return self._number

    def node(self, name: Name) -> Node | None:
        node = self._nodes.get(name)
        if node is None:
            node = self._partition.cache.get(NODE + name)
        if node is None and (stored := self._partition.get(NODE + name)) is not None:
            node = _node.decode(stored)
        if node is not None:
            self._nodes[name] = node
        return node

    def known(self, name: Name) -> Node:
        """Of an identifier that some group or decision names."""
        node = self.node(name)
        assert node is not None, name
        return node

    def add_node(self, name: Name, tenant: str, identifier: Identifier) -> Node:
        node = self.node(name) or Node(tenant, *identifier)
        self.put_node(name, node)
        return node

    def put_node(self, name: Name, node: Node) -> None:
        self._nodes[name] = node
        self._changed.add(name)

    def group(self, group: bytes) -> Group | None:
        cached: Group | None = self._partition.cache.get(GROUP + group)
        if cached is not None:
            return cached
        stored = self._partition.get(GROUP + group)
        if stored is None:
            return None
        row = _group.decode(stored)
        self._partition.cache.put(GROUP + group, row, len(stored))
        return row

    def put_group(self, group: bytes, row: Group) -> None:
        body = _encode(row)
        self._partition.put(GROUP + group, body)
        self._partition.cache.put(GROUP + group, row, len(body))

    def add_group(self, group: bytes, row: Group) -> None:
        self.put_group(group, row)
        for name in row.names:
            self._partition.put(MEMBER + name + group, b"")
            self._note(MEMBER, name, group, b"")
            node = self.known(name)
            node.groups += 1
            node.stronger += sum(self._count(name, one, 1) for one in row.names if one[0] < name[0])
            self.put_node(name, node)

    def drop_group(self, group: bytes, row: Group) -> None:
        self._partition.delete(GROUP + group)
        self._partition.cache.drop(GROUP + group)
        for name in row.names:
            self._partition.delete(MEMBER + name + group)
            self._note(MEMBER, name, group, None)
            node = self.known(name)
            node.groups -= 1
            node.stronger -= sum(self._count(name, one, -1) for one in row.names if one[0] < name[0])
            self.put_node(name, node)

    def groups_of(self, name: Name) -> list[bytes]:
        """Ids of the groups that name it."""
        return list(self._list(MEMBER, name)) if self.known(name).groups else []

    def swap_last_like(self, pattern: bytes, group: bytes) -> bytes | None:
        """The last group of a pattern that memory has; this one takes its place."""
        like = self._last_like.pop(pattern, None)
        if len(self._last_like) >= PATTERNS_MAX:
            del self._last_like[next(iter(self._last_like))]
        self._last_like[pattern] = group
        return like

    def ids_named_before(self, name: Name, count: int) -> list[Name]:
        """Some of the customer_ids that it was named with before this batch."""
        prefix = STRONGER + name
        keys = self._partition.stored_keys(prefix + bytes([CUSTOMER_ID]), prefix, count)
        return [key[len(prefix) :] for key in keys]

    def is_named_with(self, name: Name, stronger: Name) -> bool:
        return self._partition.get(STRONGER + name + stronger) is not None

    def _count(self, name: Name, stronger: Name, step: int) -> int:
        """Counts the groups of a pair; returns whether there is one for the first or no more time."""
        key = STRONGER + name + stronger
        stored = self._partition.get(key)
        groups = 0 if stored is None else _number.decode(stored)
        if groups + step:
            self._partition.put(key, _encode(groups + step))
        else:
            self._partition.delete(key)
        return int(0 in (groups, groups + step))

    def decision(self, decision_id: bytes) -> Decision | None:
        stored = self._partition.get(DECISION + decision_id)
        return None if stored is None else _decision.decode(stored)

    def put_decision(self, decision: Decision, names: Iterable[Name]) -> None:
        self._partition.put(DECISION + decision.id, _encode(decision))
        self._say(names, decision.id, Effect(decision.is_apart, decision.event))

    def drop_decision(self, decision: Decision, names: Iterable[Name]) -> None:
        self._partition.delete(DECISION + decision.id)
        self._say(names, decision.id, None)

    def effects_of(self, name: Name) -> dict[Name, Effect]:
        """By the other one, what was decided of a pair."""
        if not self.known(name).partners:
            return {}
        return {other: _effect.decode(body) for other, body in self._list(EFFECT, name).items()}

    def is_said(self, names: Iterable[Name]) -> bool:
        """Whether anything was ever decided of a pair of these."""
        ordered = sorted(names)
        return any(self._partition.get(EFFECT + one + other) for one, other in combinations(ordered, 2))

    def apart_from(self, name: Name) -> list[Name]:
        """Those that it was said to be apart from: mostly none, however many partners it has."""
        node = self.known(name)
        if not node.partners or node.aparts == 0:
            return []
        return [other for other, effect in self.effects_of(name).items() if effect.is_apart]

    def _say(self, names: Iterable[Name], decision_id: bytes, said: Effect | None) -> None:
        for one, other in combinations(sorted(names), 2):
            key = SAID + one + other + decision_id
            if said is None:
                self._partition.delete(key)
            else:
                self._partition.put(key, _encode(said))
            self._take_effect(one, other, said)

    def _take_effect(self, one: Name, other: Name, said: Effect | None) -> None:
        stored = self._partition.get(EFFECT + one + other)
        before = None if stored is None else _effect.decode(stored)
        effect = max(filter(None, (before, said)), key=_moment, default=None)
        if said is None:  # one is taken back: another may stand now
            every = (_effect.decode(body) for _, body in self._partition.scan(SAID + one + other))
            effect = max(every, key=_moment, default=None)
        body = None if effect is None else _encode(effect)
        for mine, his in ((one, other), (other, one)):
            if body is None:
                self._partition.delete(EFFECT + mine + his)
            else:
                self._partition.put(EFFECT + mine + his, body)
            self._note(EFFECT, mine, his, body)
            node = self.known(mine)
            if not node.partners:
                node.aparts = 0
            if node.aparts is not None:
                node.aparts += bool(effect and effect.is_apart) - bool(before and before.is_apart)
            node.partners += (body is not None) - (before is not None)
            self.put_node(mine, node)

    def _list(self, table: bytes, name: Name) -> dict[bytes, bytes]:
        """What a table has of an identifier, by the rest of the key."""
        cached: dict[bytes, bytes] | None = self._partition.cache.get(table + name)
        if cached is None:
            start = len(table + name)
            cached = {key[start:]: body for key, body in self._partition.scan(table + name)}
            self._partition.cache.put(table + name, cached, ITEM_BYTES * (1 + len(cached)))
        return cached

    def _note(self, table: bytes, name: Name, rest: bytes, body: bytes | None) -> None:
        """Keeps the list in memory true. What is new has none yet, and needs not be looked for."""
        cached: dict[bytes, bytes] | None = self._partition.cache.get(table + name)
        node = self.known(name)
        if cached is None and not (node.groups if table == MEMBER else node.partners):
            cached = {}
        if cached is None:
            return
        if body is None:
            cached.pop(rest, None)
        else:
            cached[rest] = body
        self._partition.cache.put(table + name, cached, ITEM_BYTES * (1 + len(cached)))


def _moment(effect: Effect) -> Order:
    return ref_order(effect.event)
