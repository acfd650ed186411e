"""YouTube's quota: so many units of a bucket a day for the whole project, and no header tells of it."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sandbox.youtube.errors import GoogleError

PACIFIC = ZoneInfo("America/Los_Angeles")
BUCKETS: dict[str, int] = {"insert": 100, "batch": 10_000, "rest": 10_000}
"""Units a day, which begins at midnight Pacific time. Source: YouTube Data API, quota since 2026-06-01."""


class Quota:
    """Counts units."""

    def __init__(self) -> None:
        self._day = date.min
        self._used: dict[str, int] = {}

    def spend(self, bucket: str, units: int, now: datetime) -> None:
        """Spend units. Raises GoogleError 403 when there are not enough left today."""
        today = now.astimezone(PACIFIC).date()
        if today != self._day:
            self._day, self._used = today, {}
        used = self._used.get(bucket, 0) + units
        if used > BUCKETS[bucket]:
            words = "The request cannot be completed because you have exceeded your quota."
            raise GoogleError(403, "quotaExceeded", words, "youtube.quota")
        self._used[bucket] = used
