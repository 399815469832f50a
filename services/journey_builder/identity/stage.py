"""The identity stage: claims and decisions in; aliases and the journal out. One order for all."""

from collections.abc import Generator, Iterator, Sequence
from itertools import combinations

import msgspec

from schemas import topics
from schemas.identities import Alias, Claim, Decision, Identifier, JournalEntry, Trial, TrialAnswer
from schemas.partitioning import home_of
from schemas.replays import RunClock
from services.journey_builder.claims import JOURNAL_PARTITION
from services.journey_builder.core.identity.keys import Keys, Name, key_of
from services.journey_builder.core.identity.policy import Policy
from services.journey_builder.core.identity.resolve import CUSTOMER_ID
from services.journey_builder.core.identity.unions import Pair
from services.journey_builder.identity.ids import Change
from services.journey_builder.identity.journal import blocked_entry, entry
from services.journey_builder.identity.rows import Group, Scratch
from services.journey_builder.identity.settling import settle
from services.journey_builder.identity.store import IdentityStore
from services.journey_builder.identity.twins import Alike, find_alike
from services.journey_builder.metrics import IDENTITIES, IDENTITIES_ANEW
from services.journey_builder.refused import read_own
from services.stream.position import Record
from services.stream.stage import Partition
from services.stream.wakes import Wake

_message = msgspec.msgpack.Decoder(Claim | Decision | Trial | RunClock)
#: A group that a decision names has no partition.
BY_DECISION = -1
#: Of a million identifiers so many are answered anew at a beat: claims would wait for long for all at once.
ANEW_AT_A_BEAT = 2000


class _News:
    """What a batch says: of which identifiers, and by which of its messages, the last one first."""

    def __init__(self) -> None:
        self.touched: dict[Name, None] = {}
        #: customer_ids that are said to be one for the first time.
        self.joined: list[Pair] = []
        self.alike: list[Alike] = []
        #: What decisions were said of, or taken back.
        self.turned: set[Name] = set()
        self.said: dict[Name, Claim | Decision] = {}
        self.decided: dict[Name, Decision] = {}
        self.blocked: list[tuple[Name, Claim]] = []
        self.trials: list[Trial] = []
        self.clocks: list[bytes] = []


