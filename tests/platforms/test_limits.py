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


def account(name: str = "a") -> Account:
    account_id = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
    return Account(account_id, "o", "testnet", name, name, Credentials("token"))


def calls(settings: Settings, method: str, path: str, count: int, who: str = "a") -> int:
    """How many of so many calls were let through."""
    let_through = 0
    with on_behalf_of(account(who), "Testnet", CAPABILITIES, settings):
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


def test_without_a_store_calls_go_on(settings: Settings) -> None:
    gone = settings.model_copy(update={"database_url": SecretStr("postgresql://nobody@127.0.0.1:1/none")})
    with on_behalf_of(account(), "Testnet", CAPABILITIES, gone):
        limits.before("POST", "2/posts")
