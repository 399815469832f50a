"""The environment, read once. A bad or unknown value stops the start with a sentence that says why."""

import os
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.keys import KeysError, has_secret, read

PREFIX = "JOURNEYLINE_"
KAFKA_PREFIX = "KAFKA_"
_SCRUBS = "(cards|national_ids|phones|emails)"


class SettingsError(Exception):
    """The environment is wrong; the text says which name and what it should be."""


class KafkaSettings(BaseSettings):
    """Where the log is: the names that Kafka clients commonly use."""

    model_config = SettingsConfigDict(env_prefix=KAFKA_PREFIX, frozen=True)

    bootstrap_servers: str = "127.0.0.1:9092"
    security_protocol: str = Field("PLAINTEXT", pattern="^(PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL)$")
    sasl_mechanism: str | None = None
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ssl_cafile: Path | None = None


class Settings(BaseSettings):
    """What the processes share. Each name is read from `JOURNEYLINE_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    data_dir: Path = Path(".journeyline")
    #: Partitions of the events' topics; fixed once they exist.
    partitions: int = Field(8, ge=1, le=1024)
    replication_factor: int = Field(1, ge=1, le=9)
    #: Customer keys are keyed hashes under this secret, so that nobody can enumerate phones by them.
    secret: SecretStr = SecretStr("")
    #: The all-powerful credential of the HTTP services; without it and without keys: loopback only.
    api_key: SecretStr = SecretStr("")
    #: The file of `journeyline keys`; unset: keys.json in the data directory.
    keys_file: Path | None = None
    host: str = "127.0.0.1"
    ingest_port: int = Field(8001, ge=1, le=65535)
    #: How long ingest waits for Kafka to acknowledge, and how much it holds meanwhile; then 503.
    ingest_ack_seconds: float = Field(10.0, gt=0, le=300)
    ingest_in_flight_mib: int = Field(64, ge=1, le=4096)
    #: What ingest masks in the words of events, apart by commas: a form's values are never kept.
    scrub: str = Field("cards,national_ids,phones,emails", pattern=f"^({_SCRUBS}(,{_SCRUBS})*)?$")
    #: Requests a second of one key, of one address, of one address with a publishable key; then 429.
    ingest_rate_per_key: float = Field(5000.0, gt=0)
    ingest_rate_per_address: float = Field(5000.0, gt=0)
    ingest_rate_publishable: float = Field(20.0, gt=0)
    live_port: int = Field(8000, ge=1, le=65535)
    #: Where browsers reach the alerts service; empty: port 8002 of the host that they reach the page on.
    alerts_url: str = Field("", pattern=r"^(https?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._~/\-]*)?)?$")
    #: The name of this worker of the journey builder: its place in the group and its state folder.
    worker: str = Field("build-1", pattern="^[A-Za-z0-9._-]+$")
    #: How many other workers keep the state of each partition up to date, to take it over at once.
    standbys: int = Field(0, ge=0, le=3)
    build_port: int = Field(8003, ge=1, le=65535)
    #: The rules file; empty: the shipped rules.
    rules: str = ""
    #: SQLAlchemy URL of the read model; empty: SQLite in the data directory.
    database_url: str = ""
    #: Where people open the live page; empty: this machine's loopback. Notifications link to it.
    live_url: str = Field("", pattern="^(https?://[^ ]+)?$")
    alerts_port: int = Field(8002, ge=1, le=65535)
    #: SQLAlchemy URL of incidents and outbox; empty: SQLite in the data directory.
    alerts_database_url: str = ""
    #: Who is told of incidents: apprise URLs, apart by blanks, or a JSON list of URLs and routes. Secrets.
    receivers: SecretStr = SecretStr("")
    #: Origins of further pages that may call the alerts API, apart by commas.
    alerts_origins: str = ""
    #: A friction detected so long after it happened opens no incident and notifies nobody.
    alerts_stale_minutes: float = Field(15.0, gt=0)
    #: An incident without a new friction for so long is over.
    alerts_quiet_minutes: float = Field(30.0, gt=0)
    #: What has become worse is told again no sooner than this.
    alerts_worsened_minutes: float = Field(15.0, ge=0)
    #: Whether receivers also hear that an incident is over.
    alerts_tell_closed: bool = False
    #: One attempt at a receiver, the first pause after a failed one, and the longest.
    alerts_attempt_seconds: float = Field(15.0, gt=0, le=300)
    alerts_retry_seconds: float = Field(5.0, gt=0)
    alerts_retry_seconds_max: float = Field(60.0, gt=0)
    #: Region of phone numbers without a country code, e.g. US. Empty: those compare as they are written.
    phone_region: str | None = Field(None, pattern="^[A-Z]{2}$")
    #: Who may post to `/v1/hooks`: a list of connections as YAML or JSON, or the path of a file with one.
    hooks: SecretStr = SecretStr("")
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$")

    @field_validator("phone_region", mode="before")
    @classmethod
    def _empty_is_unsaid(cls, region: str | None) -> str | None:
        return region or None

    @field_validator("api_key", mode="after")
    @classmethod
    def _fits_into_a_header(cls, key: SecretStr) -> SecretStr:
        # A line's end comes with files that were written elsewhere.
        words = key.get_secret_value().strip()
        if not words.isprintable():
            raise ValueError("may hold no control characters")
        return SecretStr(words)

    @model_validator(mode="after")
    def _closed_unless_local(self) -> "Settings":
        has_key = bool(self.api_key.get_secret_value()) or has_secret(read(self.keys_path))
        if not has_key and not _is_loopback(self.host):
            raise ValueError(
                f"{PREFIX}HOST={self.host} is open to others: set {PREFIX}API_KEY, or listen on 127.0.0.1, "
                "or make a key with `journeyline keys create`"
            )
        return self

    @property
    def is_loopback(self) -> bool:
        return _is_loopback(self.host)

    @property
    def address(self) -> str:
        """Where this machine reaches what listens on `host`."""
        return address_of(self.host)

    @property
    def scrubbed(self) -> tuple[str, ...]:
        return tuple(filter(None, self.scrub.split(",")))

    @property
    def keys_path(self) -> Path:
        return self.keys_file or self.data_dir / "keys.json"

    @property
    def kafka(self) -> KafkaSettings:
        return KafkaSettings()

    @property
    def rules_file(self) -> Path | None:
        return Path(self.rules) if self.rules else None

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{(self.data_dir / 'live.db').absolute()}"

    @property
    def alerts_database(self) -> str:
        return self.alerts_database_url or f"sqlite:///{(self.data_dir / 'alerts.db').absolute()}"

    @property
    def live_page(self) -> str:
        """The live page's address, without a slash at its end."""
        return self.live_url.rstrip("/") or f"http://127.0.0.1:{self.live_port}"


