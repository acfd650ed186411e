"""Calls are counted before they are sent, over every process, and a refusal is obeyed by all."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from foundation.settings import Settings
from platforms import limits
from platforms.capabilities import Capabilities, Quota
from platforms.contract import Account, Credentials
from platforms.errors import RateLimited
from platforms.http import Api
from platforms.limits import on_behalf_of
from tests.platforms.wire import answer, wire

POSTS = Quota("Posts", 3, timedelta(hours=24), "account", ("POST /2/posts",))
ALL = Quota("Calls of the app", 10, timedelta(minutes=15), "app")
CAPABILITIES = Capabilities((), {}, (POSTS, ALL), "characters", False, "")


def account(name: str = "a", network: str = "testnet") -> Account:
    account_id = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
    return Account(account_id, "o", network, name, name, Credentials("token"))


def calls(
    settings: Settings,
    method: str,
    path: str,
    count: int,
    who: str = "a",
    capabilities: Capabilities = CAPABILITIES,
) -> int:
    """How many of so many calls were let through."""
    let_through = 0
    with on_behalf_of(account(who), "Testnet", capabilities, settings):
        for _ in range(count):
            try:
                limits.before(method, path)
            except RateLimited:
                continue
            let_through += 1
    return let_through


def test_a_quota_of_an_account_and_one_of_the_app(settings: Settings) -> None:
    assert calls(settings, "POST", "2/posts", 5) == 3
    assert calls(settings, "POST", "/2/posts", 1) == 0
    assert calls(settings, "POST", "2/posts", 1, "b") == 1
    assert calls(settings, "GET", "2/users/7/posts", 20) == 6  # of the app's ten: refused ones took none


def test_many_at_once_get_no_more_than_there_is(settings: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        through = list(pool.map(lambda _: calls(settings, "POST", "2/posts", 2), range(8)))
    assert sum(through) == 3


def test_counting_ahead_takes_no_more_and_gives_back_what_did_not_go(settings: Settings) -> None:
    gone = 0
    with on_behalf_of(account(), "Testnet", CAPABILITIES, settings, ahead=4):
        limits.before("GET", "2/users/7/posts")
        limits.before("GET", "2/users/7/posts")
        assert [one.used for one in limits.used(settings, "testnet", [])] == [4]
    assert [one.used for one in limits.used(settings, "testnet", [])] == [2]
    with on_behalf_of(account(), "Testnet", CAPABILITIES, settings, ahead=4):
        for _ in range(12):
            try:
                limits.before("GET", "2/users/7/posts")
            except RateLimited:
                continue
            gone += 1
    assert gone == 8  # the last ones singly: four at once were no longer to be had


def test_what_was_counted_ahead_does_not_go_on_after_a_refusal(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    until = datetime.now(UTC) + timedelta(minutes=1)
    refusal = RateLimited("wait", until=until, of="app")
    with on_behalf_of(account(), "Testnet", CAPABILITIES, settings, ahead=4):
        limits.before("GET", "2/users/7/posts")
        limits.after("GET", "2/users/7/posts", {}, refusal)
        with pytest.raises(RateLimited):
            limits.before("GET", "2/users/7/posts")
    monkeypatch.setattr(limits, "HELD_S", 0.0)  # another process met it: seen when what is held is too old
    with on_behalf_of(account("b", "othernet"), "Othernet", CAPABILITIES, settings, ahead=4):
        limits.before("GET", "x")
        with on_behalf_of(account("c", "othernet"), "Othernet", CAPABILITIES, settings):
            limits.after("GET", "x", {}, refusal)
        with pytest.raises(RateLimited):
            limits.before("GET", "x")


def test_a_refusal_holds_back_the_next_call_of_anybody(settings: Settings) -> None:
    until = datetime.now(UTC) + timedelta(minutes=5)
    with on_behalf_of(account(), "Testnet", CAPABILITIES, settings):
        limits.after("GET", "2/users/7/posts", {}, RateLimited("wait", until=until))
        with pytest.raises(RateLimited) as caught:
            limits.before("GET", "2/users/8/posts")
        assert caught.value.until == until
        limits.before("POST", "2/posts")  # posts have a limit of their own
    assert calls(settings, "GET", "2/users/7/posts", 1, "b") == 1


def test_a_window_that_is_used_up_is_obeyed_before_the_refusal(settings: Settings) -> None:
    resets = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=5)
    spent = {"x_rate_limit_remaining": "0", "x_rate_limit_reset": str(int(resets.timestamp()))}
    with wire(answer(200, '{"ok": true}', **spent)) as server:
        api = Api("Testnet", server.url, lambda *_, **__: None, patience_s=1)
        with on_behalf_of(account(), "Testnet", CAPABILITIES, settings):
            api.read("2/users/7/posts", token="t")
            with pytest.raises(RateLimited) as caught:
                api.read("2/users/7/posts", token="t")
        assert caught.value.until == resets
        assert len(server.requests) == 1


def test_a_window_ends(settings: Settings) -> None:
    short = Capabilities((), {}, (Quota("Brief", 1, timedelta(seconds=0.2), "account"),), "", False, "")
    let_through = 0
    deadline = datetime.now(UTC) + timedelta(seconds=1)
    with on_behalf_of(account(), "Testnet", short, settings):
        while datetime.now(UTC) < deadline:
            try:
                limits.before("GET", "x")
                let_through += 1
            except RateLimited:
                pass
    assert 4 <= let_through <= 6


def test_what_is_used_is_told(settings: Settings) -> None:
    calls(settings, "POST", "2/posts", 2)
    (of_account, of_app) = sorted(
        limits.used(settings, "testnet", [account().id]), key=lambda used: used.subject == "app"
    )
    assert (of_account.name, of_account.used, of_account.allowed) == ("Posts", 2, 3)
    assert (of_app.subject, of_app.used, of_app.allowed) == ("app", 2, 10)
    assert limits.used(settings, "testnet", [account("b").id]) == [of_app]


def test_calls_that_cost_more_use_up_more(settings: Settings) -> None:
    units = Quota("Units", 120, timedelta(days=1), "app", ("GET /v3/a", "PUT /v3/a"), {"PUT /v3/a": 50})
    weighed = Capabilities((), {}, (units,), "", False, "")
    assert calls(settings, "GET", "v3/a", 20, capabilities=weighed) == 20
    assert calls(settings, "PUT", "v3/a", 5, capabilities=weighed) == 2
    assert calls(settings, "PUT", "v3/a", 1, "b", capabilities=weighed) == 0
    (told,) = limits.used(settings, "testnet", [])
    assert (told.used, told.allowed) == (120, 120), "what was refused is given back whole"
    assert calls(settings, "GET", "v3/a", 1, capabilities=weighed) == 0


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-11-21T07:59:59Z", "2026-11-21T08:00:00Z"),
        ("2026-11-21T08:00:00Z", "2026-11-22T08:00:00Z"),
        ("2026-03-08T08:30:00Z", "2026-03-09T07:00:00Z"),  # a day of 23 hours
        ("2026-11-01T07:30:00Z", "2026-11-02T08:00:00Z"),  # a day of 25 hours
    ],
)
def test_a_day_of_the_calendar_ends_at_its_midnight(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, now: str, ends: str
) -> None:
    monkeypatch.setattr(limits, "utc_now", lambda: datetime.fromisoformat(now))
    daily = Quota("Units", 1, timedelta(days=1), "app", zone="America/Los_Angeles")
    with on_behalf_of(account(), "Testnet", Capabilities((), {}, (daily,), "", False, ""), settings):
        limits.before("GET", "x")
        with pytest.raises(RateLimited) as caught:
            limits.before("GET", "x")
    assert caught.value.until == datetime.fromisoformat(ends)


def test_a_refusal_of_the_app_holds_back_every_account(settings: Settings) -> None:
    units = Quota("Units", 100, timedelta(days=1), "app", ("GET /v3/a",))
    own = Capabilities((), {}, (units,), "", False, "")
    until = datetime.now(UTC) + timedelta(minutes=5)
    with on_behalf_of(account(), "Testnet", own, settings):
        limits.after("GET", "v3/a", {}, RateLimited("wait", until=until))
    assert calls(settings, "GET", "v3/a", 1, capabilities=own) == 0
    assert calls(settings, "GET", "v3/a", 1, "b", capabilities=own) == 1, "it was one account's"
    with on_behalf_of(account(), "Testnet", own, settings):
        limits.after("GET", "v3/a", {}, RateLimited("wait", until=until, of="app"))
    assert calls(settings, "GET", "v3/a", 1, "b", capabilities=own) == 0


def test_a_refusal_of_one_kind_of_call_leaves_the_others(settings: Settings) -> None:
    every = Quota("Calls", 300, timedelta(minutes=5), "account")
    media = Quota("Media", 30, timedelta(minutes=30), "account", ("POST /api/v2/media",))
    own = Capabilities((), {}, (every, media), "", False, "")
    until = datetime.now(UTC) + timedelta(minutes=30)
    with on_behalf_of(account(), "Testnet", own, settings):
        limits.after("POST", "api/v2/media", {}, RateLimited("wait", until=until))
    assert calls(settings, "POST", "api/v2/media", 1, capabilities=own) == 0
    assert calls(settings, "POST", "api/v1/statuses", 1, capabilities=own) == 1


def test_without_a_store_calls_go_on(settings: Settings) -> None:
    gone = settings.model_copy(update={"database_url": SecretStr("postgresql://nobody@127.0.0.1:1/none")})
    with on_behalf_of(account(), "Testnet", CAPABILITIES, gone):
        limits.before("POST", "2/posts")
