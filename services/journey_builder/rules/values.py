"""Values of the rules file: how each kind of value is read from text, and what is said where it cannot be."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from phonenumbers import SUPPORTED_REGIONS
from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from schemas.frictions import Severity
from schemas.times import SECOND_US
from services.journey_builder.core.durations import PATTERN, duration_text, parse_duration
from services.journey_builder.core.parameters import Parameter, Unit
from services.journey_builder.core.phrases import canonical
from services.journey_builder.core.rules import KEPT_US

#: The `type` of errors whose message says what was expected.
EXPECTED = "expected"
A_DURATION = 'a duration such as "120 s" or "2 min"'
_LANGUAGE = re.compile(r"\*|[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*")


class _OutOfBounds(ValueError):
    """A value of the right kind; the text says what its bounds are."""


def _reader(convert: Callable[[str], Any], what: str) -> BeforeValidator:
    """Makes a value of its text; `convert` raises ValueError where it cannot."""

    def read(given: object) -> Any:
        expected = what
        try:
            if isinstance(given, str):
                return convert(given)
        except _OutOfBounds as error:
            expected = str(error)
        except (ValueError, OverflowError):
            pass
        raise PydanticCustomError(EXPECTED, "expected {what}", {"what": expected})

    return BeforeValidator(read)


def _one_or_many(given: object) -> object:
    return [given] if isinstance(given, str) else given


def _bounded(convert: Callable[[str], float], least: float, most: float, unit: Unit) -> Callable[[str], Any]:
    def read(text: str) -> float:
        value = convert(text)
        if not least <= value <= most:
            raise _OutOfBounds(f"{_shown(least, unit)} to {_shown(most, unit)}")
        return value

    return read


def _shown(value: float, unit: Unit) -> str:
    return duration_text(int(value)) if unit is Unit.DURATION else f"{value:g}"


def _moment(text: str) -> int:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return round(moment.timestamp() * SECOND_US)


def _positive(text: str) -> int:
    number = int(text)
    if not 1 <= number < 2**31:
        raise ValueError(text)
    return number


_SWITCHES = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}


def _switch(text: str) -> bool:
    if text.lower() not in _SWITCHES:
        raise ValueError(text)
    return _SWITCHES[text.lower()]


def _name(text: str) -> str:
    if not text.strip():
        raise ValueError(text)
    return text


def _region(text: str) -> str:
    if text.upper() not in SUPPORTED_REGIONS:
        raise ValueError(text)
    return text.upper()


def _phrase(text: str) -> str:
    return _name(canonical(text))


def _language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise ValueError(text)
    return text.casefold().replace("_", "-")


_SWITCH_SCHEMA = {"type": "boolean"}
_DURATION_SCHEMA = {"type": "string", "pattern": PATTERN}
_NAMES_SCHEMA = {
    "anyOf": [
        {"type": ["string", "number"]},
        {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 1},
    ],
    "description": "A name, or several; `*` stands for anything.",
}

_UNITS: dict[Unit, tuple[Callable[[str], float], str, dict[str, Any]]] = {
    Unit.DURATION: (parse_duration, A_DURATION, _DURATION_SCHEMA),
    Unit.COUNT: (int, "a whole number", {"type": "integer"}),
    Unit.NUMBER: (float, "a number", {"type": "number"}),
}

Switch = Annotated[bool, _reader(_switch, "`true` or `false`"), WithJsonSchema(_SWITCH_SCHEMA)]
Grade = Annotated[
    Severity, _reader(Severity, "`low`, `medium` or `high`"), WithJsonSchema({"enum": [*Severity]})
]
Moment = Annotated[
    int,
    _reader(_moment, "a moment such as `2026-12-01T00:00:00Z`, with its offset"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Number = Annotated[
    int, _reader(_positive, "a whole number of at least 1"), WithJsonSchema({"type": "integer", "minimum": 1})
]
Delay = Annotated[
    int,
    _reader(_bounded(parse_duration, 1000, KEPT_US, Unit.DURATION), A_DURATION),
    WithJsonSchema(_DURATION_SCHEMA),
]
Name = Annotated[str, _reader(_name, "a name")]
Names = Annotated[
    tuple[Annotated[str, _reader(_name, "a name")], ...],
    BeforeValidator(_one_or_many),
    Field(min_length=1),
    WithJsonSchema(_NAMES_SCHEMA),
]
Region = Annotated[str, _reader(_region, "a country such as `US`")]
Phrase = Annotated[str, _reader(_phrase, "a phrase of at least one word")]
Language = Annotated[str, _reader(_language, "a language such as `en` or `en-GB`, or `*`")]


def of_parameter(parameter: Parameter) -> Any:
    """The type of a parameter's value: its unit, within its bounds."""
    convert, what, schema = _UNITS[parameter.unit]
    if parameter.unit is not Unit.DURATION:
        schema = {**schema, "minimum": parameter.least, "maximum": parameter.most}
    bounded = _bounded(convert, parameter.least, parameter.most, parameter.unit)
    return Annotated[Any, _reader(bounded, what), WithJsonSchema(schema)]
