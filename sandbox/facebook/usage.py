"""Facebook's usage headers, and the refusal once a page's hour is used up."""

from __future__ import annotations

import json

from sandbox.facebook.errors import GraphError

_HOUR_S = 3600


class Usage:
    """Calls by page in the current clock hour."""

    def __init__(self, hourly_calls: int) -> None:
        self._allowed = hourly_calls
        self._hour = -1
        self._calls: dict[str, int] = {}

    def count(self, page_id: str, now_s: float) -> dict[str, str]:
        """Count one call; the headers to answer with. Raises GraphError 32 beyond the hour's allowance."""
        hour = int(now_s // _HOUR_S)
        if hour != self._hour:
            self._hour, self._calls = hour, {}
        self._calls[page_id] = self._calls.get(page_id, 0) + 1
        if self._calls[page_id] > self._allowed:
            raise GraphError(32, "(#32) Page request limit reached", transient=True)
        percent = min(100 * self._calls[page_id] // self._allowed, 100)
        total = min(100 * sum(self._calls.values()) // (self._allowed * max(len(self._calls), 1)), 100)
        used = {"call_count": percent, "total_cputime": percent, "total_time": percent}
        business = {page_id: [{"type": "pages", **used, "estimated_time_to_regain_access": 0}]}
        app = {"call_count": total, "total_cputime": total, "total_time": total}
        return {"X-App-Usage": json.dumps(app), "X-Business-Use-Case-Usage": json.dumps(business)}
