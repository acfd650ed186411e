"""Settings that change: what is written to the row, and what the audit trail says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from identity.logos import described


def apply(row: object, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Set the attributes of a row that differ; returns them as they were and as they are, for the trail.

    A picture (bytes) is named in the trail, not kept there.
    """
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    before = {name: _told(getattr(row, name)) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    return before, {name: _told(value) for name, value in changed.items()}


def _told(value: Any) -> Any:
    return described(value) if isinstance(value, bytes) else value
