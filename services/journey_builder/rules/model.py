"""The rules file as pydantic checks it: which names stand where. All scalars come as text."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model, model_validator

from schemas.data import IDENTIFIER_TYPES
from schemas.frictions import Kind
from services.journey_builder.core.durations import duration_text
from services.journey_builder.core.identity.policy import LIMITS
from services.journey_builder.core.parameters import JOURNEYS, KINDS, Parameter, Unit
from services.journey_builder.core.rules import DEFAULT, SEVERITIES
from services.journey_builder.rules.values import (
    Delay,
    Grade,
    Language,
    Moment,
    Name,
    Names,
    Number,
    Phrase,
    Region,
    Switch,
    of_parameter,
)


class Section(BaseModel):
    """A mapping of the file. `model_fields_set` says what the file gave."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _may_be_empty(cls, given: object) -> object:
        return {} if given is None else given


#: A name without a value is as good as none.
_MAY_BE_EMPTY = BeforeValidator(lambda given: () if given is None else given)


def _field(parameter: Parameter) -> Any:
    default = parameter.value_in(DEFAULT)
    shown = duration_text(int(default)) if parameter.unit is Unit.DURATION else default
    field = Field(default=default, description=parameter.says, json_schema_extra={"default": shown})
    return of_parameter(parameter), field


def _kind(kind: Kind) -> Any:
    fields = {parameter.name: _field(parameter) for parameter in KINDS[kind]}
    section: Any = create_model(
        kind.value,
        __base__=Section,
        **fields,
        enabled=(Switch, Field(default=True, description="whether it is looked for")),
        severity=(Grade, Field(default=SEVERITIES[kind], description="how grave it is")),
    )
    return section, section()


_KINDS = {kind.value: _kind(kind) for kind in Kind}

KindRules: Any = create_model("rules", __base__=Section, **_KINDS)
Journeys: Any = create_model(
    "journeys", __base__=Section, **{parameter.name: _field(parameter) for parameter in JOURNEYS}
)


class Words(Section):
    """What customers say that counts for `negative_sentiment`."""

    phrases: dict[Language, Annotated[tuple[Phrase, ...], _MAY_BE_EMPTY]] = Field(
        default={}, description="by language; `*` is any language"
    )


class WhenGoal(Section):
    tenant: Names = ()
    queue: Names = ()
    form: Names = ()
    node: Names = ()
    option: Names = ()
    topic: Names = ()


class Goal(Section):
    """A goal that is told by where a customer went, where no event names one."""

    goal: Name
    when: WhenGoal


class WhenOverride(Section):
    tenant: Names = ()
    queue: Names = ()
    channel: Names = ()
    form: Names = ()
    goal: Names = ()


Changes: Any = create_model(
    "set", __base__=Section, **_KINDS, journeys=(Journeys, Journeys()), words=(Words, Words())
)


class OverrideOf(Section):
    when: WhenOverride
    set: Changes


class VersionOf(Section):
    """One version of the rules, whole: what it leaves out has its default."""

    version: Number
    effective_from: Moment | None = Field(
        default=None, description="contacts that started earlier are judged by the version before"
    )
    rules: KindRules = KindRules()
    journeys: Journeys = Journeys()
    words: Words = Words()
    goals: Annotated[tuple[Goal, ...], _MAY_BE_EMPTY] = ()
    overrides: Annotated[tuple[OverrideOf, ...], _MAY_BE_EMPTY] = Field(
        default=(), description="what holds at some places only; later ones win"
    )


class Late(Section):
    """Sources whose events come late: their deadlines wait longer."""

    source: Names
    delay: Delay


_LIMITS: dict[str, Any] = {kind: (Number | None, LIMITS.get(kind)) for kind in IDENTIFIER_TYPES[1:]}
Limits: Any = create_model("limits", __base__=Section, **_LIMITS)
_OWN: dict[str, Any] = dict.fromkeys(IDENTIFIER_TYPES, (Names, ()))
Own: Any = create_model("own", __base__=Section, **_OWN)


class Naming(Section):
    """What identifiers do."""

    limits: Limits = Field(
        default=Limits(), description="with more distinct stronger identifiers, one links nobody"
    )
    blocked: Annotated[tuple[Name, ...], _MAY_BE_EMPTY] = Field(
        default=(), description="values that name nobody, whatever the type and case, beside the shipped ones"
    )
    own: Own = Field(default=Own(), description="the company's own identifiers: they name no customer")


class WhenTenant(Section):
    tenant: Names


class NamingOf(Section):
    when: WhenTenant
    set: Naming


class Identity(Naming):
    """Which identifiers link contacts to one customer."""

    phone_regions: dict[Name, Region] = Field(
        default={}, description="by tenant, the country of phone numbers without a code"
    )
    overrides: Annotated[tuple[NamingOf, ...], _MAY_BE_EMPTY] = Field(
        default=(),
        description="for some tenants: other limits, of which later ones win; more that is blocked or own",
    )


class RulesText(Section):
    """The rules by which friction is judged."""

    identity: Identity = Identity()
    versions: Annotated[tuple[VersionOf, ...], _MAY_BE_EMPTY] = ()
    sources: Annotated[tuple[Late, ...], _MAY_BE_EMPTY] = ()
