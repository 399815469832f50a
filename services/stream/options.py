"""How a worker is set up: Faust's settings, and why."""

from pathlib import Path
from typing import Any

import mode
from msgspec import Struct


class WorkerSettings(Struct, frozen=True, kw_only=True):
    """How one worker runs. `instance`: its stable name in the group; restarts under it cause no rebalance.

    `cache_bytes`: of decoded states, all partitions together. `room_bytes`: of fetched records that a stage
    has waiting; when far behind, so much is there that most events of one key are folded together.
    `standbys`: how many other workers keep the stored state of each partition up to date beside its owner.
    """

    group: str
    instance: str
    brokers: str
    partitions: int
    data_dir: Path
    credentials: Any = None
    session_timeout_s: float = 10.0
    cache_bytes: int = 1 << 30
    room_bytes: int = 96 << 20
    standbys: int = 0


#: Of each partition's database. The caches are small: states in use are kept decoded anyway.
ROCKSDB_OPTIONS = {
    "block_cache_size": 8 << 20,
    "write_buffer_size": 8 << 20,
    "max_write_buffer_number": 3,
    "bloom_filter_size": 10,
    "max_open_files": 512,
}


def faust_options(settings: WorkerSettings) -> dict[str, Any]:
    return {**_life(settings), **_consumer(settings), **_producer(), **_tables(settings)}


def _life(settings: WorkerSettings) -> dict[str, Any]:
    """Nothing but stages: no web server, no discovery, no topics made on the way."""
    return {
        "version": 1,
        "broker": [f"kafka://{broker}" for broker in settings.brokers.split(",")],
        "broker_credentials": settings.credentials,
        "origin": None,
        "autodiscover": False,
        "agent_supervisor": mode.CrashingSupervisor,
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        "web_enabled": False,
        "worker_redirect_stdouts": False,
    }


#: Workers hear of a rebalance by their next heartbeat: so long nobody has the partitions of one that leaves.
HEARTBEAT_SECONDS = 0.3


def _consumer(settings: WorkerSettings) -> dict[str, Any]:
    """Offsets are committed once a second. Buffers count batches here, not records."""
    return {
        "consumer_group_instance_id": settings.instance,
        "consumer_auto_offset_reset": "earliest",
        "consumer_max_fetch_size": 4 << 20,
        "broker_commit_interval": 1.0,
        "broker_commit_every": 1_000_000_000,
        "broker_max_poll_records": 64_000,
        "broker_session_timeout": settings.session_timeout_s,
        "broker_heartbeat_interval": HEARTBEAT_SECONDS,
        "broker_rebalance_timeout": 60,
        "broker_request_timeout": 40,
        # For ever: who has no partitions reads nothing, and is no worse for it. The watchdog sees who hangs.
        "broker_max_poll_interval": 1_000_000_000,
        "stream_buffer_maxsize": 8,
        "stream_wait_empty": True,
        "stream_recovery_delay": 0,
        "stream_processing_timeout": 60,
    }


def _producer() -> dict[str, Any]:
    """Batches stay below the broker's limit of 1 MiB, and wait for nothing."""
    return {
        "producer_acks": -1,
        "producer_linger": 0,
        "producer_max_batch_size": 900 << 10,
        "producer_max_request_size": 1 << 20,
        "producer_compression_type": "lz4",
        "producer_request_timeout": 60,
    }


def _tables(settings: WorkerSettings) -> dict[str, Any]:
    """At least once, with our own order of effects: Faust's exactly_once loses tables on recovery."""
    return {
        "datadir": str(settings.data_dir),
        "store": "rocksdb://",
        "value_serializer": "raw",
        "key_serializer": "raw",
        "processing_guarantee": "at_least_once",
        "recovery_consistency_check": True,
        "table_standby_replicas": settings.standbys,
        "topic_partitions": settings.partitions,
        "topic_replication_factor": 1,
    }
