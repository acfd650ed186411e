"""Moments as the Graph API reads and writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sandbox.facebook.errors import invalid_parameter


def graph_time(at: datetime) -> str:
    """2026-01-01T00:00:00+0000."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def parse_time(name: str, text: str, zone: ZoneInfo) -> datetime:
    """Unix seconds or ISO 8601 to UTC; what names no offset is local to `zone`. Raises GraphError 100."""
    try:
        if text.lstrip("-").isdecimal():
            return datetime.fromtimestamp(int(text), UTC)
        found = datetime.fromisoformat(text.replace(" ", "+", 1) if "T" in text else text)
    except (ValueError, OverflowError) as error:
        raise invalid_parameter(f"param {name} must be a valid timestamp: {text!r}") from error
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
