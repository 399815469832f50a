"""Who may post: every scheme over the raw body, both secrets of a rotation, and the traps of each."""

import hmac
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson
import pytest
from standardwebhooks.webhooks import Webhook
from twilio.request_validator import RequestValidator

from services.ingest.core.platforms.delivery import Connection, Delivery
from tests.platforms.given import FOLDER, FORM, NO_FOLDER, NOW_US, SECRET, connection, delivery, platform

NOW = datetime.fromtimestamp(NOW_US / 1e6, UTC)
URL = "https://hooks.example.com/v1/hooks/twilio"
real = pytest.mark.skipif(not FOLDER.is_dir(), reason=NO_FOLDER)


def why(name: str, sent: Delivery, **changes: Any) -> str | None:
    chosen = connection(name, **changes)
    return platform(name).check(sent, chosen)


def mac(text: str | bytes, algorithm: str = "sha256", secret: str = SECRET) -> bytes:
    return hmac.digest(secret.encode(), text.encode() if isinstance(text, str) else text, algorithm)


def b64(digest: bytes) -> str:
    return b64encode(digest).decode()


# --- Twilio -------------------------------------------------------------------------------------

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


@real
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


# --- HMAC over the body, with and without a time --------------------------------------------------


def test_zendesk_signs_the_time_and_then_the_body() -> None:
    at = "2026-11-21T09:59:00Z"
    for body in (b'{"id": 1}', b""):
        right = b64(mac(at.encode() + body))
        wrong = b64(mac(body + at.encode()))
        for signature, is_taken in ((right, True), (wrong, body == b"")):
            headers = {"x_zendesk_webhook_signature": signature, "x_zendesk_webhook_signature_timestamp": at}
            assert (why("zendesk", delivery(body, **headers)) is None) == is_taken


@pytest.mark.parametrize(("at", "words"), [
    ("2026-11-21T09:54:00Z", "360 s ago"), ("2026-11-21T10:02:00Z", "120 s ahead"), ("soon", "no time"),
])  # fmt: skip
def test_what_was_signed_too_long_ago_or_ahead_is_refused(at: str, words: str) -> None:
    signature = b64(mac(at + "{}"))
    headers = {"x_zendesk_webhook_signature": signature, "x_zendesk_webhook_signature_timestamp": at}
    assert words in str(why("zendesk", delivery(b"{}", **headers)))


@real
def test_the_order_of_zendesks_old_manual_is_refused() -> None:
    old = orjson.loads((FOLDER / "zendesk" / "signature_vector_old_docs.json").read_bytes())
    at = datetime.fromisoformat(old["timestamp"])
    headers = {
        "x-zendesk-webhook-signature": old["signature"],
        "x-zendesk-webhook-signature-timestamp": old["timestamp"],
    }
    sent = Delivery(headers, old["body"].encode(), int(at.timestamp() * 1e6))
    assert "does not fit" in str(why("zendesk", sent, secrets=(old["signing_secret"],)))


