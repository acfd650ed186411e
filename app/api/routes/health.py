"""Whether the app can serve, and posts go out; asked often, so it is not counted."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.route import unique_id
from app.web.health import database_answers, publishing_runs

router = APIRouter(tags=["health"], generate_unique_id_function=unique_id)


class Health(BaseModel):
    """The state of the app and of what it cannot work without."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"status": "ok", "database": True, "publishing": True}]}
    )

    status: Literal["ok", "unavailable"]
    database: bool
    publishing: bool = Field(
        description="Something looks for posts that fall due. While it is false they wait; the status does "
        "not depend on it."
    )


@router.get("/health", summary="Can the app serve?", responses={503: {"model": Health}})
def health(response: Response) -> Health:
    """200 when the app can serve, 503 when its database does not answer.

    `publishing` says whether scheduled posts go out.
    """
    database = database_answers()
    response.status_code = 200 if database else 503
    status: Literal["ok", "unavailable"] = "ok" if database else "unavailable"
    return Health(status=status, database=database, publishing=database and publishing_runs())
