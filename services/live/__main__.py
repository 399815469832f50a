"""`python -m services.live`: the read side, one process. Over one PostgreSQL run as many as you like."""

import sys

import uvicorn

from services.live.app import create_app
from services.live.projector import Projector
from services.live.store.database import WrongDatabase, open_database
from services.logs import configure_logs
from services.settings import SettingsError, settings

#: Open streams end with the server after so long.
SHUTDOWN_SECONDS = 5


def main() -> None:
    try:
        chosen = settings()
        configure_logs(chosen.log_level, "live")
        engine = open_database(chosen.database)
    except (SettingsError, WrongDatabase) as error:
        sys.exit(str(error))
    uvicorn.run(
        create_app(chosen, engine, Projector(chosen, engine)),
        host=chosen.host,
        port=chosen.live_port,
        http="h11",
        loop="uvloop",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


if __name__ == "__main__":
    main()