def test_chatwoot_joins_time_and_body_with_a_dot() -> None:
    body, at = b'{"event":"message_created"}', str(NOW_US // 1_000_000 - 10)
    headers = {
        "x_chatwoot_signature": "sha256=" + mac(f"{at}.".encode() + body).hex(),
        "x_chatwoot_timestamp": at,
    }
    assert why("chatwoot", delivery(body, **headers)) is None
    assert why("chatwoot", delivery(body + b" ", **headers)) is not None
    assert "4.17" in str(why("chatwoot", delivery(body)))


def test_intercom_and_segment_sign_with_sha1_in_hex() -> None:
    body = b'{"topic": "ping"}'
    signature = mac(body, "sha1").hex()
    assert why("intercom", delivery(body, x_hub_signature=f"sha1={signature}")) is None
    assert why("intercom", delivery(body, x_hub_signature=signature)) is not None
    assert why("segment", delivery(body, x_signature=signature.upper())) is None


def test_genesys_writes_base64_behind_its_prefix() -> None:
    digest = mac(b"{}")
    assert why("genesys", delivery(b"{}", x_hub_signature_256=f"sha256={b64(digest)}")) is None
    assert why("genesys", delivery(b"{}", x_hub_signature_256=f"sha256={digest.hex()}")) is not None


def test_the_raw_body_is_signed_not_what_it_says() -> None:
    body = b'{ "a":1,\n"b" : "\\u00e9" }'
    assert why("intercom", delivery(body, x_hub_signature=f"sha1={mac(body, 'sha1').hex()}")) is None


def test_either_of_two_secrets_fits() -> None:
    sent = delivery(b"{}", x_hub_signature=f"sha1={mac(b'{}', 'sha1', 'new').hex()}")
    assert why("intercom", sent, secrets=("old", "new")) is None
    assert why("intercom", sent, secrets=("old",)) is not None


@pytest.mark.parametrize("signature", ["", "sha1=", "sha1=é", "sha1=" + "0" * 40])
def test_nonsense_for_a_signature_is_refused(signature: str) -> None:
    assert why("intercom", delivery(b"{}", x_hub_signature=signature)) is not None


# --- Segment's batches, Qualtrics, Standard Webhooks, shared tokens --------------------------------


def test_of_segments_batch_only_the_first_event_is_signed_so_a_second_is_refused() -> None:
    first, second = b'{"type":"track","event":"a"}', b'{"type":"track","event":"forged"}'
    signature = mac(first, "sha1").hex()
    assert why("segment", delivery(b"[" + first + b"]", x_signature=signature)) is None
    refused = why("segment", delivery(b"[" + first + b"," + second + b"]", x_signature=signature))
    assert "only the first event" in str(refused)


def test_segments_clients_show_their_write_key() -> None:
    basic = "Basic " + b64(f"{SECRET}:".encode())
    assert why("segment", delivery({"batch": []}, authorization=basic)) is None
    assert why("segment", delivery({"batch": [], "writeKey": SECRET})) is None
    assert why("segment", delivery({"batch": [], "writeKey": "other"})) is not None
    assert why("segment", delivery({"batch": []})) is not None
    mixed = [{"type": "track", "writeKey": SECRET}, {"type": "track", "writeKey": "other"}]
    assert why("segment", delivery(mixed)) is not None


def test_qualtrics_vouches_for_the_message_alone() -> None:
    message = '{"SurveyID": "SV_1", "ResponseID": "R_1"}'
    form = {"Topic": "any", "MSG": message, "HMAC": mac(message, "sha512").hex()}
    assert why("qualtrics", delivery(form, FORM)) is None
    assert why("qualtrics", delivery(form | {"MSG": message.replace("R_1", "R_2")}, FORM)) is not None
    assert "shared key" in str(why("qualtrics", delivery({"SurveyID": "SV_1"}, FORM)))


@real
def test_the_captured_vectors_of_qualtrics() -> None:
    vectors = orjson.loads((FOLDER / "qualtrics" / "signature_vectors.json").read_bytes())["vectors"]
    for vector in vectors:
        form = {"MSG": vector["MSG"], "HMAC": vector["HMAC"]}
        assert why("qualtrics", delivery(form, FORM), secrets=(vector["key"],)) is None
    body = (FOLDER / "qualtrics" / "completed_response_form.txt").read_bytes()
    assert why("qualtrics", delivery(body, FORM), secrets=("old", vectors[1]["key"])) is None


def test_standard_webhooks_as_their_own_library_signs() -> None:
    secret = "whsec_" + b64(b"0123456789abcdef")
    body = '{"specversion": "1.0"}'
    signature = Webhook(secret).sign("msg_1", NOW, body)
    headers = {
        "webhook_id": "msg_1",
        "webhook_timestamp": str(NOW_US // 1_000_000),
        "webhook_signature": f"v1,eHg= {signature}",
    }
    sent = delivery(body.encode(), **headers)
    assert why("standard", sent, secrets=("whsec_eHg=", secret)) is None
    assert why("standard", sent, secrets=("whsec_eHg=",)) is not None
    assert why("standard", delivery(body.encode(), **headers | {"webhook_id": "msg_2"}), secrets=(secret,))
    assert "wanted" in str(why("standard", delivery(body.encode()), secrets=(secret,)))


@pytest.mark.parametrize("headers", [
    {"authorization": f"Bearer {SECRET}"}, {"x_api_key": SECRET}, {"x_our_key": SECRET},
    {"authorization": "Basic " + b64(f"user:{SECRET}".encode())},
])  # fmt: skip
def test_a_shared_token_may_stand_in_several_headers(headers: dict[str, str]) -> None:
    assert why("amazon_connect", delivery(b"{}", **headers), header="X-Our-Key") is None
    wrong = {name: value[:-3] + "xxx" for name, value in headers.items()}
    assert why("amazon_connect", delivery(b"{}", **wrong), header="X-Our-Key") is not None
