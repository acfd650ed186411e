"""What the app pays for its calls: pay per use, and 402 when nothing is left."""

from __future__ import annotations

from itertools import cycle
from typing import Any

from sandbox.x.errors import XProblem

PRICES: dict[str, float] = {
    "POST /2/tweets": 0.015,
    "GET /2/tweets": 0.001,
    "GET /2/tweets/:id": 0.001,
    "GET /2/tweets/analytics": 0.001,
    "GET /2/users/:id/tweets": 0.001,
    "GET /2/users/:id": 0.01,
    "GET /2/users/me": 0.001,
}
"""US dollars a call. Source: X developer documentation, pricing (2026-08); owned reads."""
LINK = 0.185
"""What a post with a link costs beyond one without: 0.20 US dollars in all."""

# X has been seen to word it in two ways.
_SPELLINGS: tuple[dict[str, Any], ...] = (
    {
        "title": "CreditsDepleted",
        "detail": "Your enrolled account [1] does not have any credits to fulfill this request.",
        "type": "https://api.twitter.com/2/problems/credits",
    },
    {
        "title": "Payment Required",
        "detail": "credits depleted",
        "status": 402,
        "type": "https://api.x.com/2/problems/credits-depleted",
    },
)


class Credits:
    """The app's credit in US dollars; None never ends."""

    def __init__(self) -> None:
        self.left: float | None = None
        self._spellings = cycle(_SPELLINGS)

    def pay(self, endpoint: str) -> None:
        """Pay for a call. Raises XProblem 402, in one wording and the other by turns, when it is too much."""
        self.spend(PRICES.get(endpoint, 0.0))

    def spend(self, price: float) -> None:
        """Spend so many US dollars. Raises XProblem 402."""
        if self.left is None or not price:
            return
        if self.left < price:
            raise XProblem(402, dict(next(self._spellings)))
        self.left -= price


CREDITS = Credits()
