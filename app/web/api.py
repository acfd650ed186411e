"""The HTTP API under ``/api/v1``."""

from __future__ import annotations

from typing import Literal

from fastapi import FastAPI, Response
from pydantic import BaseModel

from app.web.health import database_answers


class Health(BaseModel):
    """The state of the app and of what it cannot work without."""

    status: Literal["ok", "unavailable"]
    database: bool


# The interactive pages of FastAPI load scripts from elsewhere, so they stay off.
api = FastAPI(title="AllIN", version="1", docs_url=None, redoc_url=None)


@api.get("/health", responses={503: {"model": Health}})
def health(response: Response) -> Health:
    """200 when the app can serve, 503 when its database does not answer."""
    database = database_answers()
    response.status_code = 200 if database else 503
    return Health(status="ok" if database else "unavailable", database=database)
