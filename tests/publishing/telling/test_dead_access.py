"""A dead access is told once, whoever finds it, and not again before the account was connected again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from foundation.database import utc_now, worker_session
from foundation.settings import Settings
from platforms import accounts, health
from platforms.contract import Account, Credentials, Network, RemoteAccount, Standing
from platforms.errors import NeedsReconnect, TokenRefused
from platforms.registry import network
from tests.publishing.telling.conftest import House, execute, rows, tell_all

REMOTE = RemoteAccount(
    "x", "x-1", "@nordlicht", Credentials("access", "refresh", utc_now() + timedelta(hours=1))
)


class Dead:
    """X whose access was withdrawn: it refreshes nothing and says nothing."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(name)

    def refresh(self, _: Credentials) -> Credentials:
        raise NeedsReconnect("Your access was withdrawn")

    def standing(self, _: Account) -> object:
        raise NeedsReconnect("Your access was withdrawn")


def dead(key: str, settings: Settings) -> Network:
    return replace(network(key, settings), connect=Dead())  # type: ignore[arg-type]


def connect(house: House) -> UUID:
    with worker_session() as session:
        return accounts.connect(session, house.organization, house.brand, REMOTE)


def told(account_id: UUID) -> list[str]:
    return [row["kind"] for row in rows("happenings") if row["account_id"] == account_id]


def test_a_network_that_refuses_the_account_for_good(house: House, settings: Settings) -> None:
    account_id = connect(house)
    account = accounts.usable(account_id)
    accounts.report(account, TokenRefused("expired"))
    assert told(account_id) == []
    for _ in range(3):
        accounts.report(account, NeedsReconnect("Your access was withdrawn"))
    assert told(account_id) == ["account.needs_reconnect"]
    tell_all(settings)
    assert house.notified() == house.mailed() == {"owner", "admin"}
    row = rows("notifications")[0]
    assert row["title"] == "Connect again: @nordlicht (X)"
    assert "no longer lets AllIN use this account: Your access was withdrawn." in row["words"]
    assert row["link"] == f"/accounts?account={account_id}"
    assert connect(house) == account_id
    assert told(account_id) == ["account.needs_reconnect"]
    accounts.report(accounts.usable(account_id), NeedsReconnect("Again"))
    assert told(account_id) == ["account.needs_reconnect"] * 2


def test_the_check_before_posts_and_every_day(house: House) -> None:
    account_id = connect(house)
    for _ in range(2):
        assert health.check(account_id, networks=dead) is not None
    assert told(account_id) == ["account.needs_reconnect"]


def test_a_refresh_that_is_refused(house: House) -> None:
    account_id = connect(house)
    execute("UPDATE accounts SET token_expires_at = now() + interval '1 minute'")
    for _ in range(2):
        with pytest.raises(NeedsReconnect):
            accounts.usable(account_id, networks=dead)
    assert told(account_id) == ["account.needs_reconnect"]


def test_a_person_who_disconnects_it_need_not_be_told(house: House) -> None:
    account_id = connect(house)
    execute("UPDATE accounts SET status = 'disconnected' WHERE id = :id", id=account_id)
    assert told(account_id) == []


def test_what_a_check_finds_is_told_before_the_access_is_dead(house: House, settings: Settings) -> None:
    account_id = connect(house)

    def checked(ends_in: timedelta | None) -> None:
        class Ending:
            """X whose access ends."""

            def standing(self, _: Account) -> Standing:
                return Standing(None, None if ends_in is None else utc_now() + ends_in)

        def ending(key: str, settings: Settings) -> Network:
            return replace(network(key, settings), connect=Ending())  # type: ignore[arg-type]

        health.check(account_id, networks=ending)

    for days in (30, 6, 5):
        checked(timedelta(days=days, hours=1))
    assert told(account_id) == ["account.needs_reconnect"]
    tell_all(settings)
    assert house.notified() == house.mailed() == {"owner", "admin"}
    row = rows("notifications")[0]
    assert row["title"] == "Needs you: @nordlicht (X)"
    assert "The permission ends in 6 days; connect the account again before that." in row["words"]
    checked(None)
    checked(timedelta(days=2))
    assert told(account_id) == ["account.needs_reconnect"] * 2
