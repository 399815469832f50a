"""API keys: one file of hashes, each key with its scopes, its tenant and its end.

Of a key nobody can make out more than its hash: it is shown once, when it is made. Its 256 random bits
need no slow hash.
"""

import fcntl
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import structlog
from msgspec import Struct, field
from msgspec.structs import replace

from schemas.codec import DEFAULT_TENANT

CHECK_SECONDS = 1.0

log = structlog.get_logger()


class KeysError(Exception):
    """The keys cannot be read or changed; the text says why."""


class Scope(StrEnum):
    """What a key may do. `publishable`: stand in a public web page and send `web_form` events alone."""

    WRITE = "write"
    READ = "read"
    OPERATE = "operate"
    PUBLISHABLE = "publishable"


class Key(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One key as it is kept. Times are Unix seconds."""

    id: str
    name: str
    sha256: str
    scopes: tuple[Scope, ...]
    #: The tenant of all it sends and the only one it reads; None: all of them.
    tenant: str | None = None
    #: Web origins that may use it; none: all. Of publishable keys.
    origins: tuple[str, ...] = ()
    #: Requests a second; None: as the settings say.
    rate: float | None = None
    created: float
    #: From then on it is worth nothing: revoked, or replaced by another.
    ends: float | None = None

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes

    def is_valid(self, now: float) -> bool:
        return self.ends is None or now < self.ends


class Keys(Struct, frozen=True):
    """The file."""

    keys: list[Key] = field(default_factory=list)


#: Who holds JOURNEYLINE_API_KEY, or is on this machine where no key is asked for.
ALL_POWERFUL = Key(
    id="all", name="all", sha256="", scopes=(Scope.WRITE, Scope.READ, Scope.OPERATE), created=0.0
)


class Keyring:
    """The keys that open a service: the settings' one, and those of the file, looked at once a second."""

    def __init__(self, path: Path, master: str = "") -> None:
        self._path = path
        self._master = _hash(master.encode()) if master else None
        self._keys: dict[str, Key] = {}
        self._stamp: tuple[int, int, int] | None = None
        self._checked = time.monotonic()
        self._load()

    @property
    def is_open(self) -> bool:
        """Whether no key is asked for, since there has never been a secret one."""
        self._refresh()
        return self._master is None and not has_secret(self._keys.values())

    def find(self, given: bytes) -> Key | None:
        """The key that these words are; None where they are none, or no longer one."""
        self._refresh()
        digest = _hash(given)
        if digest == self._master:
            return ALL_POWERFUL
        key = self._keys.get(digest)
        return key if key is not None and key.is_valid(time.time()) else None

    def _refresh(self) -> None:
        now = time.monotonic()
        if now - self._checked < CHECK_SECONDS:
            return
        self._checked = now
        try:
            self._load()
        except KeysError as error:
            # What was known still holds: nobody gets in by breaking the file.
            log.error("keys_unreadable", reason=str(error))

    def _load(self) -> None:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return
        except OSError as error:
            raise KeysError(f"cannot read {self._path}: {error.strerror}") from None
        stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
        if stamp != self._stamp:
            self._keys = {key.sha256: key for key in read(self._path)}
            self._stamp = stamp


def read(path: Path) -> list[Key]:
    """The keys in the file, those that have ended, too; none where there is no file."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Keys).keys
    except FileNotFoundError:
        return []
    except (OSError, msgspec.MsgspecError) as error:
        raise KeysError(f"{path} cannot be read as keys: {error}") from None


def has_secret(keys: Iterable[Key]) -> bool:
    """Whether any of them, ended ones too, is more than publishable: then the services ask for keys."""
    return not all(key.may(Scope.PUBLISHABLE) for key in keys)


def authorization(words: str) -> dict[bytes, bytes]:
    """The header by which a client of ours shows its key, if it has one."""
    return {b"Authorization": f"Bearer {words}".encode()} if words else {}


def _origin(written: str) -> str:
    """As browsers write it: without a slash at its end, in small letters."""
    parts = urlsplit(written.strip())
    is_plain = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username)
    if parts.scheme not in ("http", "https") or not parts.hostname or not is_plain or " " in parts.netloc:
        raise KeysError(f"{written!r} is no origin of a page; write it like https://shop.example.com")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def create(
    path: Path,
    name: str,
    scopes: Iterable[Scope],
    *,
    tenant: str | None = None,
    origins: Iterable[str] = (),
    rate: float | None = None,
) -> tuple[Key, str]:
    """A new key, and the words that are shown this once."""
    wanted = tuple(dict.fromkeys(scopes))
    if not wanted:
        raise KeysError(f"a key needs a scope: {', '.join(Scope)}")
    if Scope.PUBLISHABLE in wanted and len(wanted) > 1:
        raise KeysError("a publishable key is for everybody to see: give it no other scope")
    if Scope.PUBLISHABLE in wanted:
        tenant = tenant or DEFAULT_TENANT
    draft = Key(
        id="",
        name=name,
        sha256="",
        scopes=wanted,
        tenant=tenant,
        origins=tuple(map(_origin, origins)),
        rate=rate,
        created=0,
    )
    with _changing(path) as keys:
        key, words = _renewed(draft)
        keys.append(key)
    return key, words


def rotate(path: Path, key_id: str, grace_seconds: float) -> tuple[Key, str]:
    """A successor with the same rights; the old key still holds for the grace."""
    with _changing(path) as keys:
        place = _place(keys, key_id)
        key, words = _renewed(keys[place])
        keys[place] = replace(keys[place], ends=time.time() + grace_seconds)
        keys.append(key)
    return key, words


def revoke(path: Path, key_id: str) -> Key:
    """Ends a key now."""
    with _changing(path) as keys:
        place = _place(keys, key_id)
        keys[place] = replace(keys[place], ends=time.time())
        return keys[place]


def _renewed(key: Key) -> tuple[Key, str]:
    key_id = secrets.token_hex(4)
    prefix = "jlp" if Scope.PUBLISHABLE in key.scopes else "jl"
    words = f"{prefix}_{key_id}_{secrets.token_urlsafe(32)}"
    return replace(key, id=key_id, sha256=_hash(words.encode()), created=time.time(), ends=None), words


def _place(keys: list[Key], key_id: str) -> int:
    for place, key in enumerate(keys):
        if key.id == key_id:
            if not key.is_valid(time.time()):
                raise KeysError(f"key {key_id} has ended already")
            return place
    raise KeysError(f"there is no key {key_id}; `journeyline keys list` shows them")


@contextmanager
def _changing(path: Path) -> Iterator[list[Key]]:
    """The keys, to be changed; written as one when all went well, by one process at a time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path.with_suffix(".lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            keys = read(path)
            yield keys
            _write(path, keys)
    except OSError as error:
        raise KeysError(f"cannot write {path}: {error.strerror}") from None


def _write(path: Path, keys: list[Key]) -> None:
    draft = path.with_suffix(".new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(Keys(keys))))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _hash(words: bytes) -> str:
    return sha256(words).hexdigest()
