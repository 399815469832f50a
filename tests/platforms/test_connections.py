"""`JOURNEYLINE_HOOKS`: what it may say, and what is said of a mistake in it."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from services.ingest.core.platforms.connections import Hooks, HooksError, hooks_of
from services.ingest.hooks import load_hooks, shipped_mappings
from services.settings import Settings, SettingsError
from tests.platforms.given import delivery

INTERCOM = {"platform": "intercom", "secrets": ["x"]}


def hooks(*connections: dict[str, Any], is_loopback: bool = False) -> Hooks:
    return hooks_of(list(connections), shipped_mappings(), is_loopback)


def test_a_platforms_only_connection_needs_no_name() -> None:
    found = hooks(INTERCOM | {"name": "main", "tenant": "acme"}).find("intercom")
    assert found is not None
    assert found.connection.tenant == "acme"


def test_of_several_each_answers_to_its_own_name() -> None:
    both = hooks(INTERCOM | {"name": "a"}, INTERCOM | {"name": "b"})
    assert both.find("intercom") is None
    assert both.find("intercom", "c") is None
    assert [hook.connection.name for hook in both.of("intercom")] == ["a", "b"]


@pytest.mark.parametrize(("connection", "words"), [
    ({"platform": "intercom"}, "intercom: `secrets` are wanted"),
    ({"platform": "intercom", "secrets": [""]}, "a secret is empty"),
    ({"platform": "intercom", "unsigned": True}, "`unsigned` is for loopback"),
    ({"platform": "snowplow", "unsigned": True}, "`app_ids`"),
    ({"platform": "twilio", "secrets": ["x"]}, "twilio: `url` is wanted. Twilio signs the address"),
    ({"platform": "fax", "secrets": ["x"]}, "'fax' is no platform we know .*twilio.*: give it a `mapping`"),
    ({"platform": "fax", "secrets": ["x"], "mapping": {"rules": [{"type": "x"}]}}, r"fax: .*rules\[0\].type"),
    ({"platform": "intercom", "secret": "x"}, "unknown field `secret`"),
    ({"platform": "intercom", "secrets": "x"}, "Expected `array`"),
    ({"platform": "qualtrics", "secrets": ["x"], "timezone": "Mars"}, "'Mars' is no time zone"),
])  # fmt: skip
def test_a_mistake_is_named(connection: dict[str, Any], words: str) -> None:
    with pytest.raises(HooksError, match=words):
        hooks(connection)


def test_the_same_name_twice_is_a_mistake() -> None:
    with pytest.raises(HooksError, match="there twice"):
        hooks(INTERCOM, INTERCOM)


def test_browsers_may_post_unsigned_where_the_applications_are_named() -> None:
    found = hooks({"platform": "snowplow", "unsigned": True, "app_ids": ["site"]}).find("snowplow")
    assert found is not None
    assert found.refusal(delivery(b"{}")) is None


def test_on_loopback_anybody_may_be_let_in() -> None:
    assert hooks({"platform": "twilio", "unsigned": True}, is_loopback=True).find("twilio") is not None


def test_a_file_may_name_a_mapping_beside_it(tmp_path: Path) -> None:
    (tmp_path / "fax.yaml").write_text("rules: [{type: email.received, subject: id}]", encoding="utf-8")
    file = tmp_path / "hooks.yaml"
    file.write_text("- {platform: fax, secrets: [x], mapping: fax.yaml}", encoding="utf-8")
    assert load_hooks(Settings(hooks=SecretStr(str(file)))).find("fax") is not None


@pytest.mark.parametrize(("value", "words"), [
    ("/nowhere/hooks.yaml", "No such file"), ("[{", "HOOKS"), ('{"platform": "x"}', "a list of connections"),
    ('[{"platform": "fax", "secrets": ["x"], "mapping": "nowhere.yaml"}]', "No such file"),
])  # fmt: skip
def test_a_value_that_cannot_be_read_stops_the_start(value: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        load_hooks(Settings(hooks=SecretStr(value)))


def test_without_a_value_there_is_none() -> None:
    assert list(load_hooks(Settings())) == []
