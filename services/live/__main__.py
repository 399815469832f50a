"""`python -m services.live`: the read side, one process. Over one PostgreSQL run as many as you like."""

import sys

from services.database.opening import WrongDatabase
from services.live.app import create_app
from services.live.projector import Projector
from services.live.store.database import open_database
from services.logs import configure_logs
from services.settings import SettingsError, settings
from services.web.serving import serve


def main() -> None:
    try:
        chosen = settings()
        configure_logs(chosen.log_level, "live")
        engine = open_database(chosen.database)
    except (SettingsError, WrongDatabase) as error:
        sys.exit(str(error))
    serve(create_app(chosen, engine, Projector(chosen, engine)), chosen.host, chosen.live_port)


if __name__ == "__main__":
    main()
