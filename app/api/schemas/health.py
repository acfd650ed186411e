"""Models of the numbers' health: what the checks found, and what waits for a decision."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import Field

from app.api.schemas.common import At, Id, Out


class Standing(StrEnum):
    """How a check stands, or all of them."""

    GOOD = "good"
    LOOK = "look"
    STOPPED = "stopped"


class HealthCheck(Out):
    """A check. `days` is how it stood on each of the `days` of the answer; null: it was not carried out."""

    name: str = Field(examples=["units_kept"])
    title: str = Field(description="What holds when all is well.", examples=["Numbers keep their unit"])
    standing: Standing
    found: str = Field(description="Empty when there is nothing to tell.", examples=[""])
    advice: str = Field(description="What it means and what to do.", examples=[""])
    checked_at: At
    days: list[Standing | None]


class SetAside(Out):
    """Numbers of one account that wait for a decision, for one reason: answers of one hour, or of several."""

    number: int = Field(description="Of the newest; `allin quarantine` knows it by that.", examples=[12])
    account_id: Id
    account_name: str = Field(examples=["Nordlicht"])
    network: str = Field(examples=["facebook"])
    what: str = Field(description="posts, post_metrics, account or account_metrics.", examples=["posts"])
    hours: int = Field(examples=[3])
    first_hour: At
    last_hour: At
    reasons: list[str] = Field(examples=[["5 posts that were there before are missing from the list."]])
    advice: str


class HealthBuild(Out):
    """A computation of the numbers."""

    status: str = Field(
        description="running, released, held (good, but held back by hand), refused by a check, or failed.",
        examples=["released"],
    )
    started_at: At
    finished_at: At | None
    reasons: list[str] = Field(description="Why it was not released.")


class DataHealth(Out):
    """Whether the numbers can be trusted, for your organization's accounts.

    `on_arrival` are the checks of what networks send, `before_showing` those of what is computed of it.
    """

    standing: Standing
    release: int | None = Field(description="Which numbers are shown; null before the first.", examples=[41])
    numbers_of: At | None = Field(description="When these numbers passed their checks.")
    waiting: list[SetAside]
    on_arrival: list[HealthCheck]
    before_showing: list[HealthCheck]
    days: list[date] = Field(description="The last 14 days (UTC), the oldest first.")
    builds: list[HealthBuild] = Field(description="The newest first.")
