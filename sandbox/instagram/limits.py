"""Instagram's limits: calls an hour, and posts and containers a day. Generous; tests lower them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from sandbox.facebook.errors import GraphError

_HOUR_S = 3600
DAY_S = 86_400


@dataclass
class Limits:
    """What one account may do; `calls` are counted by clock hour."""

    posts: int = 500
    containers: int = 5_000
    hourly_calls: int = 50_000
    calls: dict[tuple[str, int], int] = field(default_factory=dict)

    def count(self, account: str, now_s: float, kind: str = "instagram") -> dict[str, str]:
        """Count one call; the headers to answer with. Raises GraphError 80002 beyond the hour's allowance."""
        hour = account, int(now_s // _HOUR_S)
        self.calls[hour] = self.calls.get(hour, 0) + 1
        if self.calls[hour] > self.hourly_calls:
            message = "(#80002) There have been too many calls to this Instagram account."
            raise GraphError(80002, message, transient=True)
        percent = 100 * self.calls[hour] // self.hourly_calls
        used = {"call_count": percent, "total_cputime": percent, "total_time": percent}
        business = {account: [{"type": kind, **used, "estimated_time_to_regain_access": 0}]}
        return {"X-App-Usage": json.dumps(used), "X-Business-Use-Case-Usage": json.dumps(business)}


LIMITS = Limits()
