"""The contact centre as data: goals, queues, menus, forms, the day's course, and the planted trouble."""

import math

from msgspec import Struct

from services.simulator.core.dice import HOUR
from services.simulator.core.personas import PERSONAS

PBX = "//harbour/pbx"
CHAT = "//harbour/chat"
WEB = "//harbour/web"
MAIL = "//harbour/mail"
SOCIAL = "//harbour/social"
DESK = "//harbour/desk"
SURVEY = "//harbour/survey"
CRM = "//harbour/crm"
SHOP = "//harbour/shop"
#: Fitters who work for the centre; what they do at the customer's no other system knows.
PARTNER = "//fitters/jobs"


class Goal(Struct, frozen=True, kw_only=True):
    """What a customer may want, and where the centre takes it."""

    queue: str
    #: His way through the IVR, after the first menu.
    nodes: tuple[str, ...]
    topic: str
    form: str
    #: How likely the IVR or the bot settles it alone.
    contained: float
    #: How much more often it comes in some hours than in others.
    hours: dict[int, float] = {}


_MORNING = dict.fromkeys(range(8, 12), 1.4)
_EVENING = dict.fromkeys(range(17, 23), 1.8)
GOALS = {
    "pay_bill": Goal(
        queue="billing", nodes=("bills",), topic="invoice", form="payment", contained=0.25, hours=_MORNING
    ),
    "track_order": Goal(queue="orders", nodes=("delivery",), topic="parcel", form="order", contained=0.3),
    "fix_internet": Goal(
        queue="technical", nodes=("faults",), topic="router", form="fault", contained=0.05, hours=_EVENING
    ),
    "move_house": Goal(
        queue="contracts", nodes=("contract", "moving"), topic="moving", form="address", contained=0.0
    ),
    "change_plan": Goal(
        queue="contracts", nodes=("contract", "plans", "tariffs"), topic="plan", form="plan", contained=0.0
    ),
    "cancel": Goal(
        queue="contracts", nodes=("contract", "leaving"), topic="contract", form="plan", contained=0.0
    ),
}
QUEUES = ("billing", "orders", "technical", "contracts")
#: Median of the talk, in seconds.
TALK_S = {"billing": 210.0, "orders": 150.0, "technical": 330.0, "contracts": 260.0}
MENUS = {
    "main": 5, "bills": 4, "delivery": 4, "faults": 5, "contract": 6,
    "moving": 3, "plans": 5, "tariffs": 6, "leaving": 2, "shops": 3, "jobs": 2,
}  # fmt: skip
#: Where those come who choose wrongly.
SIDE_MENUS = ("bills", "faults", "contract", "shops", "jobs")


class Form(Struct, frozen=True):
    page: str
    fields: tuple[str, ...]


FORMS = {
    "address": Form("/move", ("name", "street", "postcode", "city", "moving_day")),
    "payment": Form("/pay", ("customer_number", "iban", "amount")),
    "order": Form("/orders", ("order_number", "postcode")),
    "fault": Form("/help/fault", ("device", "since", "description", "phone")),
    "plan": Form("/plans", ("plan", "options", "email")),
}


class Trouble(Struct, frozen=True):
    """A bad afternoon: from a moment on one menu, one form and one queue go wrong."""

    from_ms: int
    node: str = "delivery"
    options: int = 8
    form: str = "address"
    field: str = "postcode"
    queue: str = "billing"

    def hits_node(self, node: str, now: int) -> bool:
        return now >= self.from_ms and node == self.node

    def hits_form(self, form: str, now: int) -> bool:
        return now >= self.from_ms and form == self.form

    def hits_queue(self, queue: str, now: int) -> bool:
        return now >= self.from_ms and queue == self.queue


#: How many come by channel, and in the busiest hour how many events one of them makes, on average.
CHANNELS = {
    "phone": 0.48, "chat": 0.13, "form": 0.18, "email": 0.08,
    "social": 0.03, "touchpoint": 0.05, "ticket": 0.02, "outbound": 0.02, "survey": 0.01,
}  # fmt: skip
EVENTS_PER_CONTACT = 11.1
#: While the form is in trouble a mailing brings more visitors to it: so many more for each usual form visit.
MAILING = 1.0
#: Contacts of one customer on one day, and the part of a day's contacts that the busiest hour has.
CONTACTS_A_DAY = 0.4
BUSIEST_HOUR = 0.085
_VOICE = (
    0.03, 0.02, 0.02, 0.02, 0.02, 0.05, 0.12, 0.35, 0.75, 0.95, 1.0, 0.97,
    0.8, 0.85, 0.95, 0.97, 0.92, 0.85, 0.7, 0.5, 0.35, 0.2, 0.1, 0.05,
)  # fmt: skip
_WEB = (
    0.2, 0.1, 0.06, 0.05, 0.05, 0.08, 0.2, 0.4, 0.6, 0.75, 0.85, 0.85,
    0.9, 0.85, 0.85, 0.85, 0.85, 0.9, 0.95, 1.0, 1.0, 0.9, 0.7, 0.4,
)  # fmt: skip
_ON_THE_PHONE = ("phone", "outbound")
#: Beyond the load itself, so many times its square root: about four of five callers are answered at once.
SPARE = 0.5
#: Of the staff of the queue in trouble, this part is left.
LEFT_IN_TROUBLE = 0.4
#: Beyond the median talk: holds, authentication.
AFTER_CALL_S = 25.0
#: Beyond the first calls: those that come again or are passed on.
COMES_AGAIN = 1.12


def share_of_hour(channel: str, hour: int) -> float:
    return (_VOICE if channel in _ON_THE_PHONE else _WEB)[hour]


def goal_weights(goals: dict[str, float], hour: int) -> dict[str, float]:
    return {name: weight * GOALS[name].hours.get(hour, 1.0) for name, weight in goals.items()}


def queue_share(queue: str, hour: int) -> float:
    """The part of all callers that come to this queue in this hour: those whom the IVR does not contain."""
    found = callers = 0.0
    for persona in PERSONAS:
        weights = goal_weights(persona.goals, hour)
        of_queue = sum(
            weight * (1 - GOALS[name].contained)
            for name, weight in weights.items()
            if GOALS[name].queue == queue
        )
        found += persona.share * persona.channels.get("phone", 1.0) * of_queue / sum(weights.values())
        callers += persona.share * persona.channels.get("phone", 1.0)
    return found / callers


def staff(queue: str, hour: int, contacts_s: float) -> int:
    """Agents of a queue in an hour, when the centre has so many contacts a second in its busiest hour."""
    calls_s = contacts_s * CHANNELS["phone"] * share_of_hour("phone", hour) * queue_share(queue, hour)
    load = calls_s * COMES_AGAIN * (TALK_S[queue] * 1.15 + AFTER_CALL_S)
    return max(1, math.ceil(load + SPARE * math.sqrt(load)))


def hour_of(now: int, shift_ms: int) -> int:
    return (now + shift_ms) // HOUR % 24
