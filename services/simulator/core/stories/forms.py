"""A visit to the web site: pages, and forms with fields, mistakes; sent, or given up by leaving or by
doing something else."""

from collections.abc import Generator

from services.simulator.core import centre
from services.simulator.core.dice import HOUR, happens, lasting, lasting_about, one_of
from services.simulator.core.people import Person
from services.simulator.core.stories import after
from services.simulator.core.tales import Tale
from services.simulator.core.world import Queue, Story, World

GIVES_UP = 0.04
GIVES_UP_IN_TROUBLE = 0.7
FILLING_S = 7.0
#: Looks at the form and leaves; looks something up elsewhere and comes back.
ONLY_LOOKS, LOOKS_UP = 0.06, 0.06
#: Whoever got a field wrong gets it wrong again.
WRONG_AGAIN = 0.4
SERVER_FAILS, FAILS_AGAIN, SERVER_SAYS_IT = 0.04, 0.4, 0.9
ONE_MORE_FORM = 0.12
READS_FIRST = 0.3
HELP_PAGES = ("/help", "/help/contact", "/shop")
LOADING_S = 1.1
LOADING_IN_TROUBLE_S = 2.6
SLOW_LIMIT_MS = 4000

Filling = Generator[int | Queue, bool, bool]


def fill_in(world: World, person: Person, goal: str) -> Story:
    """One visit, and what he does when it did not work."""
    tale = world.contact(person, "web_form", centre.WEB, counts=False)
    person.is_engaged = True
    yield from _arrive(world, tale)
    form = centre.GOALS[goal].form
    if not happens(world.dice, ONLY_LOOKS):
        is_sent = yield from _one_form(world, tale, form, goal)
        if is_sent and happens(world.dice, ONE_MORE_FORM):
            form = one_of(world.dice, [other for other in centre.FORMS if other != form])
            is_sent = yield from _one_form(world, tale, form, None)
        if not is_sent:
            yield from _give_up(world, tale, form, goal)
    person.is_engaged = False


def _arrive(world: World, tale: Tale) -> Story:
    """Some read first, and some do nothing else."""
    person = tale.person
    names = {"visitor_id": person.visitor_id}
    if happens(world.dice, person.persona.logs_in):
        names |= {"email": person.email, "customer_id": person.customer_id}
    if happens(world.dice, READS_FIRST):
        yield from _load(world, tale, one_of(world.dice, HELP_PAGES), None, names)
        yield lasting(world.dice, 30.0 * person.persona.pace)
    else:
        yield from _load(world, tale, "/", None, names)
        yield lasting(world.dice, 5.0)


def _load(
    world: World, tale: Tale, page: str, form: str | None, names: dict[str, str] | None = None
) -> Story:
    """The event comes when it is loaded, and tells how long that took."""
    trouble = world.plan.trouble
    is_bad = trouble is not None and form is not None and trouble.hits_form(form, world.now)
    median_s = LOADING_IN_TROUBLE_S if is_bad else LOADING_S
    load_ms = lasting_about(world.dice, median_s, SLOW_LIMIT_MS / 1000, 0.3 if is_bad else 0.6)
    yield load_ms
    world.say(tale, "web_form.page_loaded", page=page, load_ms=load_ms, identifiers=names, form_id=form)
    yield 200


def _one_form(world: World, tale: Tale, form: str, goal: str | None) -> Filling:
    """True when it was sent."""
    person, page = tale.person, centre.FORMS[form].page
    yield from _load(world, tale, page, form)
    world.say(tale, "web_form.viewed", form_id=form, page=page)
    yield lasting(world.dice, 6 * person.persona.pace)
    # What a form is for, the page knows; not every page says so.
    goal_said = goal if happens(world.dice, 0.6) else None
    world.say(tale, "web_form.started", form_id=form, goal=goal_said)
    yield lasting(world.dice, 2.0)
    for field in centre.FORMS[form].fields:
        if not (yield from _fill(world, tale, form, field)):
            return False
    return (yield from _submit(world, tale, form))


def _fill(world: World, tale: Tale, form: str, field: str) -> Filling:
    """One field, perhaps with mistakes; False when it was one too many."""
    trouble = world.plan.trouble
    is_bad = trouble is not None and trouble.hits_form(form, world.now) and field == trouble.field
    pace = FILLING_S * tale.person.persona.pace
    _change(world, tale, form, field)
    yield lasting(world.dice, pace)
    mistakes = 0.8 if is_bad else tale.person.persona.slips
    for _ in range(3):
        if not happens(world.dice, mistakes):
            break
        world.say(tale, "web_form.field_failed", form_id=form, field=field, error="invalid")
        yield lasting(world.dice, pace)
        _change(world, tale, form, field)
        yield lasting(world.dice, pace / 2)
        mistakes = max(mistakes, WRONG_AGAIN)
    if happens(world.dice, LOOKS_UP):
        yield from _look_up(world, tale, form, field)
    return not happens(world.dice, GIVES_UP_IN_TROUBLE if is_bad else GIVES_UP)


def _change(world: World, tale: Tale, form: str, field: str) -> None:
    world.say(tale, "web_form.field_changed", form_id=form, field=field)


def _look_up(world: World, tale: Tale, form: str, field: str) -> Story:
    """Away for seconds or for half an hour, and back at the same field."""
    world.say(tale, "web_form.left", form_id=form)
    yield min(lasting_about(world.dice, 60, 120, 1.2), HOUR)
    world.say(tale, "web_form.viewed", form_id=form, page=centre.FORMS[form].page)
    yield lasting(world.dice, 3.0)
    _change(world, tale, form, field)
    yield lasting(world.dice, 3.0)


def _submit(world: World, tale: Tale, form: str) -> Filling:
    """The server may fail him, once or again. That it is sent the page says, and mostly the server, too."""
    yield lasting(world.dice, 3.0)
    chance = SERVER_FAILS
    while happens(world.dice, chance):
        world.say(tale, "web_form.submit_failed", form_id=form, error="server")
        yield lasting(world.dice, 10.0)
        if happens(world.dice, 0.1):
            return False
        chance = FAILS_AGAIN
    world.say(tale, "web_form.submitted", form_id=form)
    if happens(world.dice, SERVER_SAYS_IT):
        yield lasting(world.dice, 1.0)
        world.say(tale, "web_form.submitted", form_id=form)
    if happens(world.dice, 0.08):
        after.consent(world, dict(sorted(tale.names)))
    yield lasting(world.dice, 2.0)
    return True


def _give_up(world: World, tale: Tale, form: str, goal: str) -> Story:
    """By leaving, or by never touching it again; some reach for the phone."""
    if happens(world.dice, 0.85):
        world.say(tale, "web_form.left", form_id=form)
        if happens(world.dice, 0.1):
            # Another page of the same site: he has not left it, but forgotten the form.
            yield lasting(world.dice, 60.0)
            yield from _load(world, tale, one_of(world.dice, HELP_PAGES), None)
    after.takes_another_way(world, tale, goal, 0.8)
