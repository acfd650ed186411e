"""Accounts are asked daily, and before a post is due, whether they still work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from foundation.database import utc_now, worker_session
from foundation.settings import Settings
from platforms import accounts, health
from platforms.account_rows import CONNECTED, NEEDS_RECONNECT, ConnectedAccount
from platforms.capabilities import Capabilities
from platforms.contract import Account, Credentials, Network, RemoteAccount, Standing
from platforms.errors import NeedsPerson, NeedsReconnect, NetworkError, RateLimited, TemporarilyRejected
from tests.platforms.test_accounts import new_brand

Ask = Callable[[], tuple[str | None, ConnectedAccount]]


@dataclass
class StandingConnector:
    """Says of every account what it was told to."""

    answer: Standing | NetworkError = field(default_factory=Standing)
    asked: int = 0

    def standing(self, account: Account) -> Standing:
        assert account.credentials.access_token == "token"
        self.asked += 1
        if isinstance(self.answer, NetworkError):
            raise self.answer
        return self.answer


@pytest.fixture
def connector() -> StandingConnector:
    return StandingConnector()


@pytest.fixture
def ask(settings: Settings, connector: StandingConnector) -> Ask:
    """Check the account; the problem that was said, and the row as it then is."""
    network = network_of(connector)
    account_id = new_account(settings)

    def check() -> tuple[str | None, ConnectedAccount]:
        problem = health.check(account_id, settings, networks=lambda *_: network)
        with worker_session(settings) as session:
            return problem, session.get_one(ConnectedAccount, account_id)

    return check


def network_of(connector: StandingConnector) -> Network:
    nothing = cast("Any", None)
    capabilities = Capabilities((), {}, (), "characters", False, "")
    return Network("facebook", "Facebook", capabilities, cast("Any", connector), nothing, nothing)


def row_of(settings: Settings, account_id: UUID) -> ConnectedAccount:
    with worker_session(settings) as session:
        return session.get_one(ConnectedAccount, account_id)


def new_account(settings: Settings, name: str = "page") -> UUID:
    organization_id, brand_id = new_brand(settings)
    with worker_session(settings) as session:
        remote = RemoteAccount("facebook", name, name, Credentials("token"))
        return accounts.connect(session, organization_id, brand_id, remote, settings)


def test_all_is_well(ask: Ask, connector: StandingConnector) -> None:
    connector.answer = Standing(frozenset({"b", "a"}), utc_now() + timedelta(days=60))
    problem, row = ask()
    assert problem is None
    assert (row.scopes, row.access_ends_at) == (["a", "b"], connector.answer.ends_at)
    assert row.checked_at is not None


def test_what_an_account_may_do_beyond_others_is_kept_while_it_may(
    ask: Ask, connector: StandingConnector
) -> None:
    connector.answer = Standing(options={"long": True})
    assert ask()[1].options == {"long": True}
    connector.answer = NeedsPerson("a permission is gone")
    assert ask()[1].options == {"long": True}, "nothing was said of it"
    connector.answer = Standing()
    assert ask()[1].options == {}


@pytest.mark.parametrize(
    ("left", "words"), [(timedelta(days=6, hours=2), "in 6 days"), (timedelta(days=1, hours=1), "tomorrow"),
                        (timedelta(hours=3), "today"), (timedelta(hours=-3), "today")],
)  # fmt: skip
def test_an_access_that_ends_is_said_a_week_before(
    ask: Ask,
    connector: StandingConnector,
    left: timedelta,
    words: str,
) -> None:
    connector.answer = Standing(ends_at=utc_now() + left)
    problem, row = ask()
    assert problem is not None
    assert words in problem
    assert row.check_problem == problem
    connector.answer = replace(connector.answer, ends_at=utc_now() + timedelta(days=8))
    assert ask()[1].check_problem is None


def test_a_dead_token_marks_the_account_and_a_blip_does_not(ask: Ask, connector: StandingConnector) -> None:
    connector.answer = NeedsPerson("a permission is gone")
    problem, row = ask()
    assert (problem, row.status, row.check_problem) == (
        "a permission is gone",
        CONNECTED,
        "a permission is gone",
    )
    connector.answer = NeedsReconnect("the session was invalidated")
    problem, row = ask()
    assert (problem, row.status) == ("the session was invalidated", NEEDS_RECONNECT)
    asked = connector.asked
    problem, _ = ask()
    assert problem is not None
    assert connector.asked == asked, "a dead account is not asked again"


def test_a_network_that_does_not_say_changes_nothing(
    settings: Settings, ask: Ask, connector: StandingConnector
) -> None:
    connector.answer = NeedsPerson("a permission is gone")
    _, before = ask()
    for blip in (TemporarilyRejected("no route"), RateLimited("busy", until=utc_now() + timedelta(hours=1))):
        connector.answer = blip
        with pytest.raises(type(blip)):
            ask()
        after = row_of(settings, before.id)
        assert (after.status, after.check_problem, after.checked_at) == (
            CONNECTED,
            "a permission is gone",
            before.checked_at,
        )


def test_one_that_fails_keeps_no_other_back(settings: Settings) -> None:
    """A network that is down, a connector that breaks, and an account that is gone by now."""
    down, broken, ended = (new_account(settings, name) for name in ("down", "broken", "ended"))

    class Standings(StandingConnector):
        def standing(self, account: Account) -> Standing:
            if account.name == "down":
                raise TemporarilyRejected("no route")
            if account.name == "broken":
                raise KeyError("what the answer lacks")
            raise NeedsReconnect("the session was invalidated")

    connector = network_of(Standings())
    found = health.check_all([down, uuid4(), broken, ended], settings, networks=lambda *_: connector)
    assert found == {ended: "the session was invalidated"}
    assert [row_of(settings, one).checked_at is None for one in (down, broken, ended)] == [True, True, False]
    assert set(health.due(settings)) == {down, broken}


def test_connected_again_it_is_asked_about_anew(
    settings: Settings, ask: Ask, connector: StandingConnector
) -> None:
    """What was known of the permission that ended says nothing about the new one."""
    connector.answer = Standing(ends_at=utc_now() + timedelta(days=2))
    _, before = ask()
    assert health.due(settings) == []
    with worker_session(settings) as session:
        remote = RemoteAccount("facebook", before.external_id, "page", Credentials("token"))
        accounts.connect(session, before.organization_id, before.brand_id, remote, settings)
    after = row_of(settings, before.id)
    assert (after.check_problem, after.access_ends_at) == (None, None)
    assert health.due(settings) == [before.id]


def test_a_dead_token_says_nothing_of_an_account_connected_again_meanwhile(settings: Settings) -> None:
    account_id = new_account(settings)
    row = row_of(settings, account_id)

    class Slow(StandingConnector):
        def standing(self, account: Account) -> Standing:
            with worker_session(settings) as session:
                remote = RemoteAccount("facebook", account.external_id, "page", Credentials("new token"))
                accounts.connect(session, row.organization_id, row.brand_id, remote, settings)
            raise NeedsReconnect("the session was invalidated")

    network = network_of(Slow())
    assert health.check(account_id, settings, networks=lambda *_: network) == "the session was invalidated"
    after = row_of(settings, account_id)
    assert (after.status, after.check_problem) == (CONNECTED, None)


def test_each_is_due_once_a_day(settings: Settings) -> None:
    first, second = new_account(settings, "one"), new_account(settings, "two")
    assert set(health.due(settings)) == {first, second}
    _checked(settings, first, utc_now())
    assert health.due(settings) == [second]
    assert set(health.due(settings, utc_now() + timedelta(days=1, seconds=1))) == {first, second}


def _checked(settings: Settings, account_id: UUID, at: datetime) -> None:
    with worker_session(settings) as session:
        session.get_one(ConnectedAccount, account_id).checked_at = at
