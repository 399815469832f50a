"""Runs the ingest service: `python -m services.ingest`."""

import gc
import sys

import uvicorn

from services.ingest.api.short_cut import ShortCut
from services.ingest.app import create_app
from services.ingest.hooks import load_hooks
from services.ingest.server import BoundedProtocol, allow_files
from services.logs import configure_logs
from services.settings import SettingsError, settings

KEEP_ALIVE_SECONDS = 65
SHUTDOWN_SECONDS = 15
BACKLOG = 4096
#: A batch makes tens of thousands of objects without a cycle among them: rarely is it worth looking.
GC_THRESHOLDS = (50_000, 20, 50)


def main() -> None:
    try:
        chosen = settings()
        load_hooks(chosen)
    except SettingsError as error:
        sys.exit(str(error))
    configure_logs(chosen.log_level, "ingest")
    allow_files()
    app = ShortCut(create_app(chosen))
    # What is there now stays; what a request makes goes by itself.
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    uvicorn.run(
        app,
        host=chosen.host,
        port=chosen.ingest_port,
        loop="uvloop",
        http=BoundedProtocol,
        ws="none",
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        log_config=None,
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    main()
