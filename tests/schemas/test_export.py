"""The exported JSON Schemas say what the code says."""

import jsonschema
import pytest

from schemas.export import FOLDER, rendered, schema_of
from tests.schemas.test_codec import MENU

ADVICE = "run `make schemas` and look at the difference: producers rely on these files"


def test_the_files_are_those_that_the_code_gives() -> None:
    files = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.*.schema.json")}
    assert files == rendered(), ADVICE


def test_they_accept_a_good_event() -> None:
    jsonschema.validate(MENU, schema_of("ivr.menu_entered"))


@pytest.mark.parametrize("missing", ["id", "source", "time", "subject"])
def test_they_refuse_what_the_codec_refuses(missing: str) -> None:
    event = {name: value for name, value in MENU.items() if name != missing}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(event, schema_of("ivr.menu_entered"))


def test_they_mark_what_can_hold_personal_data() -> None:
    spoken = schema_of("call.transcribed")["$defs"]["CallTranscribed"]["properties"]
    assert spoken["text"]["anyOf"][0]["x-personal-data"]
    assert spoken["identifiers"]["anyOf"][0]["x-personal-data"]
