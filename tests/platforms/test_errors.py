"""What each network's answers mean, as its documents and observed answers word them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from platforms.errors import (
    Ambiguous,
    Duplicate,
    NeedsPerson,
    NeedsReconnect,
    NetworkError,
    RateLimited,
    Rejected,
    TemporarilyRejected,
    TokenRefused,
)
from platforms.facebook.errors import classify as facebook
from platforms.http import Reply
from platforms.redaction import cut
from platforms.x.errors import classify as x

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECRET = "EAAGsecret0123456789"


def reply(status: int, document: dict[str, Any] | None, **headers: str) -> Reply:
    return Reply(
        status=status,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        body=json.dumps(document),
        document=document,
        requested_at=NOW,
        received_at=NOW,
    )


def graph(code: int, status: int = 400, subcode: int | None = None, **more: Any) -> Reply:
    error = {"message": f"(#{code}) words", "type": "OAuthException", "code": code, **more}
    return reply(status, {"error": error | ({"error_subcode": subcode} if subcode else {})})


@pytest.mark.parametrize(
    ("answer", "written", "read"),
    [
        (graph(190, 401, 463), NeedsReconnect, NeedsReconnect),
        (graph(190, 400, 460), NeedsReconnect, NeedsReconnect),
        (graph(102), NeedsReconnect, NeedsReconnect),
        (graph(10, 403), NeedsPerson, NeedsPerson),
        (graph(200, 403), NeedsPerson, NeedsPerson),
        (graph(299), NeedsPerson, NeedsPerson),
        (graph(368), Ambiguous, NeedsPerson),
        (graph(4), RateLimited, RateLimited),
        (graph(17), RateLimited, RateLimited),
        (graph(32, 403), RateLimited, RateLimited),
        (graph(341), RateLimited, RateLimited),
        (graph(613), RateLimited, RateLimited),
        (graph(80001, 429), RateLimited, RateLimited),
        (graph(506), Duplicate, Duplicate),
        (graph(100), Rejected, Rejected),
        (graph(1609005), Rejected, Rejected),
        (graph(1, 500), Ambiguous, TemporarilyRejected),
        (graph(2, 400), Ambiguous, TemporarilyRejected),
        (graph(9999, 400, is_transient=True), Ambiguous, TemporarilyRejected),
        (graph(9999, 503), Ambiguous, TemporarilyRejected),
        (graph(100, 200), Rejected, Rejected),
    ],
    ids=lambda value: json.loads(value.body)["error"]["message"] if isinstance(value, Reply) else "",
)
def test_graph_codes(answer: Reply, written: type[NetworkError], read: type[NetworkError]) -> None:
    assert type(facebook(answer, write=True, secrets=())) is written
    assert type(facebook(answer, write=False, secrets=())) is read


def test_graph_names_when_to_come_back() -> None:
    usage = {"100": [{"type": "pages", "estimated_time_to_regain_access": 12}, {"type": "other"}]}
    limited = graph(32)
    limited = reply(400, limited.document, x_business_use_case_usage=json.dumps(usage))
    error = facebook(limited, write=False, secrets=())
    assert isinstance(error, RateLimited)
    assert error.until == NOW + timedelta(minutes=12)
    for broken in ("", "{", "[1]", '{"a": 1}', '{"a": [{"estimated_time_to_regain_access": "x"}]}'):
        error = facebook(
            reply(400, limited.document, x_business_use_case_usage=broken), write=False, secrets=()
        )
        assert isinstance(error, RateLimited)
        assert error.until == NOW + timedelta(minutes=15)


def problem(status: int, **fields: Any) -> dict[str, Any]:
    return {"title": "T", "type": "about:blank", "status": status, "detail": "words", **fields}


CREDITS = "https://api.twitter.com/2/problems/credits"
DEPLETED = "https://api.x.com/2/problems/credits-depleted"


@pytest.mark.parametrize(
    ("status", "document", "kind"),
    [
        (401, problem(401, detail="Unauthorized"), TokenRefused),
        (402, problem(402, type=DEPLETED), NeedsPerson),
        (402, {"title": "CreditsDepleted", "detail": "no credits", "type": CREDITS}, NeedsPerson),
        (403, {"title": "CreditsDepleted", "detail": "no credits", "type": CREDITS}, NeedsPerson),
        (
            403,
            problem(403, detail="You are not allowed to create a Tweet with duplicate content."),
            Duplicate,
        ),
        (403, problem(403, type="https://api.twitter.com/2/problems/client-forbidden"), NeedsPerson),
        (403, problem(403, type="https://api.x.com/2/problems/client-forbidden"), NeedsPerson),
        (403, problem(403), Rejected),
        (400, {"errors": [{"parameters": {}, "message": "bad"}], "title": "Invalid Request"}, Rejected),
        (404, problem(404), Rejected),
        (429, problem(429), RateLimited),
        (429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, RateLimited),
        (429, problem(429, type="https://api.x.com/2/problems/usage-capped", period="Monthly"), NeedsPerson),
        (429, problem(429, type="https://api.x.com/2/problems/usage-capped", period="Daily"), RateLimited),
        (400, {"error": "invalid_grant", "error_description": "no"}, Rejected),
        (500, problem(500), Ambiguous),
        (503, problem(503), Ambiguous),
    ],
)
def test_x_problems(status: int, document: dict[str, Any], kind: type[NetworkError]) -> None:
    error = x(reply(status, document), write=True, secrets=())
    assert type(error) is kind
    assert error is not None
    assert error.status == status


def test_x_names_when_to_come_back() -> None:
    reset = NOW + timedelta(minutes=7)
    day = NOW + timedelta(hours=20)

    def until(**headers: str) -> datetime:
        error = x(reply(429, problem(429), **headers), write=True, secrets=())
        assert isinstance(error, RateLimited)
        return error.until

    def stamp(moment: datetime) -> str:
        return str(int(moment.timestamp()))

    assert until(x_rate_limit_remaining="0", x_rate_limit_reset=stamp(reset)) == reset
    assert (
        until(
            x_rate_limit_remaining="3",
            x_rate_limit_reset=stamp(reset),
            x_user_limit_24hour_remaining="0",
            x_user_limit_24hour_reset=stamp(day),
        )
        == day
    )
    assert until(retry_after="60") == NOW + timedelta(minutes=1)
    assert until() == NOW + timedelta(minutes=15)
    assert until(x_rate_limit_remaining="0", x_rate_limit_reset="never") == NOW + timedelta(minutes=15)


def test_a_success_is_no_error() -> None:
    assert x(reply(201, {"data": {"id": "1"}}), write=True, secrets=()) is None
    assert x(reply(200, {"data": [], "errors": [{"message": "partial"}]}), write=False, secrets=()) is None
    assert facebook(reply(200, {"id": "1"}), write=True, secrets=()) is None


def test_raw_answers_lose_the_token_and_nothing_else() -> None:
    body = (
        '{"next": "https://graph.facebook.com/?access_token=a%2Fb&after=1", "message": "client_secret: no"}'
    )
    assert cut(body, "a/b", None, "") == body.replace("a%2Fb", "[redacted]")


def test_a_token_repeated_by_the_network_is_cut_out() -> None:
    error = facebook(graph(190, message=f"Malformed access token {SECRET}"), write=True, secrets=(SECRET,))
    assert "redacted" in str(error)
    assert SECRET not in str(error)
    assert SECRET not in str(facebook(graph(190, message=f"Malformed {SECRET}xyz"), write=True, secrets=()))
    told = x(reply(400, problem(400, detail="refresh_token=abc-def is bad")), write=True, secrets=())
    assert "abc-def" not in str(told)
