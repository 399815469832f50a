"""Twilio's signature: over the public URL and the form, or a hash of the body in the URL."""

from hashlib import sha256
from typing import Any

import orjson
import pytest
from twilio.request_validator import RequestValidator

from services.ingest.core.platforms.delivery import Connection, Delivery
from tests.platforms.given import FOLDER, FORM, NO_FOLDER, NOW_US, SECRET, connection, delivery, platform

URL = "https://hooks.example.com/v1/hooks/twilio"
TWILIO = connection("twilio", url=URL)
STATUS = {"CallSid": "CA1", "CallStatus": "completed", "FromCity": "", "From": "+14155550101"}


def twilio(
    body: Any,
    kind: str = FORM,
    query: str = "",
    settings: str = "",
    signature: str | None = None,
    url: str = URL,
) -> tuple[Delivery, Connection]:
    """Signed as Twilio's own library checks it."""
    sent = delivery(body, kind)
    full = f"{url}?{query}" if query else url
    algorithm = "HMAC_SHA256" if "SHA256" in settings else None
    params = {name: values[0] for name, values in sent.form().items()} if kind == FORM else {}
    signed = RequestValidator(SECRET).compute_signature(full, params, algorithm)
    headers = {"content-type": kind, "x-twilio-signature": signed if signature is None else signature}
    if settings:
        headers["x-twilio-webhooks-signature-settings"] = settings
    return Delivery(headers, sent.body, NOW_US, "http://127.0.0.1:8001/elsewhere", query), TWILIO


def check(pair: tuple[Delivery, Connection]) -> str | None:
    return platform("twilio").check(*pair)


def test_twilio_signs_a_form_with_its_blank_fields_and_the_public_url() -> None:
    assert check(twilio(STATUS)) is None
    assert check(twilio(STATUS, query="tenant=a%20b")) is None
    assert check(twilio(STATUS, signature="bm8=")) is not None
    assert check(twilio(STATUS, url="http://127.0.0.1:8001/elsewhere")) is not None


@pytest.mark.parametrize("url", [URL, URL.replace(".com", ".com:443")])
def test_twilio_may_sign_the_port_or_not(url: str) -> None:
    assert check(twilio(STATUS, url=url)) is None
    assert platform("twilio").check(twilio(STATUS)[0], connection("twilio", url=url)) is None


def test_twilio_vouches_for_json_by_its_hash_in_the_url() -> None:
    body = b'[{"specversion": "1.0"}]'
    query = f"bodySHA256={sha256(body).hexdigest()}"
    assert check(twilio(body, "application/json", query)) is None
    assert "does not fit" in str(check(twilio(body + b" ", "application/json", query)))


def test_twilio_json_without_a_hash_is_refused_though_its_signature_fits() -> None:
    assert "bodySHA256" in str(check(twilio(b"{}", "application/json")))
    assert "bodySHA256" in str(check(twilio(b"CallSid=CA1", "text/plain")))


@pytest.mark.parametrize(("settings", "is_taken"), [
    ("key=k1,algorithm=HMAC_SHA256", True), ("key=k1,algorithm=HMAC_SHA512", False), ("key=k1", True),
])  # fmt: skip
def test_twilio_names_its_algorithm_and_an_unknown_one_never_falls_back(
    settings: str, is_taken: bool
) -> None:
    assert (check(twilio(STATUS, settings=settings)) is None) == is_taken


def test_a_form_that_cannot_be_read_is_refused() -> None:
    assert check(twilio({"a": "b"}, signature="x")) is not None
    bad = Delivery({"content-type": FORM, "x-twilio-signature": "eA=="}, b"a=%ff", NOW_US)
    assert "form" in str(platform("twilio").check(bad, TWILIO))


@pytest.mark.skipif(not FOLDER.is_dir(), reason=NO_FOLDER)
def test_the_vectors_of_twilios_own_tests() -> None:
    vectors = orjson.loads((FOLDER / "twilio" / "signature_vectors_from_sdk_tests.json").read_bytes())
    base, _, query = vectors["url"].partition("?")
    chosen = connection("twilio", url=base, secrets=(vectors["auth_token"],))

    def signed(body: Any, kind: str, name: str, query: str = query) -> str | None:
        headers = {"content-type": kind, "x-twilio-signature": vectors[name]}
        return platform("twilio").check(
            Delivery(headers, delivery(body, kind).body, NOW_US, "", query), chosen
        )

    assert signed(vectors["form_params"], FORM, "X-Twilio-Signature") is None
    assert signed(vectors["form_params"], FORM, "signature_when_url_had_port_443") is None
    assert signed(vectors["duplicates_form_body"].encode(), FORM, "duplicates_X-Twilio-Signature") is None
    of_json = vectors["json_url"].partition("?")[2]
    body = vectors["json_body"].encode()
    assert signed(body, "application/json", "json_X-Twilio-Signature", of_json) is None
    assert signed(body + b" ", "application/json", "json_X-Twilio-Signature", of_json) is not None
