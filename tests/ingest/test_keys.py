"""Keys at the door: hashed at rest, scoped, rotated, revoked; and how often each may come."""

import stat
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from services import keys
from services.ingest.core.pace import HASTE_SECONDS, Pace
from services.ingest.gate import address_of
from services.keys import Keyring, KeysError, Scope
from services.settings import Settings
from tests.ingest.doors import Knocker, door, event, events_kept, until

pytestmark = pytest.mark.usefixtures("kafka")

PAGE_EVENT = event(
    source="web:shop.example.com", type="web_form.viewed", subject="form-1", data={"form_id": "address"}
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


def bearer(words: str) -> dict[str, str]:
    return {"authorization": f"Bearer {words}", "content-type": "application/json"}


async def status(knocker: Knocker, words: str, method: str, path: str) -> int:
    answer = await knocker.http.request(method, path, headers=bearer(words), json=event())
    return answer.status_code


def test_the_file_holds_hashes_for_its_owner_alone(path: Path) -> None:
    key, words = keys.create(path, "genesys", [Scope.WRITE])
    assert words.split("_", 2)[2] not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Keyring(path).find(words.encode()) == key


def test_a_revoked_key_and_a_rotated_one_after_its_grace_open_nothing(path: Path) -> None:
    first, words = keys.create(path, "genesys", [Scope.WRITE], tenant="acme", rate=3)
    second, successor = keys.rotate(path, first.id, grace_seconds=60)
    assert replace(second, id="", sha256="", created=0) == replace(first, id="", sha256="", created=0)
    assert all(Keyring(path).find(each.encode()) for each in (words, successor))
    assert not Keyring(path).find(words.encode()).is_valid(time.time() + 61)  # type: ignore[union-attr]
    keys.revoke(path, second.id)
    assert Keyring(path).find(successor.encode()) is None
    with pytest.raises(KeysError, match="has ended already"):
        keys.rotate(path, second.id, 0)
    with pytest.raises(KeysError, match="there is no key"):
        keys.revoke(path, "nobody")


def test_a_broken_file_lets_nobody_in(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "CHECK_SECONDS", 0)
    _, words = keys.create(path, "genesys", [Scope.WRITE])
    ring = Keyring(path)
    path.write_text("oops")
    assert ring.find(words.encode())
    assert not ring.is_open
    with pytest.raises(KeysError, match="cannot be read as keys"):
        Keyring(path)


def test_a_publishable_key_has_no_other_scope(path: Path) -> None:
    with pytest.raises(KeysError, match="no other scope"):
        keys.create(path, "page", [Scope.PUBLISHABLE, Scope.READ])


def test_the_settings_open_the_door_to_others_only_behind_a_secret_key(path: Path) -> None:
    keys.create(path, "page", [Scope.PUBLISHABLE])
    with pytest.raises(ValueError, match="open to others"):
        Settings(host="0.0.0.0", keys_file=path)
    keys.create(path, "genesys", [Scope.WRITE])
    assert Settings(host="0.0.0.0", keys_file=path).keys_path == path


async def test_each_scope_opens_its_calls(path: Path) -> None:
    _, write = keys.create(path, "writer", [Scope.WRITE])
    _, read = keys.create(path, "reader", [Scope.READ])
    _, operate = keys.create(path, "operator", [Scope.OPERATE])
    calls = {"POST /v1/events": write, "GET /v1/quarantine": read, "POST /v1/replays/r1/end": operate}
    async with door(keys_file=path) as knocker:
        for call, opener in calls.items():
            for words in (write, read, operate):
                answered = await status(knocker, words, *call.split())
                assert (answered < 300) == (words == opener), (call, answered)
                assert answered < 300 or answered == 403
            assert await status(knocker, "nonsense", *call.split()) == 401
        assert (await knocker.post(event())).status_code == 401


async def test_the_settings_key_still_does_everything(path: Path) -> None:
    keys.create(path, "writer", [Scope.WRITE])
    async with door(keys_file=path, api_key="sesame") as knocker:
        for call in ("POST /v1/events", "GET /v1/quarantine", "POST /v1/replays/r2/end"):
            assert await status(knocker, "sesame", *call.split()) < 300


async def test_a_keys_own_tenant_beats_the_events(path: Path, kafka: str) -> None:
    _, words = keys.create(path, "acme", [Scope.WRITE, Scope.READ], tenant="acme")
    _, other = keys.create(path, "other", [Scope.READ], tenant="other")
    sent = [event(id="claimed", tenant="other"), event(id="claimed", type="fax.sent", tenant="other")]
    async with door(keys_file=path) as knocker:
        answer = await knocker.http.post("/v1/events", headers=bearer(words), json=sent)
        assert answer.json()["accepted"] == 1

        async def is_listed() -> bool:
            return bool(await _quarantined(knocker, words))

        await until(is_listed)
        [mine] = await _quarantined(knocker, words)
        assert mine["tenant"] == "acme"
        assert await _quarantined(knocker, other) == []
        assert await status(knocker, other, "GET", f"/v1/quarantine/{mine['id']}") == 404
    [kept] = await events_kept(kafka, "claimed")
    assert b'"tenant":"acme"' in kept.value


async def _quarantined(knocker: Knocker, words: str) -> list[dict[str, str]]:
    page = await knocker.http.get("/v1/quarantine?reason=unknown_channel", headers=bearer(words))
    return list(page.json()["items"])


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"type": "call.queued"}, "no event of a page"),
        ({"source": "//acme/pbx"}, "begins with 'web:'"),
        ({"data": {"form_id": "f", "about": {"source": "s", "subject": "t"}}}, "may not send `about`"),
        ({"data": {"form_id": "f", "identifiers": {"phone": "+14155550101"}}}, "visitor_id alone"),
    ],
)
async def test_a_publishable_key_speaks_for_pages_alone(
    path: Path, changes: dict[str, object], fault: str
) -> None:
    _, words = keys.create(path, "page", [Scope.PUBLISHABLE])
    async with door(keys_file=path) as knocker:
        assert (await knocker.post(PAGE_EVENT, "text/plain", key=words)).status_code == 202
        far = {"time": "2099-01-01T00:00:00Z"}
        # What would be quarantined may be sent again by somebody who may do more.
        for bad in (PAGE_EVENT | changes, PAGE_EVENT | far | changes):
            answer = await knocker.post([PAGE_EVENT, bad], key=words)
            assert (answer.status_code, fault in answer.json()["detail"]) == (403, True), answer.text
        kept = await knocker.post([PAGE_EVENT | far, PAGE_EVENT | {"id": 7}], key=words)
        assert [one["reason"] for one in kept.json()["quarantined"]] == ["in_future", "schema"]


