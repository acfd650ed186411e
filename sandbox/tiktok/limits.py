"""TikTok's rate limits: so many calls in the last minute, told by the error only, never in headers."""

from __future__ import annotations

from collections import deque

from sandbox.tiktok.errors import TikTokError

LIMITS: dict[str, int] = {
    "creator_info": 20,
    "init": 6,
    "status": 30,
    "user_info": 600,
    "video_list": 600,
    "video_query": 600,
}
"""Calls by token in a minute. Source: developers.tiktok.com, each endpoint's page (2026-11)."""
POSTS: dict[str, int] = {"per_day": 1_000}
"""Posts by creator in a day. TikTok names about 15; more here, so that a demo is not stopped."""
_MINUTE_S, _DAY_S = 60.0, 86_400.0


class RateLimits:
    """Counts calls in sliding windows."""

    def __init__(self) -> None:
        self._calls: dict[tuple[str, str], deque[float]] = {}

    def count(self, endpoint: str, token: str, now_s: float) -> None:
        """Count one call. Raises TikTokError 429 beyond the limit."""
        if not self._has_room(endpoint, token, now_s, LIMITS[endpoint], _MINUTE_S):
            raise TikTokError(429, "rate_limit_exceeded", "The API rate limit was exceeded.")

    def count_post(self, account: str, now_s: float) -> None:
        """Count one post begun. Raises TikTokError 403 beyond the creator's cap."""
        if not self._has_room("post", account, now_s, POSTS["per_day"], _DAY_S):
            raise TikTokError(403, "spam_risk_too_many_posts", "Daily post cap is reached.")

    def _has_room(self, name: str, who: str, now_s: float, limit: int, window_s: float) -> bool:
        calls = self._calls.setdefault((name, who), deque())
        while calls and calls[0] <= now_s - window_s:
            calls.popleft()
        if len(calls) >= limit:
            return False
        calls.append(now_s)
        return True
