"""The least that a FastAPI service can do with an event: parse it. Argument: its port."""

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI

app = FastAPI()


@app.post("/v1/events", status_code=202)
async def take(event: dict[str, Any]) -> dict[str, int]:
    return {"accepted": len(event) > 0}


if __name__ == "__main__":
    uvicorn.run(
        app, port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False, log_level="warning"
    )
