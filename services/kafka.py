"""How every client of ours reaches the log: one dictionary of connection arguments for aiokafka."""

import asyncio
import ssl
import sys
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from aiokafka.codec import lz4_encode
from aiokafka.errors import KafkaError
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from services.settings import KafkaSettings


def connection(kafka: KafkaSettings) -> dict[str, Any]:
    """Keyword arguments for an aiokafka consumer or producer."""
    arguments: dict[str, Any] = {
        "bootstrap_servers": kafka.bootstrap_servers,
        "security_protocol": kafka.security_protocol,
    }
    if kafka.security_protocol.endswith("SSL"):
        arguments["ssl_context"] = tls_context(kafka)
    if kafka.security_protocol.startswith("SASL"):
        password = kafka.sasl_password
        arguments["sasl_mechanism"] = kafka.sasl_mechanism or "PLAIN"
        arguments["sasl_plain_username"] = kafka.sasl_username
        arguments["sasl_plain_password"] = password.get_secret_value() if password else None
    return arguments


def tls_context(kafka: KafkaSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(kafka.ssl_cafile) if kafka.ssl_cafile else None)


#: A broker that ignores the long poll of a fetch is asked again no sooner than this.
EMPTY_FETCH_SECONDS = 0.05


def pace_empty_fetches(consumer: Any) -> None:
    """Keeps a started aiokafka consumer from spinning on a broker without long polls.

    The embedded broker answers a fetch that finds nothing at once, and an idle consumer would ask
    5,000 times a second. A broker that honours the wait never gets here.
    """
    fetcher = consumer._fetcher
    fetch = fetcher._proc_fetch_request

    async def paced(*args: Any) -> Any:
        started = time.monotonic()
        found = await fetch(*args)
        left = EMPTY_FETCH_SECONDS - (time.monotonic() - started)
        if not found and left > 0 and not _is_cancelled():
            # Closing cancels the fetch, and takes it for a fault if it does not return.
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(left)
        return found

    fetcher._proc_fetch_request = paced


def _is_cancelled() -> bool:
    """A fetch that was cancelled returns as one that found nothing."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def end_if_cancelled() -> None:
    """To be called after a client was closed: aiokafka suppresses a cancellation that comes meanwhile."""
    if _is_cancelled():
        raise asyncio.CancelledError


def close_surely(consumer: Any) -> None:
    """Makes a started aiokafka consumer end whenever it is stopped (aiokafka 0.14.0).

    While its partitions are taken away, its fetching task suppresses the cancellation by which fetches of
    lost partitions end, and with it one that means the task itself, which then waits for partitions that
    nobody assigns. And a fetch that waits for its next try is cancelled together with whoever stops it.
    """
    fetcher = consumer._fetcher
    close = fetcher.close

    async def closed() -> None:
        await _cancelled([fetcher._fetch_task])
        await _cancelled(fetcher._pending_tasks)
        fetcher._pending_tasks.clear()
        # What its task has died of was logged then, and would leave the connections open now.
        with suppress(KafkaError):
            await close()

    fetcher.close = closed


async def _cancelled(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancels them until they have ended: they may suppress it."""
    while left := [task for task in tasks if not task.done()]:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=0.1)


@asynccontextmanager
async def started(consumer: Any) -> AsyncIterator[Any]:
    """An aiokafka consumer without a group, started, and stopped whatever has happened to it."""
    try:
        await consumer.start()
        pace_empty_fetches(consumer)
        close_surely(consumer)
        yield consumer
    finally:
        await consumer.stop()
        end_if_cancelled()


#: Of 1 to 9. Each further level takes longer, and the last five save hardly a byte.
LZ4_LEVEL = 1


def compress_lightly() -> None:
    """Makes aiokafka compress lz4 at this level in this process; its own, 9, takes seven times as long."""
    records: Any = sys.modules[DefaultRecordBatchBuilder.__module__]
    records.lz4_encode = partial(lz4_encode, level=LZ4_LEVEL)
