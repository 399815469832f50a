"""The tables of the read model. Everything in them can be made again from the topics."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    text,
)

from services.database.offsets import batches_table, offsets_table
from services.database.opening import meta_table

#: Raise it with any change below but a new table: databases of another version are refused.
SCHEMA_VERSION = "7"

metadata = MetaData()

meta = meta_table("meta", metadata)

#: The steps. Clustered by contact: a journey's steps are a few ranges.
events = Table(
    "events", metadata,
    Column("contact", LargeBinary, primary_key=True),
    Column("event", LargeBinary, primary_key=True),
    Column("rank", LargeBinary, nullable=False),
    Column("order_key", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)  # fmt: skip

#: What is no contact (a survey on its own) is in it for whose it is: it has no start, and counts nowhere.
contacts = Table(
    "contacts", metadata,
    Column("contact", LargeBinary, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("customer_key", String, nullable=False),
    Column("journey_id", String),
    Column("started_at", String),
    Column("short_abandons", Integer, nullable=False),
    Column("is_call_back", Boolean, nullable=False),
    # What KPIs count, as `schemas.contacts.Service` has it.
    Column("channel", String),
    Column("queue", String),
    Column("goal", String),
    Column("started_us", BigInteger),
    Column("ended_us", BigInteger),
    Column("may_repeat", Boolean, nullable=False),
    Column("may_be_repeated", Boolean, nullable=False),
    Column("met_machine", Boolean, nullable=False),
    Column("left_machine", Boolean, nullable=False),
    Column("is_contained", Boolean, nullable=False),
    Column("reached_us", BigInteger),
    Column("handled_us", BigInteger),
    Column("held_us", BigInteger, nullable=False),
    Column("transfers", Integer, nullable=False),
    Column("has_form", Boolean, nullable=False),
    #: When it was said to be resolved, if that was the last word.
    Column("resolved_us", BigInteger),
    Column("body", LargeBinary, nullable=False),
    Index("contacts_of_customer", "customer_key", "started_at"),
    Index("contacts_of_journey", "journey_id"),
    Index("contacts_by_start", "started_at"),
)  # fmt: skip

is_contact = contacts.c.started_at.is_not(None)

#: Of surveys, each placed on its scale: from 0, the worst, to 1.
answers = Table(
    "answers", metadata,
    Column("contact", LargeBinary, primary_key=True),
    Column("event", LargeBinary, primary_key=True),
    Column("rank", LargeBinary, nullable=False),
    Column("tenant", String, nullable=False),
    Column("at", String, nullable=False),
    Column("metric", String, nullable=False),
    Column("place", Float, nullable=False),
    Index("answers_by_time", "at"),
    sqlite_with_rowid=False,
)  # fmt: skip

waits = Table(
    "waits", metadata,
    Column("contact", LargeBinary, primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("queue", String),
    Column("start_us", BigInteger, nullable=False),
    Column("end_us", BigInteger),
    Column("how", String),
    Column("last_event_at", String, nullable=False),
    # NULLs are in it: the open waits are one range.
    Index("waits_by_end", "end_us", "last_event_at"),
    sqlite_with_rowid=False,
)  # fmt: skip

customers = Table(
    "customers", metadata,
    Column("customer_key", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("is_known", Boolean, nullable=False),
    Column("merged_into", String),
    Column("contacts", Integer, nullable=False),
    Column("segment", String),
    Column("persona", String),
    Column("body", LargeBinary, nullable=False),
    Index("customers_of_segment", "segment"),
    Index("customers_of_persona", "persona"),
)  # fmt: skip

#: Hashes of type and normalised value, so that no index holds a phone number.
identifiers = Table(
    "identifiers", metadata,
    Column("customer_key", String, primary_key=True),
    Column("identifier", LargeBinary, primary_key=True),
    Index("identifiers_by_value", "identifier"),
    sqlite_with_rowid=False,
)  # fmt: skip

#: What was decided last of an identifier; those that never were linked or refused are not in it.
identities = Table(
    "identities", metadata,
    Column("own_key", String, primary_key=True),
    Column("identifier", LargeBinary, nullable=False),
    Column("tenant", String, nullable=False),
    #: NULL: it links nobody.
    Column("customer_key", String),
    Column("body", LargeBinary, nullable=False),
    Index("identities_by_value", "identifier"),
    Index("identities_of_customer", "customer_key"),
)  # fmt: skip

#: Every decision on identifiers, in order.
identity_journal = Table(
    "identity_journal", metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("own_key", String, nullable=False),
    Column("customer_key", String),
    Column("before_key", String),
    Column("body", LargeBinary, nullable=False),
    Index("identity_journal_of_identifier", "own_key", "seq"),
    Index("identity_journal_of_customer", "customer_key", "seq"),
    Index("identity_journal_before", "before_key", "seq"),
)  # fmt: skip

#: What decisions would change that nobody has made.
identity_trials = Table(
    "identity_trials", metadata,
    Column("trial", String, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)  # fmt: skip

_IS_OPEN = text("state = 'open'")
journeys = Table(
    "journeys", metadata,
    Column("journey_id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("customer_key", String, nullable=False),
    Column("state", String, nullable=False),
    Column("goal", String),
    Column("outcome", String),
    #: `|call|chat|`
    Column("channels", String, nullable=False),
    Column("last_event_at", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("journeys_by_time", "last_event_at", "journey_id"),
    Index("journeys_of_customer", "customer_key", "last_event_at"),
    Index("journeys_open", "tenant", sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
)  # fmt: skip

frictions = Table(
    "frictions", metadata,
    Column("friction_id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("contact", LargeBinary, nullable=False),
    Column("touchpoint", String, nullable=False),
    Column("at", String, nullable=False),
    #: Its place among the severities, so that the highest of many is a maximum.
    Column("severity", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("frictions_by_time", "at", "friction_id"),
    Index("frictions_of_contact", "contact"),
    Index("frictions_of_kind", "kind", "at"),
    Index("frictions_of_touchpoint", "touchpoint", "at"),
)  # fmt: skip

#: As the alerts service last told of them, for the event stream; its API has their history.
incidents = Table(
    "incidents", metadata,
    Column("incident_id", String, primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("tenant", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("touchpoint", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
)  # fmt: skip

#: What changed, in the order it was committed: the log behind the event stream.
changes = Table(
    "changes", metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("event", String, nullable=False),
    Column("id", String, nullable=False),
)  # fmt: skip

offsets = offsets_table("offsets", metadata)
batches = batches_table("batches", metadata)

#: How far each part has come with a replay run, and how many of its events are projected.
runs = Table(
    "runs", metadata,
    Column("run", String, primary_key=True),
    Column("part", String, primary_key=True),
    #: The run's whole name, UTF-8.
    Column("name", LargeBinary, nullable=False),
    Column("is_done", Boolean, nullable=False),
)  # fmt: skip

run_events = Table(
    "run_events", metadata,
    Column("run", String, primary_key=True),
    Column("events", BigInteger, nullable=False),
)  # fmt: skip
