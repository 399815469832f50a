"""Who may post: every scheme over the raw body, both secrets of a rotation, and the traps of each."""

import hmac
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from standardwebhooks.webhooks import Webhook

from services.ingest.core.platforms.delivery import Delivery
from tests.platforms.given import FOLDER, FORM, NO_FOLDER, NOW_US, SECRET, connection, delivery, platform

NOW = datetime.fromtimestamp(NOW_US / 1e6, UTC)
real = pytest.mark.skipif(not FOLDER.is_dir(), reason=NO_FOLDER)


def why(name: str, sent: Delivery, **changes: Any) -> str | None:
    chosen = connection(name, **changes)
    return platform(name).check(sent, chosen)


def mac(text: str | bytes, algorithm: str = "sha256", secret: str = SECRET) -> bytes:
    return hmac.digest(secret.encode(), text.encode() if isinstance(text, str) else text, algorithm)


def b64(digest: bytes) -> str:
    return b64encode(digest).decode()


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


def test_who_can_be_told_an_address_alone_has_the_token_in_it() -> None:
    sent = Delivery({}, b"{}", NOW_US, "http://door/v1/hooks/unbounce", f"access_token={SECRET}")
    assert why("unbounce", sent) is None
    assert "wrong" in str(why("unbounce", sent, secrets=("other",)))
    assert "no credential" in str(why("unbounce", delivery(b"{}")))


@pytest.mark.parametrize("headers", [
    {"authorization": f"Bearer {SECRET}"}, {"x_api_key": SECRET}, {"x_our_key": SECRET},
    {"authorization": "Basic " + b64(f"user:{SECRET}".encode())},
])  # fmt: skip
def test_a_shared_token_may_stand_in_several_headers(headers: dict[str, str]) -> None:
    assert why("amazon_connect", delivery(b"{}", **headers), header="X-Our-Key") is None
    wrong = {name: value[:-3] + "xxx" for name, value in headers.items()}
    assert why("amazon_connect", delivery(b"{}", **wrong), header="X-Our-Key") is not None
