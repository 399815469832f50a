"""Whether a delivery is from whom it claims: each platform's scheme, over the raw body, in constant time.

A check answers None when the delivery is genuine, else a sentence that says why it is not. Any of the
secrets may fit, so that a new one can be entered before the old one ends.
"""

import binascii
import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from msgspec import Struct

from schemas.times import SECOND_US
from services.ingest.core.platforms.delivery import Connection, Delivery, Unreadable
from services.ingest.core.platforms.times import moment_us

Check = Callable[[Delivery, Connection], str | None]

#: How old and how far ahead a signed time may be: seconds.
AGE_SECONDS_MAX = 300
AHEAD_SECONDS_MAX = 30

FORM = "application/x-www-form-urlencoded"
MISMATCH = "the signature does not fit the body under any of the configured secrets"


class HmacScheme(Struct, frozen=True, forbid_unknown_fields=True):
    """An HMAC over a text with `{body}`, and where the text has them `{timestamp}` and `{id}`."""

    header: str
    algorithm: Literal["sha1", "sha256", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    #: What stands before the signature in its header, e.g. `sha256=`.
    prefix: str = ""
    signed: str = "{body}"
    timestamp_header: str = ""
    id_header: str = ""
    age_seconds_max: float = AGE_SECONDS_MAX
    ahead_seconds_max: float = AHEAD_SECONDS_MAX


def hmac_check(scheme: HmacScheme) -> Check:
    def check(delivery: Delivery, connection: Connection) -> str | None:
        return check_hmac(scheme, delivery, connection.secrets)

    return check


def check_hmac(scheme: HmacScheme, delivery: Delivery, secrets: Iterable[str]) -> str | None:
    given = delivery.headers.get(scheme.header.lower(), "").strip()
    if not given:
        return f"header `{scheme.header}` is missing"
    if not given.startswith(scheme.prefix):
        return f"header `{scheme.header}` does not begin with {scheme.prefix!r}"
    if scheme.timestamp_header and (stale := _stale(scheme, delivery)):
        return stale
    given = given.removeprefix(scheme.prefix)
    text = _signed(scheme, delivery)
    wanted = (
        _encoded(hmac.digest(secret.encode(), text, scheme.algorithm), scheme.encoding) for secret in secrets
    )
    return None if same_as_any(given.lower() if scheme.encoding == "hex" else given, wanted) else MISMATCH


def check_standard(delivery: Delivery, connection: Connection) -> str | None:
    """Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature: v1,<base64> …`."""
    scheme = HmacScheme(
        header="webhook-signature",
        signed="{id}.{timestamp}.{body}",
        timestamp_header="webhook-timestamp",
        id_header="webhook-id",
        ahead_seconds_max=AGE_SECONDS_MAX,
    )
    given = delivery.headers.get(scheme.header, "")
    if not given or not delivery.headers.get(scheme.id_header):
        return "headers `webhook-id`, `webhook-timestamp` and `webhook-signature` are wanted"
    if stale := _stale(scheme, delivery):
        return stale
    text = _signed(scheme, delivery)
    signatures = [part.removeprefix("v1,") for part in given.split() if part.startswith("v1,")]
    wanted = [
        _encoded(hmac.digest(key, text, "sha256"), "base64")
        for secret in connection.secrets
        if (key := _standard_key(secret))
    ]
    return None if any([same_as_any(signature, wanted) for signature in signatures]) else MISMATCH


def _standard_key(secret: str) -> bytes:
    try:
        return b64decode(secret.removeprefix("whsec_") + "==")
    except (binascii.Error, ValueError):
        return b""


def check_token(delivery: Delivery, connection: Connection) -> str | None:
    """The secret itself: Bearer, Basic (as user or password), `X-API-Key`, the connection's `header`, or
    `access_token` in the query, for platforms that can be told an address and nothing else."""
    given = [*_tokens(delivery, connection.header), *parse_qs(delivery.query).get("access_token", [])]
    if not given:
        header = connection.header or "Authorization"
        return f"no credential: send it in `{header}`, `X-API-Key`, or as `access_token` in the query"
    fits = [same_as_any(token, connection.secrets) for token in given]
    return None if any(fits) else "the credential is wrong"


def _tokens(delivery: Delivery, header: str) -> Iterable[str]:
    headers = delivery.headers
    yield from filter(None, (headers.get(name) for name in (header.lower(), "x-api-key") if name))
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        yield value.strip()
    elif scheme.lower() == "basic":
        try:
            user, _, password = b64decode(value.strip()).decode().partition(":")
        except (binascii.Error, ValueError):
            return
        yield from filter(None, (user, password))


def check_twilio(delivery: Delivery, connection: Connection) -> str | None:
    """HMAC over the public URL and the form; of other bodies the URL vouches by `bodySHA256`.

    Without `bodySHA256` a JSON body is not authenticated at all, however right the signature is.
    """
    given = delivery.headers.get("x-twilio-signature", "").strip()
    if not given:
        return "header `X-Twilio-Signature` is missing"
    algorithm = _twilio_algorithm(delivery.headers.get("x-twilio-webhooks-signature-settings", ""))
    if algorithm is None:
        return "the algorithm in `X-Twilio-Webhooks-Signature-Settings` is unknown"
    if delivery.media_type == FORM:
        try:
            form = delivery.form()
        except Unreadable as error:
            return error.detail
        fields = "".join(name + value for name in sorted(form) for value in sorted(set(form[name])))
    else:
        fields = ""
        wanted_hash = parse_qs(delivery.query).get("bodySHA256", [""])[0]
        if not wanted_hash:
            return "a body that is no form needs `bodySHA256` in the URL: without it nothing vouches for it"
        if not _same(sha256(delivery.body).hexdigest(), wanted_hash.lower()):
            return "the body does not fit `bodySHA256`"
    wanted = (
        _encoded(hmac.digest(secret.encode(), (url + fields).encode(), algorithm), "base64")
        for secret in connection.secrets
        for url in with_and_without_port(delivery.public_url(connection))
    )
    return None if same_as_any(given, wanted) else MISMATCH + "; is `url` what stands at Twilio?"


def _twilio_algorithm(settings: str) -> str | None:
    parts = (part.partition("=") for part in settings.split(","))
    named = next(
        (value.strip() for name, _, value in parts if name.strip() == "algorithm" and value), "HMAC_SHA1"
    )
    return {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}.get(named.upper())


def with_and_without_port(url: str) -> tuple[str, str]:
    """Senders differ in whether they sign the port that their scheme implies."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    bare = host if parts.port is None else host.rpartition(":")[0]
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return (
        url.replace(parts.netloc, f"{user}{at}{bare}", 1),
        url.replace(parts.netloc, f"{user}{at}{bare}:{port}", 1),
    )


def check_qualtrics(delivery: Delivery, connection: Connection) -> str | None:
    """`HMAC` over the form's `MSG` alone: nothing vouches for the other fields."""
    try:
        form = delivery.form()
    except Unreadable as error:
        return error.detail
    given, message = form.get("HMAC", [""])[0], form.get("MSG", [""])[0]
    if not given or not message:
        return "form fields `MSG` and `HMAC` are wanted: set a shared key in the event subscription"
    wanted = (hmac.digest(secret.encode(), message.encode(), "sha512").hex() for secret in connection.secrets)
    return None if same_as_any(given.lower(), wanted) else MISMATCH


def _signed(scheme: HmacScheme, delivery: Delivery) -> bytes:
    before, _, after = scheme.signed.partition("{body}")
    values = {
        "timestamp": delivery.headers.get(scheme.timestamp_header.lower(), ""),
        "id": delivery.headers.get(scheme.id_header.lower(), ""),
    }
    for name, value in values.items():
        before, after = before.replace(f"{{{name}}}", value), after.replace(f"{{{name}}}", value)
    return before.encode() + delivery.body + after.encode()


def _stale(scheme: HmacScheme, delivery: Delivery) -> str | None:
    text = delivery.headers.get(scheme.timestamp_header.lower(), "")
    if not text:
        return f"header `{scheme.timestamp_header}` is missing"
    try:
        age = (delivery.received_us - moment_us(text)) / SECOND_US
    except ValueError:
        return f"header `{scheme.timestamp_header}` is no time"
    if age > scheme.age_seconds_max:
        return f"signed {age:.0f} s ago; at most {scheme.age_seconds_max:g} s are taken"
    if -age > scheme.ahead_seconds_max:
        return f"signed {-age:.0f} s ahead of our clock; at most {scheme.ahead_seconds_max:g} s are taken"
    return None


def _encoded(digest: bytes, encoding: str) -> str:
    return digest.hex() if encoding == "hex" else b64encode(digest).decode()


def same_as_any(given: str, wanted: Iterable[str]) -> bool:
    # A list, not a generator: how many secrets were tried must not show in the time.
    return any([_same(given, each) for each in wanted])


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(errors="surrogatepass"), wanted.encode())