async def test_a_right_key_passes_beside_a_neighbours_wrong_one(path: Path) -> None:
    _, words = keys.create(path, "genesys", [Scope.WRITE])
    async with door(keys_file=path) as knocker:
        wrong = [await status(knocker, "wrong", "POST", "/v1/events") for _ in range(10)]
        assert {401, 429} == set(wrong)
        assert await status(knocker, words, "POST", "/v1/events") == 202


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2::7", "::2001:db8:1:2"),
        ("testclient", "testclient"),
    ],
)
def test_an_address_counts_as_the_household_it_is(host: str, counted: str) -> None:
    assert address_of(host) == counted


async def test_a_publishable_key_is_for_its_origins(path: Path) -> None:
    site = "https://shop.example.com"
    _, words = keys.create(path, "page", [Scope.PUBLISHABLE], origins=[site])
    async with door(keys_file=path) as knocker:
        for origin, code in ((site, 202), ("https://evil.example.com", 403)):
            headers = {"origin": origin, "content-type": "text/plain"}
            answer = await knocker.http.post(f"/v1/events?key={words}", headers=headers, json=PAGE_EVENT)
            assert answer.status_code == code
            asked = await knocker.http.options(f"/v1/events?key={words}", headers=headers)
            for each in (answer, asked):
                allowed = each.headers.get("access-control-allow-origin")
                assert allowed == (site if code == 202 else None)
        # Without one, a page of another origin gets no leave.
        assert (await knocker.http.options("/v1/events", headers={"origin": site})).status_code == 403


async def test_a_secret_key_in_a_url_is_refused(path: Path) -> None:
    _, words = keys.create(path, "writer", [Scope.WRITE])
    async with door(keys_file=path) as knocker:
        answer = await knocker.post(event(), key=words)
        assert (answer.status_code, "revoke it" in answer.json()["detail"]) == (403, True)


async def test_it_tells_who_comes_too_often_when_to_come_again(path: Path) -> None:
    _, slow = keys.create(path, "slow", [Scope.WRITE], rate=0.5)
    _, fast = keys.create(path, "fast", [Scope.WRITE])
    async with door(keys_file=path) as knocker:
        assert await status(knocker, slow, "POST", "/v1/events") == 202
        answer = await knocker.http.post("/v1/events", headers=bearer(slow), json=event())
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
        assert 1 <= int(answer.headers["retry-after"]) <= 2
        assert await status(knocker, fast, "POST", "/v1/events") == 202


async def test_an_address_has_a_rate_too_and_a_lower_one_for_guessing(path: Path) -> None:
    _, words = keys.create(path, "writer", [Scope.WRITE])
    async with door(keys_file=path, ingest_rate_per_address=3) as knocker:
        answered = [await status(knocker, words, "POST", "/v1/events") for _ in range(7)]
        assert answered.count(202) in (6, 7)
    async with door(keys_file=path) as knocker:
        guesses = [await status(knocker, f"guess{n}", "POST", "/v1/events") for n in range(6)]
        assert (guesses[0], guesses[-1]) == (401, 429)


def test_a_pace_holds_on_the_average_and_forgets_the_oldest() -> None:
    pace, now, passed = Pace(names_max=2), 0.0, 0
    while now < 10:
        passed += pace.pass_by("a", 5, now) == 0
        now += 0.01
    assert passed == pytest.approx(5 * (10 + HASTE_SECONDS), abs=1)
    for name in ("b", "c"):
        pace.pass_by(name, 5, now)
    assert pace.wait("a", 5, now) <= 0
