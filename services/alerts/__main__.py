"""`python -m services.alerts`: incidents, one process. Over one PostgreSQL run as many as you like."""

import sys

from services.alerts.app import context_of, create_app, senders_of
from services.alerts.consumer import Consumer
from services.alerts.receivers import receivers_from
from services.alerts.store.database import open_database
from services.database.opening import WrongDatabase
from services.logs import configure_logs
from services.settings import SettingsError, settings
from services.web.serving import serve


def main() -> None:
    try:
        chosen = settings()
        configure_logs(chosen.log_level, "alerts")
        told = receivers_from(chosen.receivers.get_secret_value(), chosen.alerts_attempt_seconds)
        engine = open_database(chosen.alerts_database)
    except (SettingsError, WrongDatabase) as error:
        sys.exit(str(error))
    consumer = Consumer(chosen, engine, context_of(chosen, told))
    serve(
        create_app(chosen, engine, told, consumer, senders_of(chosen, engine, told)),
        chosen.host,
        chosen.alerts_port,
    )


if __name__ == "__main__":
    main()
