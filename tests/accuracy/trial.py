"""One trial: some days of the simulated centre, through both stages of the builder, against the labels."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct

from schemas.frictions import Friction, Kind
from services.simulator.core.delivery import Delivery
from services.simulator.core.disorder import Disorder
from services.simulator.core.tales import Event
from services.simulator.files import labels
from services.simulator.options import Options, delivered, make_world
from tests.core.pipeline import Pipeline

#: A Monday, 0:00 UTC.
BEGIN_MS = 1_772_409_600_000
DAY_MS = 86_400_000
#: Long enough after the last event for every deadline, too early for anything to be forgotten.
AFTER_MS = 10 * DAY_MS
BATCH_EVENTS, BATCH_MS = 500, 300_000
DAYS = 9
#: When a menu, a form and a queue go wrong.
TROUBLE_MINUTE = 7 * 24 * 60
#: Events of one customer in these days; and of a day, for each a second in its busiest hour.
EVENTS_PER_CUSTOMER, BUSY_SECONDS_A_DAY = 50, 53_000

CASES = {
    "clean": Disorder(),
    "disordered": Disorder(late=0.1, duplicate=0.05, shuffle_s=600, conflict=0.02),
    # Sources that try again lose nothing one by one: they fall silent for a while.
    "lossy": Disorder(missing=0.02, spell_s=300),
}


class Trial(Struct, frozen=True):
    """`events`: about so many. `mixed`: systems know a customer by different names, else all by his id."""

    case: str
    seed: int
    events: int
    mixed: bool = False


class Score(NamedTuple):
    """Of one kind: what truly hurt, what was raised, and what of that was right in every respect."""

    labels: int
    found: int
    right: int


class Outcome(NamedTuple):
    trial: Trial
    events: int
    scores: dict[str, Score]


class Claim(NamedTuple):
    """What a label and a friction must agree in."""

    kind: str
    touchpoint: str
    source: str
    subject: str
    at: str


class Claims(NamedTuple):
    """What is true, what was raised, and the number of events told, whatever became of them."""

    true: Counter[Claim]
    raised: Counter[Claim]
    events: int


def run(trial: Trial) -> Outcome:
    true, raised, events = claims(trial)
    scores = {}
    for kind in Kind:
        labels_of, found = _of_kind(true, kind), _of_kind(raised, kind)
        scores[kind.value] = Score(labels_of.total(), found.total(), (labels_of & found).total())
    return Outcome(trial, events, scores)


def claims(trial: Trial) -> Claims:
    """While events arrive, the clock goes on: what is late comes after the deadlines."""
    world = make_world(_options(trial), BEGIN_MS)
    arriving = delivered(world, CASES[trial.case], trial.seed)
    pipeline = Pipeline()
    for batch in _batches(arriving):
        pipeline.feed(batch, arriving.now)
        pipeline.pass_time(arriving.now * 1000)
    pipeline.pass_time((arriving.now + AFTER_MS) * 1000)
    true = Counter(
        Claim(*(str(label[field]) for field in ("kind", "touchpoint", "source", "subject", "at")))
        for label in labels(world)
    )
    told = sum(len(tale.events) for tale in world.tales) + len(world.links)
    return Claims(true, Counter(_claim(friction) for friction in pipeline.raised()), told)


def _options(trial: Trial) -> Options:
    return Options(
        seed=trial.seed,
        customers=max(100, trial.events // EVENTS_PER_CUSTOMER),
        rate=trial.events / DAYS / BUSY_SECONDS_A_DAY,
        minutes=DAYS * 24 * 60,
        trouble_minute=TROUBLE_MINUTE,
        identified=not trial.mixed,
    )


def _batches(arriving: Delivery) -> Iterator[list[Event]]:
    """What arrives within minutes, as a busy worker takes it."""
    batch: list[Event] = []
    since_ms = arriving.now
    while arriving.next_ms is not None:
        batch += arriving.step()
        if len(batch) >= BATCH_EVENTS or arriving.now - since_ms > BATCH_MS:
            yield batch
            batch, since_ms = [], arriving.now
    yield batch


def _claim(friction: Friction) -> Claim:
    contact = friction.contact
    return Claim(friction.kind.value, friction.touchpoint, contact.source, contact.subject, friction.at)


def _of_kind(claims: Counter[Claim], kind: Kind) -> Counter[Claim]:
    return Counter({claim: count for claim, count in claims.items() if claim.kind == kind.value})
