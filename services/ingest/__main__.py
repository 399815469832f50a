"""Runs the ingest service: `python -m services.ingest`."""

import sys

import uvicorn

from services.ingest.app import create_app
from services.ingest.hooks import load_hooks
from services.logs import configure_logs
from services.settings import SettingsError, settings

#: h11, since httptools lets headers of 8 MiB in.
HEADER_BYTES_MAX = 16 * 1024
KEEP_ALIVE_SECONDS = 65
SHUTDOWN_SECONDS = 15
#: Each may hold a body of 1 MiB.
CONNECTIONS_MAX = 1000


def main() -> None:
    try:
        chosen = settings()
        load_hooks(chosen)
    except SettingsError as error:
        sys.exit(str(error))
    configure_logs(chosen.log_level, "ingest")
    uvicorn.run(
        create_app(chosen),
        host=chosen.host,
        port=chosen.ingest_port,
        loop="uvloop",
        http="h11",
        ws="none",
        h11_max_incomplete_event_size=HEADER_BYTES_MAX,
        limit_concurrency=CONNECTIONS_MAX,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        log_config=None,
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    main()
