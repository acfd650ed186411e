"""X's rate limits: so many calls of an endpoint by a user in a window, told in headers."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.x.errors import too_many_requests

LIMITS: dict[str, int] = {
    "POST /2/tweets": 100,
    "DELETE /2/tweets/:id": 50,
    "GET /2/tweets": 5000,
    "GET /2/tweets/:id": 900,
    "GET /2/users/:id": 900,
    "GET /2/users/:id/tweets": 900,
    "GET /2/users/me": 75,
    "GET /2/tweets/analytics": 300,
    "POST /2/media/upload": 500,
    "POST /2/media/upload/initialize": 1875,
    "POST /2/media/upload/:id/append": 1875,
    "POST /2/media/upload/:id/finalize": 1875,
    "GET /2/media/upload": 1000,
    "POST /2/media/metadata": 500,
}
"""Calls by user and 15 minutes. Source: X developer documentation, rate limits (2026-08)."""


class RateLimits:
    """Counts calls; windows start with the first call in them."""

    def __init__(self, window_s: float, overrides: Mapping[str, int]) -> None:
        self._window_s = window_s
        self._limits = LIMITS | dict(overrides)
        self._windows: dict[tuple[str, str], tuple[float, int]] = {}

    def count(self, endpoint: str, user: str, now_s: float) -> dict[str, str]:
        """Count one call; the headers to answer with. Raises XProblem 429 beyond the limit."""
        started, used = self._windows.get((endpoint, user), (now_s, 0))
        if now_s >= started + self._window_s:
            started, used = now_s, 0
        limit = self._limits[endpoint]
        headers = {
            "x-rate-limit-limit": str(limit),
            "x-rate-limit-remaining": str(max(limit - used - 1, 0)),
            "x-rate-limit-reset": str(int(-(-(started + self._window_s) // 1))),
        }
        if used >= limit:
            raise too_many_requests(headers)
        self._windows[endpoint, user] = (started, used + 1)
        return headers
