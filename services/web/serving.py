"""An application on its port until the process is told to end."""

import uvicorn
from fastapi import FastAPI

#: Open streams end with the server after so long.
SHUTDOWN_SECONDS = 5


def serve(app: FastAPI, host: str, port: int) -> None:
    uvicorn.run(
        app,
        host=host,
        port=port,
        http="h11",
        loop="uvloop",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
