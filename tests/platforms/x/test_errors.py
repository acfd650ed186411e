"""What X's answers mean beyond the common table: credit, caps, blocked accounts, broken answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from platforms.errors import Ambiguous, NeedsPerson, NetworkError, RateLimited, Rejected, TokenRefused
from platforms.message import Message
from tests.platforms.wire import answer, wire
from tests.platforms.x.conftest import Connected

SUSPENDED = "Your account is suspended and is not permitted to access this feature."
LOCKED = "To protect our users from spam, your account is temporarily locked."


def problem(detail: str, kind: str = "about:blank", **more: Any) -> str:
    return json.dumps({"title": "T", "type": kind, "detail": detail, **more})


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (402, problem("credits depleted", "https://api.x.com/2/problems/credits-depleted"), NeedsPerson),
        (402, problem("no credits", "https://api.twitter.com/2/problems/credits"), NeedsPerson),
        (403, problem(SUSPENDED), NeedsPerson),
        (403, problem(LOCKED), NeedsPerson),
        (403, problem("no", "https://api.x.com/2/problems/oauth1-permissions"), NeedsPerson),
        (403, problem("no", "https://api.x.com/2/problems/unsupported-authentication"), NeedsPerson),
        (403, problem("Reply to this conversation is not allowed."), Rejected),
        (400, problem("Your media IDs are invalid."), Rejected),
        (401, problem("Unauthorized"), TokenRefused),
        (
            429,
            problem("cap", "https://api.x.com/2/problems/usage-capped", period="Monthly"),
            NeedsPerson,
        ),
        (429, problem("cap", "https://api.x.com/2/problems/usage-capped", period="Daily"), RateLimited),
        (500, problem("no"), Ambiguous),
        (503, "<html>over capacity</html>", Ambiguous),
        (201, '{"data": {}}', Ambiguous),
        (200, '{"errors": [{"message": "partial"}]}', Ambiguous),
        (201, "{}", Ambiguous),
        (201, "[]", Ambiguous),
    ],
)
def test_what_publishing_may_be_told(
    brand: Connected, status: int, body: str, kind: type[NetworkError]
) -> None:
    with wire(answer(status, body)) as server:
        with pytest.raises(NetworkError) as caught:
            brand.at(server.url).network.publish.submit(brand.account, Message("Hello"), {})
        assert len(server.requests) == 1
    assert type(caught.value) is kind
    assert brand.account.credentials.access_token not in str(caught.value)


def test_a_daily_cap_ends_with_the_day(brand: Connected) -> None:
    body = problem("cap", "https://api.x.com/2/problems/usage-capped", period="Daily", scope="Account")
    with wire(answer(429, body)) as server, pytest.raises(RateLimited) as caught:
        brand.at(server.url).network.publish.submit(brand.account, Message("Hello"), {})
    until = caught.value.until
    assert (until.hour, until.minute) == (0, 0)
    assert until > datetime.now(UTC)
