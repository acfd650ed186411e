"""Settings of the sandbox, read from environment variables that start with ``ALLIN_SANDBOX_``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _default_home() -> Path:
    return Path(os.environ.get("ALLIN_HOME") or ".allin") / "sandbox"


class Settings(BaseSettings):
    """Where the sandbox listens, where it keeps its state, and which world it serves."""

    model_config = SettingsConfigDict(env_prefix="ALLIN_SANDBOX_", env_ignore_empty=True)

    host: str = Field("127.0.0.1", description="Address the sandbox listens on.")
    port: int = Field(8600, ge=0, le=65535, description="Port of the sandbox.")
    smtp_port: int = Field(
        8625, ge=0, le=65535, description="Port of its mailbox (SMTP). 0: any that is free."
    )
    home: Path = Field(default_factory=_default_home, description="Folder of its state. Empty: HOME/sandbox.")
    seed: int = Field(7, ge=0, description="What the generated world is made from.")
    days: int = Field(365, ge=1, le=1000, description="Days of history the generated world starts with.")
    brands: int = Field(3, ge=1, le=200, description="Brands of the generated world.")
    busy: int = Field(1, ge=0, le=100, description="So many times the usual one to three posts a day.")
    archive: Path | None = Field(
        None, description="A csv.gz of real Facebook posts to serve instead of the generated world."
    )
    pages: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Pages of the archive to serve, comma-separated. Empty: the three with most posts."
    )
    duplicate_window_s: float = Field(
        3600,
        ge=0,
        description="How long the same text on one account counts as a duplicate, in seconds; "
        "the networks do not publish theirs.",
    )
    x_window_s: float = Field(
        900, gt=0, description="Length of X's rate-limit windows in seconds (15 minutes on the real network)."
    )
    x_limits: dict[str, int] = Field(
        default_factory=dict, description='Overrides of X\'s limits a window, as JSON: {"POST /2/tweets": 3}.'
    )
    facebook_hourly_calls: int = Field(
        20_000, ge=1, description="Calls an hour and page before Facebook answers code 32."
    )

    @field_validator("pages", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value
