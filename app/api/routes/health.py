"""Whether the app can serve; asked often, so it is not counted."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from app.api.route import unique_id
from app.web.health import database_answers

router = APIRouter(tags=["health"], generate_unique_id_function=unique_id)


class Health(BaseModel):
    """The state of the app and of what it cannot work without."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok", "database": True}]})

    status: Literal["ok", "unavailable"]
    database: bool


@router.get("/health", summary="Can the app serve?", responses={503: {"model": Health}})
def health(response: Response) -> Health:
    """200 when the app can serve, 503 when its database does not answer."""
    database = database_answers()
    response.status_code = 200 if database else 503
    return Health(status="ok" if database else "unavailable", database=database)
