"""Generated histories: a few customers, contacts of every channel, moments that like the limits."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.core.plots import DAY, HOUR, MINUTE, Step, near, plots
from tests.core.soups import ABOUT, SOUPS

T0 = datetime(2026, 1, 1, tzinfo=UTC)
Raw = dict[str, Any]

#: Steps in seconds: small ones, and both sides of every limit.
STEPS = (0, 1, *near(5), 30, *near(60), *near(120), *near(180), 600)
LONG_STEPS = (
    *near(15 * MINUTE),
    *near(30 * MINUTE),
    2 * HOUR,
    *near(4 * HOUR),
    *near(DAY),
    *near(3 * DAY),
    *near(7 * DAY),
)


class Person(NamedTuple):
    """Who it is, by nothing but his strongest identifier; and what he wants."""

    identifiers: dict[str, str]
    goal: str | None
    tenant: str | None


_people = st.builds(
    Person,
    st.sampled_from([{}, {"phone": "+14155550101"}, {"customer_id": "ann"}, {"customer_id": "bob"}]),
    st.sampled_from([None, None, "move", "bill"]),
    st.sampled_from([None, None, None, "acme"]),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Raw]:
    """CloudEvents of a few customers, in order of time within each contact."""
    events: list[Raw] = []
    at = 0.0
    usual = draw(_people)
    for number in range(draw(st.integers(1, 5))):
        at += draw(st.sampled_from(STEPS + LONG_STEPS))
        person = draw(st.one_of(st.just(usual), _people))
        steps = draw(st.one_of(plots(), _soup()))
        events += draw(_told(steps, f"c{number}", at, person))
    return events + draw(_said_about(events))


@st.composite
def _soup(draw: st.DrawFn) -> tuple[Step, ...]:
    """A contact without a plot."""
    soup = draw(st.sampled_from(SOUPS))
    steps = []
    for number in range(draw(st.integers(1, 9))):
        gap = draw(st.sampled_from(STEPS if number % 4 else STEPS + LONG_STEPS))
        name = draw(st.sampled_from(sorted(soup)))
        steps.append(Step(gap, name, draw(soup[name])))
    return tuple(steps)


@st.composite
def _told(draw: st.DrawFn, steps: tuple[Step, ...], name: str, at: float, person: Person) -> list[Raw]:
    """Each contact says who it is with its first event, or some say it, or all."""
    events: list[Raw] = []
    introduced: set[str] = set()
    for number, step in enumerate(steps):
        at += draw(st.sampled_from(step.gap)) if isinstance(step.gap, tuple) else step.gap
        data = dict(step.data)
        if person.identifiers and (step.contact not in introduced or draw(st.booleans())):
            data["identifiers"] = person.identifiers
            introduced.add(step.contact)
        if person.goal is not None and draw(st.booleans()):
            data["goal"] = person.goal
        subject = f"{name}{step.contact}"
        events.append(_event(f"{subject}-{number}", step.type, at, subject, data, person.tenant))
    return events


@st.composite
def _said_about(draw: st.DrawFn, events: list[Raw]) -> list[Raw]:
    """Surveys and notes of other systems, about these contacts, about unknown ones, or about none."""
    said = []
    for number, event in enumerate(draw(st.lists(st.sampled_from(events), max_size=2))):
        name = draw(st.sampled_from(sorted(ABOUT)))
        subject = draw(st.sampled_from([event["subject"], event["subject"], "nobody's", None]))
        about = {"about": {"source": event["source"], "subject": subject}} if subject else {}
        moment = datetime.fromisoformat(event["time"]) - T0
        at = moment.total_seconds() + draw(st.sampled_from(STEPS + LONG_STEPS))
        told = _event(
            f"about-{number}", name, at, f"s{number}", draw(ABOUT[name]) | about, event.get("tenant")
        )
        if name == "survey.answered" and draw(st.booleans()):
            del told["subject"]
        said.append(told | {"source": "//acme/surveys"})
    return said


def _conflicting(event: Raw, seconds: float, sequence: dict[str, str], goal: str) -> Raw:
    moment = datetime.fromisoformat(event["time"]) + timedelta(seconds=seconds)
    data = {**event["data"], "goal": goal}
    return event | sequence | {"time": moment.isoformat(timespec="milliseconds"), "data": data}


@st.composite
def conflicts(draw: st.DrawFn, history: list[Raw]) -> list[Raw]:
    """Some of the events once more, with another content under the same id."""
    return [
        _conflicting(
            event,
            draw(st.sampled_from(STEPS)),
            draw(st.sampled_from([{}, {"sequence": "7"}, {"sequence": "10"}])),
            draw(st.sampled_from(["move", "bill"])),
        )
        for event in draw(st.lists(st.sampled_from(history), max_size=3))
    ]


def _event(event_id: str, name: str, at: float, subject: str, data: Raw, tenant: str | None) -> Raw:
    time = (T0 + timedelta(seconds=round(at, 3))).isoformat(timespec="milliseconds")
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": "//acme/all",
        "type": name,
        "time": time,
        "subject": subject,
        "data": data,
    }
    return event if tenant is None else event | {"tenant": tenant}
