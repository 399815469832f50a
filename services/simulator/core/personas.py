"""Who contacts the centre: six tempers, and what each of them usually wants."""

from msgspec import Struct


class Persona(Struct, frozen=True, kw_only=True):
    """A temper. Chances are per occasion; `patience_s` is the median wait before giving up."""

    name: str
    share: float
    patience_s: float
    #: Of listening, typing, reading: 1 is average.
    pace: float
    #: Wrong or missed input in a menu or a field.
    slips: float
    #: Tries again after giving up, after a form that failed, after an unresolved contact.
    insists: float
    #: What he says sounds like, -1 to 1.
    mood: float
    logs_in: float
    channels: dict[str, float]
    goals: dict[str, float]


PERSONAS = (
    Persona(
        name="patient", share=0.25, patience_s=480, pace=1.0, slips=0.05, insists=0.35, mood=0.3, logs_in=0.4,
        channels={"phone": 1.0, "email": 1.4},
        goals={"pay_bill": 3, "track_order": 3, "move_house": 2, "fix_internet": 3, "change_plan": 2},
    ),
    Persona(
        name="hurried", share=0.2, patience_s=100, pace=0.7, slips=0.08, insists=0.6, mood=-0.1, logs_in=0.5,
        channels={"chat": 1.5, "phone": 0.9, "form": 1.3},
        goals={"track_order": 5, "pay_bill": 3, "fix_internet": 3, "move_house": 2},
    ),
    Persona(
        name="anxious", share=0.15, patience_s=260, pace=1.2, slips=0.1, insists=0.7, mood=-0.2, logs_in=0.3,
        channels={"phone": 1.3, "social": 1.2},
        goals={"pay_bill": 5, "cancel": 1, "fix_internet": 3, "track_order": 3},
    ),
    Persona(
        name="thrifty", share=0.15, patience_s=220, pace=1.0, slips=0.04, insists=0.5, mood=0.0, logs_in=0.6,
        channels={"chat": 1.2, "form": 1.3},
        goals={"change_plan": 5, "pay_bill": 4, "cancel": 3},
    ),
    Persona(
        name="expert", share=0.1, patience_s=180, pace=0.6, slips=0.01, insists=0.4, mood=0.1, logs_in=0.8,
        channels={"form": 1.8, "chat": 1.5, "phone": 0.6, "social": 1.5},
        goals={"fix_internet": 5, "change_plan": 3, "move_house": 3},
    ),
    Persona(
        name="elderly", share=0.15, patience_s=600, pace=1.6, slips=0.14, insists=0.5, mood=0.2, logs_in=0.1,
        channels={"phone": 1.8, "chat": 0.3, "form": 0.5, "social": 0.1},
        goals={"pay_bill": 4, "fix_internet": 4, "track_order": 2, "move_house": 1},
    ),
)  # fmt: skip
BY_NAME = {persona.name: persona for persona in PERSONAS}
