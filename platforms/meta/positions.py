"""What the positions of Meta's collections share: days in Unix seconds, and how a position is kept. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

DAY_S = 86_400


def as_cursor(position: DataclassInstance | None) -> str | None:
    """A position as the text to keep; its class' `start` reads it again."""
    return json.dumps(asdict(position)) if position else None


def midnight(moment: datetime) -> int:
    """The start of the UTC day, in Unix seconds."""
    return int(datetime.combine(moment.astimezone(UTC).date(), time(), UTC).timestamp())


def end_of(moment: datetime) -> int:
    """The end of the UTC day, in Unix seconds."""
    return midnight(moment) + DAY_S
