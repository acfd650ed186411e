"""A host's rate limits: so many calls, or points, in a fixed window, told in headers.

Source: docs.bsky.app "Rate limits" and a host's headers (2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.bluesky.errors import XrpcError

LIMITS: dict[str, tuple[int, float]] = {
    "all": (3_000, 300.0),
    "createSession": (30, 300.0),
    "createSession a day": (300, 86_400.0),
    "uploadBlob": (1_000, 86_400.0),
    "points an hour": (5_000, 3_600.0),
    "points a day": (35_000, 86_400.0),
}
"""What may be spent, and the window in seconds."""
POINTS = {"create": 3, "update": 2, "delete": 1}


class RateLimits:
    """Counts what was spent; windows start with the first call in them."""

    def __init__(self, overrides: Mapping[str, tuple[int, float]] | None = None) -> None:
        self._limits = LIMITS | dict(overrides or {})
        self._windows: dict[tuple[str, str], tuple[float, int]] = {}

    def spend(self, name: str, who: str, now_s: float, points: int = 1) -> dict[str, str]:
        """Spend points of a limit; the headers to answer with. Raises XrpcError 429 beyond it."""
        limit, window_s = self._limits[name]
        started, used = self._windows.get((name, who), (now_s, 0))
        if now_s >= started + window_s:
            started, used = now_s, 0
        headers = {
            "ratelimit-limit": str(limit),
            "ratelimit-remaining": str(max(limit - used - points, 0)),
            "ratelimit-reset": str(int(-(-(started + window_s) // 1))),
            "ratelimit-policy": f"{limit};w={window_s:.0f}",
        }
        if used + points > limit:
            raise XrpcError(429, "RateLimitExceeded", "Rate Limit Exceeded", headers)
        self._windows[name, who] = (started, used + points)
        return headers
