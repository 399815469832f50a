"""Generated histories in which few people share many names: contacts, decisions, and their taking back."""

from typing import Any

from hypothesis import strategies as st

from tests.oracle.build import HOUR, event

Raw = dict[str, Any]

POOL = {
    "customer_id": ["ann", "bob", "cid"],
    "account_id": ["k1", "k2"],
    "email": ["a@x.example", "b@x.example", "c@x.example"],
    "phone": ["+14155550101", "+14155550102", "+14155550103"],
    "visitor_id": ["v1", "v2"],
    "device_id": ["d1"],
}
_names = st.sampled_from([(kind, value) for kind, values in POOL.items() for value in values])
_some = st.lists(_names, min_size=0, max_size=3)
_several = st.lists(_names, min_size=2, max_size=4, unique=True)


@st.composite
def webs(draw: st.DrawFn) -> list[Raw]:
    """Calls, at most one an hour, each naming some of the pool; and what was said of the pool."""
    events: list[Raw] = []
    calls = draw(st.integers(1, 7))
    for number in range(calls):
        start = number * HOUR * draw(st.sampled_from([1, 30]))
        for place, type_ in enumerate(
            draw(st.sampled_from([("call.started",), ("call.started", "call.ended")]))
        ):
            events.append(_naming(event(type_, start + place, f"c{number}"), draw(_some)))
    for number in range(draw(st.integers(0, 5))):
        type_ = draw(st.sampled_from(["customer.identified", "customer.identified", "customer.separated"]))
        said = event(type_, draw(st.integers(0, 20)) * HOUR + number, f"c{draw(st.integers(0, calls))}")
        said["id"] = f"said-{number}"
        if draw(st.booleans()):
            del said["subject"]
        events.append(_naming(said, draw(_several)))
    for number in range(draw(st.integers(0, 3))):
        told = event("customer.updated", draw(st.integers(0, 20)) * HOUR + number) | {"id": f"told-{number}"}
        del told["subject"]
        told["data"] |= draw(_attributes)
        # What systems write that know nobody, and one text under two types.
        events.append(_naming(told, [draw(_stand_ins), *draw(_some)]))
    return events


_attributes = st.fixed_dictionaries(
    {},
    optional={"segment": st.sampled_from(["gold", "silver"]), "vip": st.booleans(), "market": st.just("NL")},
)
_stand_ins = st.sampled_from([("customer_id", "null"), ("customer_id", "k1"), ("phone", "anonymous")])
#: What a crowd has in common.
_shared = st.sampled_from(
    [("account_id", "k1"), ("email", "a@x.example"), ("email", "b@x.example"), ("phone", "+14155550101")]
)
_own_kinds = st.sets(
    st.sampled_from(["account_id", "email", "phone", "visitor_id", "device_id"]), min_size=1, max_size=2
)


@st.composite
def crowds(draw: st.DrawFn) -> list[Raw]:
    """Calls that name what many name, and something of their own; now and then of one before them. Few name a
    customer, and something is said of what the calls have named."""
    events: list[Raw] = []
    named: list[list[tuple[str, str]]] = [[("customer_id", "ann"), ("customer_id", "bob")]]
    patterns = draw(
        st.lists(st.tuples(st.sets(_shared, min_size=1, max_size=2), _own_kinds), min_size=1, max_size=2)
    )
    calls = draw(st.integers(4, 12))
    for number in range(calls):
        shared, kinds = draw(st.sampled_from(patterns))
        owner = draw(st.integers(0, number)) if draw(st.integers(0, 7)) == 0 else number
        names = [*sorted(shared), *(_own(kind, owner) for kind in sorted(kinds))]
        if draw(st.integers(0, 3)) == 0:
            names.append(("customer_id", draw(st.sampled_from(["ann", "bob"]))))
        named.append(names)
        events.append(_naming(event("call.started", number * HOUR, f"c{number}"), names))
    for number in range(calls, 2 * calls):  # whose is each of the names alone?
        alone = [draw(st.sampled_from(draw(st.sampled_from(named))))]
        events.append(_naming(event("call.started", number * HOUR, f"c{number}"), alone))
    for number in range(draw(st.integers(0, 3))):
        type_ = draw(st.sampled_from(["customer.identified", "customer.separated"]))
        said = event(type_, draw(st.integers(0, 20)) * HOUR + number, f"c{2 * calls}") | {
            "id": f"said-{number}"
        }
        pair = draw(st.permutations(draw(st.sampled_from(named))))[:2]
        events.append(_naming(said, pair))
    return events


@st.composite
def companies(draw: st.DrawFn) -> list[Raw]:
    """Calls about what several customers share, each of them on devices of his own, some corrected later; and
    what is said of them all, and of what they share."""
    account, email = ("account_id", "k1"), ("email", "a@x.example")
    shared = draw(st.sampled_from([[account], [email], [account, email]]))
    people = [("customer_id", name) for name in ("ann", "bob", "cid")]
    events: list[Raw] = []
    for number in range(draw(st.integers(3, 7))):
        for correction in range(draw(st.sampled_from([1, 1, 2]))):
            person = draw(st.integers(0, 2))
            names = [*shared, *draw(st.sampled_from([[people[person]], [people[person]], []]))]
            names += draw(st.sampled_from([[], [_own("visitor_id", person)], [_own("device_id", number)]]))
            started = event("call.started", number * HOUR, f"c{number}") | {"sequence": str(correction)}
            events.append(_naming(started, names))
    known = [*shared, *people, _own("visitor_id", 0), _own("visitor_id", 1), _own("device_id", 0)]
    for number, name in enumerate(known):  # whose is each of the names alone?
        events.append(_naming(event("call.started", 20 * HOUR, f"w{number}"), [name]))
    for number in range(draw(st.integers(0, 3))):
        type_ = draw(st.sampled_from(["customer.identified", "customer.separated"]))
        said = event(type_, draw(st.integers(0, 20)) * HOUR + number, "w0") | {"id": f"said-{number}"}
        events.append(_naming(said, draw(st.permutations(known[:5]))[:2]))
    return events


def _own(kind: str, owner: int) -> tuple[str, str]:
    values = {"email": f"e{owner}@x.example", "phone": f"+141555502{owner:02}"}
    return kind, values.get(kind, f"{kind[0]}{owner}")


@st.composite
def corrections(draw: st.DrawFn, history: list[Raw]) -> list[Raw]:
    """Some of the events once more, naming others under the same id."""
    chosen = draw(st.lists(st.sampled_from(history), max_size=2, unique_by=lambda event: event["id"]))
    return [_naming(event | {"sequence": "7"}, draw(_several)) for event in chosen if "subject" in event]


def _naming(event: Raw, names: list[tuple[str, str]]) -> Raw:
    named: dict[str, list[str]] = {}
    for kind, value in names:
        named.setdefault(kind, []).append(value)
    return event | {"data": {**event["data"], "identifiers": named}} if named else event
