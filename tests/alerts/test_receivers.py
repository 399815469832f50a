"""Addresses to receivers; none of their secrets is shown."""

import pytest

from schemas.frictions import Severity
from services.alerts.receivers import receivers_from
from services.settings import SettingsError

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
MAIL = "mailtos://user:hunter2@example.com?to=ops@example.com,cfo@example.com"


def test_addresses_stand_apart_by_blanks_or_commas() -> None:
    told = receivers_from(f"{MAIL}, json://u:hunter2@127.0.0.1/x?a=b,c\n{SLACK} https://in.example/hook", 1)
    assert [one.kind for one in told] == ["email", "webhook", "slack", "webhook"]
    assert not any("hunter2" in repr(one.address) or "TIiaj" in one.address for one in told)
    assert not any("hook" in one.address for one in told[3:])


def test_a_json_list_may_want_less() -> None:
    wish = f'["{SLACK}", {{"url": "{MAIL}", "name": "team", "kinds": ["ivr_maze"], "severity": "high"}}]'
    _, team = receivers_from(wish, 1)
    assert (team.name, team.route.kinds, team.route.severity) == ("team", ("ivr_maze",), Severity.HIGH)


def test_names_stay_the_same() -> None:
    first, second = receivers_from(f"{MAIL} {SLACK}", 1), receivers_from(f"{SLACK} {MAIL}", 1)
    assert {one.name for one in first} == {one.name for one in second}


@pytest.mark.parametrize(
    "address",
    [
        "mailtos://user:{}@example.com?to=ops@example.com,cfo@example.com",
        "mailto://_?user=jl&pass={}&smtp=mail.example.com&from=a@example.com&to=ops@example.com",
        "jsons://user:{}@in.example/hook",
        "https://user:{}@in.example/hook?room=1",
        "alertmanager://user:{}@127.0.0.1:9093",
    ],
)
def test_a_password_that_is_put_right_leaves_the_name(address: str) -> None:
    names = {receivers_from(address.format(secret), 1)[0].name for secret in ("wrong", "right%21")}
    assert len(names) == 1
    other = receivers_from(
        address.format("right").replace("ops@", "it@").replace("in.", "out.").replace("9093", "9094"), 1
    )
    assert other[0].name not in names


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("", ""),
        ("mailto://hunter2", "entry 1 (mailto)"),
        (f"{SLACK} nonsense://hunter2", "entry 2 (nonsense)"),
        (f"{SLACK} {SLACK}", "entry 2 is there twice"),
        ('[{"url": "json://h", "kind": "x"}]', "unknown field `kind`"),
        ('["json://h"', "truncated"),
    ],
)
def test_a_wrong_setting_is_named_without_its_secret(setting: str, says: str) -> None:
    if not says:
        assert receivers_from(setting, 1) == ()
        return
    with pytest.raises(SettingsError) as caught:
        receivers_from(setting, 1)
    assert says in str(caught.value)
    assert "hunter2" not in str(caught.value)
