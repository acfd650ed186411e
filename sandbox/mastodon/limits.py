"""A server's rate limits: so many calls in a window, told in headers with ISO 8601 times.

Source: docs.joinmastodon.org "Rate limits". Counted by token here rather than by account, so that tests and
demos that share an account do not stop each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from sandbox.mastodon.errors import MastodonError

LIMITS: dict[str, tuple[int, float]] = {"all": (300, 300.0), "media": (30, 1_800.0), "delete": (30, 1_800.0)}
"""Calls, and the window in seconds."""


class RateLimits:
    """Counts calls; windows begin at whole multiples of their length."""

    def __init__(self, overrides: Mapping[str, tuple[int, float]] | None = None) -> None:
        self._limits = LIMITS | dict(overrides or {})
        self._windows: dict[tuple[str, str], tuple[float, int]] = {}

    def count(self, name: str, token: str, now_s: float) -> dict[str, str]:
        """Count one call; the headers to answer with. Raises MastodonError 429 beyond the limit."""
        limit, window_s = self._limits[name]
        began = now_s - now_s % window_s
        started, used = self._windows.get((name, token), (began, 0))
        used = used if started == began else 0
        reset = datetime.fromtimestamp(began + window_s, UTC).isoformat(timespec="microseconds")
        headers = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(limit - used - 1, 0)),
            "X-RateLimit-Reset": reset.replace("+00:00", "Z"),
        }
        if used >= limit:
            raise MastodonError(429, "Too many requests", headers=headers)
        self._windows[name, token] = (began, used + 1)
        return headers
