"""Who may pass: a key with the scope, from a place that it may come from, and not too often."""

import time
from ipaddress import IPv6Address, ip_address

from starlette.requests import HTTPConnection

from services.ingest.core.pace import Pace
from services.ingest.core.problems import Code, Refusal
from services.keys import ALL_POWERFUL, Key, Keyring, Scope
from services.settings import Settings
from services.web.keys import key_in

#: Wrong credentials a second of one address: nobody mistypes faster.
WRONG_RATE = 2.0


class Gate:
    """One service's keys, and how often who came."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ring = Keyring(settings.keys_path, settings.api_key.get_secret_value())
        self._addresses, self._wrong, self._keys = Pace(), Pace(), Pace()

    def admit(self, request: HTTPConnection, *scopes: Scope) -> Key:
        """The key that opens it for one of these scopes; else a refusal: 401, 403 or 429."""
        address = self.count(request)
        key = self._find(request, address)
        if not any(key.may(scope) for scope in scopes):
            raise Refusal(Code.FORBIDDEN, f"key {key.id} has no scope {' or '.join(scopes)}")
        self._count_key(key, address)
        return key

    def count(self, request: HTTPConnection) -> str:
        """Its address, whatever it has for a credential; 429 where it comes too often."""
        address = address_of(request.client.host if request.client else "")
        _count(self._addresses, address, self._settings.ingest_rate_per_address, "this address")
        return address

    def publishable(self, request: HTTPConnection) -> Key | None:
        """The publishable key in the query, if its page may use it: for what browsers ask beforehand."""
        key = self._ring.find(request.query_params.get("key", "").encode())
        return key if key is not None and key.may(Scope.PUBLISHABLE) and _is_at_home(request, key) else None

    def _find(self, request: HTTPConnection, address: str) -> Key:
        given, is_in_query = _given(request)
        if self._ring.is_open and not is_in_query:
            return ALL_POWERFUL
        if not given:
            raise Refusal(Code.UNAUTHORIZED, "the request has no credential")
        key = self._ring.find(given)
        if key is None:
            # Of wrong ones alone: a neighbour behind the same address may have a right one.
            wait = self._wrong.wait(address, WRONG_RATE, time.monotonic())
            if wait > 0:
                raise Refusal(Code.TOO_MANY_REQUESTS, "too many wrong credentials", retry_after=wait)
            self._wrong.pass_by(address, WRONG_RATE, time.monotonic())
            raise Refusal(Code.UNAUTHORIZED, "the credential is wrong, or has ended")
        if is_in_query and not key.may(Scope.PUBLISHABLE):
            raise Refusal(Code.FORBIDDEN, "a secret key may not stand in a URL: revoke it, send a header")
        if not _is_at_home(request, key):
            raise Refusal(Code.FORBIDDEN, f"key {key.id} is not for pages of this origin")
        return key

    def _count_key(self, key: Key, address: str) -> None:
        if key.may(Scope.PUBLISHABLE):
            # Everybody has it: one visitor must not use up what the others need.
            rate, name = key.rate or self._settings.ingest_rate_publishable, f"{key.id}/{address}"
        else:
            rate, name = key.rate or self._settings.ingest_rate_per_key, key.id
        _count(self._keys, name, rate, f"key {key.id}")


def _count(pace: Pace, name: str, rate: float, whose: str) -> None:
    wait = pace.pass_by(name, rate, time.monotonic())
    if wait > 0:
        raise Refusal(
            Code.TOO_MANY_REQUESTS, f"{whose} may send {rate:g} requests a second", retry_after=wait
        )


def _given(request: HTTPConnection) -> tuple[bytes, bool]:
    """The credential, and whether it stood in the query, as a page's beacon has to send it."""
    if given := key_in(request):
        return given, False
    if not request.scope["query_string"]:
        return b"", False
    return request.query_params.get("key", "").encode(), "key" in request.query_params


def _is_at_home(request: HTTPConnection, key: Key) -> bool:
    return not key.origins or request.headers.get("origin", "") in key.origins


def address_of(host: str) -> str:
    """By which a client is counted: of IPv6 the /64, which is one household's."""
    if ":" not in host:
        return host
    try:
        address = IPv6Address(host)
    except ValueError:
        return host
    return str(address.ipv4_mapped or ip_address(int(address) >> 64))
