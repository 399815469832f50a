"""The mark on every field that can hold personal data; it reaches the exported JSON Schemas."""

from typing import Annotated

import msgspec

PERSONAL = msgspec.Meta(extra_json_schema={"x-personal-data": True})

#: Free text or a name that a person may have written or be known by.
PersonalText = Annotated[str, PERSONAL]

#: What a source knows its customer by: type -> one value or several.
Identifiers = Annotated[dict[str, str | list[str]], PERSONAL]