class IdentityStage:
    """Decides which identifiers are one customer. Its size is that of what is new, not of the events."""

    name = "identities"
    inputs: tuple[str, ...] = (topics.CLAIMS.name,)
    wakes = topics.IDENTITY_WAKES.name
    changelog = topics.IDENTITIES_CHANGELOG.name

    def __init__(self, keys: Keys, policy: Policy) -> None:
        self._keys = keys
        self._policy = policy

    def start(self, partition: Partition) -> None:
        partition.notes = IdentityStore(partition)

    def fold(self, partition: Partition, records: Sequence[Record], wakes: Sequence[Wake]) -> Iterator[None]:
        store: IdentityStore = partition.notes
        store.terms.expect(self._policy)
        news = _News()
        for record in records:
            message = read_own(partition, record, _message.decode)
            if message is None:
                continue
            if isinstance(message, Claim):
                self._claimed(store, message, news)
            elif isinstance(message, Decision):
                self._decided(store, message, news)
            elif isinstance(message, Trial):
                news.trials.append(message)
            else:
                news.clocks.append(record.value or b"")
            yield
        changes = yield from settle(store, news.touched, news.joined, news.alike, news.turned, self._policy)
        for change in changes:
            _tell_alias(partition, store, change)
            yield
        yield from self._write_journal(partition, news, changes)
        store.flush()
        for trial in news.trials:
            body = msgspec.json.encode((yield from self._tried(partition, trial)))
            partition.send(topics.IDENTITY_JOURNAL.name, 0, b"trial/" + trial.id.encode(), body)
        for clock in news.clocks:
            for number in range(partition.count):
                # After the aliases: what a run's contacts link is known before the run is judged.
                partition.send(topics.SUMMARIES.name, number, None, clock, is_last=True)

    def _tried(self, partition: Partition, trial: Trial) -> Generator[None, None, TrialAnswer]:
        """Decides on a copy."""
        store, news = IdentityStore(Scratch(partition)), _News()
        for decision in trial.decisions:
            self._decided(store, decision, news)
        changes = yield from settle(store, news.touched, news.joined, news.alike, news.turned, self._policy)
        entries = (entry(store, news.said.get(one.name), one, partition.now_ms * 1000) for one in changes)
        return TrialAnswer(id=trial.id, changes=tuple(entries))

    def beat(self, partition: Partition, clock_ms: int) -> Iterator[None]:
        """Terms hold over the whole set: with others than before all is answered anew, some at each beat."""
        store: IdentityStore = partition.notes
        if partition.number != JOURNAL_PARTITION or store.terms.are_those_of(self._policy):
            return
        store.terms.expect(self._policy)
        names = store.next_names(self._policy, ANEW_AT_A_BEAT)
        IDENTITIES_ANEW.inc(len(names))
        changes = yield from settle(store, names, (), (), (), self._policy)
        for change in changes:
            _tell_alias(partition, store, change)
            _write(partition, entry(store, None, change, clock_ms * 1000))
            yield
        if not names:
            store.terms.note(self._policy)
        store.flush()

    def _claimed(self, store: IdentityStore, claim: Claim, news: _News) -> None:
        if not claim.names:
            self._withdraw(store, claim.group, claim.partition, news)
            return
        names = self._nodes(store, claim.tenant, claim.names)
        if claim.blocked:
            news.blocked.append((names[0], claim))
        if len(names) > 1:
            self._name_together(store, claim, claim.group, Group(names, [claim.partition], claim.event), news)
        elif self._policy.of(claim.tenant).blocks(*claim.names[0]):
            news.touched[names[0]] = None

    def _decided(self, store: IdentityStore, decision: Decision, news: _News) -> None:
        before = store.decision(decision.id)
        if before is not None:
            names = self._nodes(store, before.tenant, before.names)
            store.drop_decision(before, names)
            self._withdraw(store, decision.id, BY_DECISION, news)
            news.touched.update(dict.fromkeys(names))
            news.turned.update(names)
        if len(decision.names) < 2:
            return
        names = self._nodes(store, decision.tenant, decision.names)
        # That some are one, which nobody said are apart, parts nobody and takes nothing back.
        if decision.is_apart or any(not set(names).isdisjoint(store.apart_from(name)) for name in names):
            news.turned.update(names)
        ids = [name for name in names if name[0] == CUSTOMER_ID]
        is_plain = before is None and not decision.is_apart and not store.is_said(ids)
        store.put_decision(decision, names)
        if not decision.is_apart:
            group = Group(names, [BY_DECISION], decision.event)
            self._name_together(store, decision, decision.id, group, news)
        if is_plain:
            news.joined += combinations(sorted(ids), 2)
        for name in names:
            if name[0] != CUSTOMER_ID or not is_plain:
                news.touched[name] = None
            news.said[name] = news.decided[name] = decision

    def _name_together(
        self, store: IdentityStore, message: Claim | Decision, group: bytes, row: Group, news: _News
    ) -> None:
        known = store.group(group)
        if known is not None:
            if row.parts[0] not in known.parts:
                store.put_group(group, Group(known.names, [*known.parts, *row.parts], known.event))
            return
        store.add_group(group, row)
        news.said |= dict.fromkeys(row.names, message)
        terms = self._policy.of(message.tenant)
        # Of a worker that does not know these terms yet, or of a contact from before they held.
        blocked = {name for name, one in zip(row.names, message.names, strict=True) if terms.blocks(*one)}
        is_settled = not blocked and store.terms.are_those_of(self._policy)
        if is_settled and (alike := find_alike(store, group)):
            news.alike.append(alike)
        else:  # customer_ids are one by decision alone
            touched = (name for name in row.names if name[0] != CUSTOMER_ID or name in blocked)
            news.touched.update(dict.fromkeys(touched))

    def _withdraw(self, store: IdentityStore, group: bytes, part: int, news: _News) -> None:
        known = store.group(group)
        if known is None or part not in known.parts:
            return
        left = [one for one in known.parts if one != part]
        if left:
            store.put_group(group, Group(known.names, left, known.event))
        else:
            store.drop_group(group, known)
            news.touched.update(dict.fromkeys(name for name in known.names if name[0] != CUSTOMER_ID))

    def _nodes(self, store: IdentityStore, tenant: str, identifiers: Sequence[Identifier]) -> list[Name]:
        names = []
        for kind, value in identifiers:
            name = self._keys.name(tenant, kind, value)
            if store.node(name) is None:
                store.add_node(name, tenant, (kind, value))
            names.append(name)
        return names

    def _write_journal(self, partition: Partition, news: _News, changes: Sequence[Change]) -> Iterator[None]:
        """What has changed; what a person decided, also where that changed nothing; and junk."""
        store, now_us = partition.notes, partition.now_ms * 1000
        changed = {change.name for change in changes}
        unchanged = [
            Change(name, answer, answer)
            for name in news.decided
            if name not in changed
            for answer in [store.known(name).answer(name)]
        ]
        for change in (*changes, *unchanged):
            _write(partition, entry(store, news.said.get(change.name), change, now_us))
            yield
        for name, claim in news.blocked:
            for junk in claim.blocked:
                number = store.next_number()
                _write(
                    partition,
                    blocked_entry(number, name, store.known(name), junk, claim.event, now_us),
                )


def _write(partition: Partition, written: JournalEntry) -> None:
    IDENTITIES.labels(written.word.value).inc()
    key = f"{written.seq:020}".encode()
    partition.send(topics.IDENTITY_JOURNAL.name, 0, key, msgspec.json.encode(written))


def _tell_alias(partition: Partition, store: IdentityStore, change: Change) -> None:
    if change.before.customer == change.after.customer:
        return
    key, customer = key_of(change.name), change.after.customer
    alias = Alias(
        tenant=store.known(change.name).tenant,
        customer_key=key,
        target=None if customer is None else key_of(customer),
        order=partition.order,
    )
    home = home_of(key, partition.count)
    partition.send(topics.SUMMARIES.name, home, key.encode(), msgspec.msgpack.encode(alias))