@cache
def settings() -> Settings:
    """The settings of this process."""
    return read_settings()


def read_settings(**given: Any) -> Settings:
    """From the environment, but for what is given. Raises `SettingsError` in a sentence."""
    unknown = sorted(_unknown_names())
    if unknown:
        raise SettingsError(
            f"unknown setting {', '.join(unknown)}; known: {', '.join(sorted(_known_names()))}"
        )
    try:
        chosen = Settings(**given)
    except ValidationError as error:
        raise SettingsError(_sentence(error, PREFIX)) from None
    except KeysError as error:
        raise SettingsError(str(error)) from None
    try:
        KafkaSettings()
    except ValidationError as error:
        raise SettingsError(_sentence(error, KAFKA_PREFIX)) from None
    return chosen


def _sentence(error: ValidationError, prefix: str) -> str:
    return "; ".join(
        f"{prefix + str(item['loc'][0]).upper()}: {item['msg']}" if item["loc"] else item["msg"]
        for item in error.errors()
    )


def address_of(host: str) -> str:
    """How a client on this machine writes what a service listens on: any address is also the loopback's."""
    if host in ("0.0.0.0", "::", "*"):  # nothing listens here
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _known_names() -> set[str]:
    return {PREFIX + name.upper() for name in Settings.model_fields}


def _unknown_names() -> set[str]:
    return {name for name in os.environ if name.startswith(PREFIX)} - _known_names()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
