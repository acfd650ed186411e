"""Pinterest's rate limits: by category and minute with standard access, by day with trial access.

Source: developers.pinterest.com "Rate limits"; each operation's category stands in the OpenAPI document.
"""

from __future__ import annotations

from sandbox.pinterest.errors import throttled

STANDARD: dict[str, tuple[int, int]] = {
    "org_read": (1_000, 60),
    "org_write": (100, 60),
    "org_analytics": (60, 60),
}
"""Calls and seconds by category, for each user of an app."""
TRIAL: dict[str, tuple[int, int]] = {
    "org_read": (1_000, 86_400),
    "org_write": (300, 86_400),
    "org_analytics": (1_000, 86_400),
}
ACCESS = {"tier": "standard"}
"""Which of the two the registered app has."""


class RateLimits:
    """Counts calls; windows start with the first call in them."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, str], tuple[float, int]] = {}

    def count(self, category: str, token: str, now_s: float) -> dict[str, str]:
        """Count one call; the headers that tell. Raises PinterestError 429 beyond the limit."""
        limit, window_s = (STANDARD if ACCESS["tier"] == "standard" else TRIAL)[category]
        began, used = self._windows.get((category, token), (now_s, 0))
        if now_s >= began + window_s:
            began, used = now_s, 0
        used += 1
        self._windows[category, token] = (began, used)
        headers = {
            "x-ratelimit-limit": f"{limit}, {limit};w={window_s}",
            "x-ratelimit-remaining": str(max(limit - used, 0)),
            "x-ratelimit-reset": str(max(round(began + window_s - now_s), 1)),
        }
        if used > limit:
            raise throttled(headers)
        return headers
