"""A web form: page, fields, mistakes; sent, or given up by leaving or by doing something else."""

from collections.abc import Generator

from services.simulator.core import centre
from services.simulator.core.dice import HOUR, happens, lasting
from services.simulator.core.people import Person
from services.simulator.core.stories import after, chat, phone
from services.simulator.core.tales import Session, Tale
from services.simulator.core.world import Queue, Story, World

GIVES_UP = 0.05
GIVES_UP_IN_TROUBLE = 0.7
FILLING_S = 7.0
#: He looks something up elsewhere and comes back.
LOOKS_UP = 0.06
SLOW_MS = 6500.0

Filling = Generator[int | Queue, bool, bool]


def fill_in(world: World, person: Person, goal: str) -> Story:
    """One visit to a form, and what he does when it did not work."""
    name = centre.GOALS[goal].form
    tale = world.contact(person, "web_form", centre.WEB, counts=False)
    tale.session = Session(name)
    person.is_engaged = True
    yield from _open(world, tale, goal)
    for field in centre.FORMS[name].fields:
        if not (yield from _fill(world, tale, field)):
            _give_up(world, tale, goal)
            break
    else:
        yield from _submit(world, tale)
    person.is_engaged = False


def _open(world: World, tale: Tale, goal: str) -> Story:
    person, form = tale.person, centre.FORMS[centre.GOALS[goal].form]
    names = {"visitor_id": person.visitor_id}
    if happens(world.dice, person.persona.logs_in):
        names |= {"email": person.email, "customer_id": person.customer_id}
    name = centre.GOALS[goal].form
    load_ms = _load_ms(world, name)
    world.say(tale, "web_form.page_loaded", page=form.page, load_ms=load_ms, identifiers=names, form_id=name)
    yield int(load_ms) // 4 + 200
    world.say(tale, "web_form.viewed", form_id=name, page=form.page)
    yield lasting(world.dice, 6 * person.persona.pace)
    # What a form is for, the page knows; not every page says so.
    goal_said = goal if happens(world.dice, 0.6) else None
    tale.session = tale.session or Session(name)
    tale.session.last = world.say(tale, "web_form.started", form_id=name, goal=goal_said)
    yield lasting(world.dice, 2.0)


def _load_ms(world: World, form: str) -> float:
    trouble = world.plan.trouble
    if trouble is not None and trouble.hits_form(form, world.now):
        return float(lasting(world.dice, SLOW_MS / 1000, 0.25))
    return float(min(3900, lasting(world.dice, 0.7, 0.5)))


def _fill(world: World, tale: Tale, field: str) -> Filling:
    """One field, perhaps with mistakes; False when it was one too many."""
    assert tale.session is not None
    session, trouble = tale.session, world.plan.trouble
    is_bad = trouble is not None and trouble.hits_form(session.form, world.now) and field == trouble.field
    pace = FILLING_S * tale.person.persona.pace
    _change(world, tale, field)
    yield lasting(world.dice, pace)
    mistakes = 0.8 if is_bad else tale.person.persona.slips
    for _ in range(3):
        if not happens(world.dice, mistakes):
            break
        session.last = world.say(
            tale, "web_form.field_failed", form_id=session.form, field=field, error="invalid"
        )
        session.last_field = field
        yield lasting(world.dice, pace)
        _change(world, tale, field)
        yield lasting(world.dice, pace / 2)
    if happens(world.dice, LOOKS_UP):
        yield from _look_up(world, tale, field)
    return not happens(world.dice, GIVES_UP_IN_TROUBLE if is_bad else GIVES_UP / 2)


def _change(world: World, tale: Tale, field: str) -> None:
    assert tale.session is not None
    session = tale.session
    changed = world.say(tale, "web_form.field_changed", form_id=session.form, field=field)
    session.last_change = session.last = changed
    session.was_left = False
    session.last_field = field


def _look_up(world: World, tale: Tale, field: str) -> Story:
    """Away for seconds or for half an hour, and back at the same field."""
    assert tale.session is not None
    tale.session.last = world.say(tale, "web_form.left", form_id=tale.session.form)
    tale.session.was_left = True
    yield min(lasting(world.dice, 60, 1.2), HOUR)
    world.say(tale, "web_form.viewed", form_id=tale.session.form, page=centre.FORMS[tale.session.form].page)
    yield lasting(world.dice, 3.0)
    _change(world, tale, field)
    yield lasting(world.dice, 3.0)


def _give_up(world: World, tale: Tale, goal: str) -> None:
    assert tale.session is not None
    if happens(world.dice, 0.85):
        tale.session.was_left = True
        tale.session.last = world.say(tale, "web_form.left", form_id=tale.session.form)
    person, turn = tale.person, world.dice.random()
    if turn < person.persona.insists / 2:
        pause = lasting(world.dice, 5 * 60, 0.8)
        world.begin_if_open(lambda: phone.call(world, person, goal), pause)
    elif turn < person.persona.insists * 0.7:
        pause = lasting(world.dice, 3 * 60, 0.8)
        world.begin_if_open(lambda: chat.write(world, person, goal), pause)


def _submit(world: World, tale: Tale) -> Story:
    assert tale.session is not None
    session = tale.session
    yield lasting(world.dice, 3.0)
    if happens(world.dice, 0.03):
        world.say(tale, "web_form.submit_failed", form_id=session.form, error="server")
        yield lasting(world.dice, 10.0)
    session.was_submitted = True
    world.say(tale, "web_form.submitted", form_id=session.form)
    if happens(world.dice, 0.08):
        after.consent(world, dict(sorted(tale.names)))
