"""Connected accounts on the real database, refreshed at the sandbox."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr
from sqlalchemy import text

from foundation.database import Role, Tenant, engine, tenant_session, worker_session
from foundation.settings import Settings
from platforms import accounts
from platforms.accounts import ConnectedAccount
from platforms.contract import Account, Connector, Credentials, Entity, Network, RemoteAccount
from platforms.errors import Ambiguous, NeedsPerson, NeedsReconnect, TemporarilyRejected, TokenRefused
from platforms.registry import network
from tests.platforms.conftest import Sandbox, pointed_at
from tests.platforms.wire import hang, wire

TOKEN_ENDPOINT = "POST /2/oauth2/token"


@pytest.fixture
def here(settings: Settings, sandbox: Sandbox) -> Settings:
    """An installation of its own whose networks are the sandbox."""
    names = ("facebook_api_url", "x_api_url", "x_client_id", "x_client_secret")
    return settings.model_copy(update={name: getattr(pointed_at(sandbox), name) for name in names})


@pytest.fixture
def brand(here: Settings) -> tuple[UUID, UUID]:
    """An organization and a brand of it."""
    return new_brand(here)


def new_brand(settings: Settings) -> tuple[UUID, UUID]:
    organization_id, brand_id = uuid.uuid4(), uuid.uuid4()
    with worker_session(settings) as session:
        session.execute(
            text("INSERT INTO allin.organizations (id, name) VALUES (:id, 'Agency')"), {"id": organization_id}
        )
        session.execute(
            text(
                "INSERT INTO allin.brands (id, organization_id, name, timezone)"
                " VALUES (:id, :organization_id, 'Brand', 'Europe/Berlin')"
            ),
            {"id": brand_id, "organization_id": organization_id},
        )
    return organization_id, brand_id


def x_remote(sandbox: Sandbox, life: timedelta | None = timedelta(minutes=5)) -> RemoteAccount:
    """The sandbox's X account with fresh tokens that end after `life`."""
    credentials = sandbox.user_credentials("x")
    expires_at = datetime.now(UTC) + life if life is not None else None
    renewed = Credentials(credentials.access_token, credentials.refresh_token, expires_at)
    return RemoteAccount("x", sandbox.brand["x"]["user_id"], "Brand on X", renewed)


def connect(settings: Settings, brand: tuple[UUID, UUID], remote: RemoteAccount) -> UUID:
    with tenant_session(Tenant(brand[0]), settings) as session:
        return accounts.connect(session, *brand, remote, settings)


def row_of(settings: Settings, account_id: UUID) -> ConnectedAccount:
    with worker_session(settings) as session:
        return session.get_one(ConnectedAccount, account_id)


def end_token(settings: Settings) -> None:
    with worker_session(settings) as session:
        session.execute(text("UPDATE allin.accounts SET token_expires_at = now() - interval '1 second'"))


class Meanwhile:
    """The real connector, with something happening right after the network answered a refresh."""

    def __init__(self, real: Network, happens: Callable[[], object]) -> None:
        self._real, self._happens, self.calls = real.connect, happens, 0
        self.network = replace(real, connect=cast(Connector, self))  # the rest of it is not asked

    def accounts(self, credentials: Credentials) -> list[RemoteAccount]:
        return self._real.accounts(credentials)

    def refresh(self, credentials: Credentials) -> Credentials:
        self.calls += 1
        try:
            return self._real.refresh(credentials)
        finally:
            self._happens()

    def __call__(self, _key: str, _settings: Settings) -> Network:
        return self.network


def works(settings: Settings, account: Account) -> bool:
    collect = network(account.network, settings).collect
    return len(list(collect.collect(account, Entity.ACCOUNT, None, datetime.now(UTC), None))) == 1


def test_tokens_are_sealed_and_come_back(here: Settings, brand: tuple[UUID, UUID], sandbox: Sandbox) -> None:
    remote = x_remote(sandbox, timedelta(hours=2))
    account_id = connect(here, brand, remote)
    with worker_session(here) as session:
        stored = str(session.execute(text("SELECT a::text FROM allin.accounts a")).scalar_one())
    for secret in (remote.credentials.access_token, remote.credentials.refresh_token):
        assert secret
        assert secret not in stored
    account = accounts.usable(account_id, here)
    assert account.credentials == remote.credentials
    assert (account.network, account.external_id) == ("x", remote.external_id)
    assert UUID(account.organization_id) == brand[0]


def test_connecting_again_keeps_the_account_and_its_refresh_token(
    here: Settings, brand: tuple[UUID, UUID], sandbox: Sandbox
) -> None:
    remote = x_remote(sandbox, timedelta(hours=2))
    account_id = connect(here, brand, remote)
    with worker_session(here) as session:
        accounts.mark_synced(session, account_id, datetime.now(UTC))
        session.execute(text("UPDATE allin.accounts SET status = 'needs_reconnect', status_reason = 'dead'"))
    for empty in (None, ""):
        again = RemoteAccount("x", remote.external_id, "New name", Credentials("newer", empty))
        assert connect(here, brand, again) == account_id
    row = row_of(here, account_id)
    assert (row.status, row.status_reason, row.name) == ("connected", None, "New name")
    assert row.last_synced_at is not None
    credentials = accounts.usable(account_id, here).credentials
    assert credentials == Credentials("newer", remote.credentials.refresh_token, None)


def test_each_organization_sees_its_own(here: Settings, brand: tuple[UUID, UUID], sandbox: Sandbox) -> None:
    other = new_brand(here)
    first, second = (connect(here, owner, x_remote(sandbox)) for owner in (brand, other))
    assert first != second
    with tenant_session(Tenant(other[0]), here) as session:
        assert [row.id for row in accounts.connected(session)] == [second]
        assert accounts.connected(session, network="facebook") == []
    with worker_session(here) as session:
        assert {row.id for row in accounts.connected(session, network="x")} == {first, second}


def test_many_at_once_refresh_once(here: Settings, brand: tuple[UUID, UUID], sandbox: Sandbox) -> None:
    remote = x_remote(sandbox)
    account_id = connect(here, brand, remote)
    sandbox.fault(
        "x", TOKEN_ENDPOINT, "delay", times=10, delay_s=0.4
    )  # counts the refreshes, and lets them meet
    taken: list[Account] = []
    threads = [
        threading.Thread(target=lambda: taken.append(accounts.usable(account_id, here))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sandbox.hits() == 1
    assert len(taken) == 4
    assert len({account.credentials.access_token for account in taken}) == 1
    renewed = taken[0].credentials
    assert renewed.access_token != remote.credentials.access_token
    assert renewed.refresh_token != remote.credentials.refresh_token
    assert renewed.expires_at
    assert renewed.expires_at - datetime.now(UTC) > timedelta(minutes=100)
    assert works(here, taken[0])
    assert accounts.usable(account_id, here).credentials == renewed, (
        "what was committed is what was handed out"
    )


def test_a_blip_never_disconnects(here: Settings, brand: tuple[UUID, UUID], sandbox: Sandbox) -> None:
    remote = x_remote(sandbox)
    account_id = connect(here, brand, remote)
    sandbox.fault("x", TOKEN_ENDPOINT, "drop_before_accept", times=2)
    held = accounts.usable(account_id, here)  # 5 minutes of the old one are left
    assert held.credentials.access_token == remote.credentials.access_token
    end_token(here)
    with pytest.raises(TemporarilyRejected):
        accounts.usable(account_id, here)
    assert row_of(here, account_id).status == "connected"
    assert works(here, accounts.usable(account_id, here))


@pytest.mark.parametrize("kind", ["accept_then_drop", "accept_then_5xx"])
def test_a_refresh_whose_answer_was_lost_is_no_ambiguous_post(
    here: Settings, brand: tuple[UUID, UUID], sandbox: Sandbox, kind: str
) -> None:
    account_id = connect(here, brand, x_remote(sandbox, timedelta(seconds=-1)))
    sandbox.fault("x", TOKEN_ENDPOINT, kind)
    with pytest.raises(TemporarilyRejected) as caught:
        accounts.usable(account_id, here)
    assert not isinstance(caught.value, Ambiguous)
    assert row_of(here, account_id).status == "connected"
    with pytest.raises(NeedsReconnect):  # X rotated, and the new token never arrived
        accounts.usable(account_id, here)
    assert row_of(here, account_id).status == "needs_reconnect"


def test_a_dead_refresh_token_is_marked_and_not_asked_again(
    here: Settings, brand: tuple[UUID, UUID], sandbox: Sandbox
) -> None:
    dead = Credentials("gone", "gone-too", datetime.now(UTC))
    account_id = connect(here, brand, RemoteAccount("x", sandbox.brand["x"]["user_id"], "Brand on X", dead))
    sandbox.fault("x", TOKEN_ENDPOINT, "delay", times=10)
    for _ in range(3):
        with pytest.raises(NeedsReconnect):
            accounts.usable(account_id, here)
    assert sandbox.hits() == 1
    row = row_of(here, account_id)
    assert row.status == "needs_reconnect"
    assert row.status_reason
    assert "gone-too" not in row.status_reason
    with worker_session(here) as session:
        assert [row.status for row in accounts.connected(session)] == ["needs_reconnect"]


def test_a_wrong_client_secret_is_the_installations_fault(
    here: Settings, brand: tuple[UUID, UUID], sandbox: Sandbox
) -> None:
    wrong = here.model_copy(update={"x_client_secret": SecretStr("wrong")})
    remote = x_remote(sandbox)
    account_id = connect(here, brand, remote)
    held = accounts.usable(account_id, wrong)  # 5 minutes of it are left
    assert held.credentials == remote.credentials
    end_token(here)
    with pytest.raises(NeedsPerson, match="ALLIN_X_CLIENT_ID"):
        accounts.usable(account_id, wrong)
    assert row_of(here, account_id).status == "connected"
    assert works(here, accounts.usable(account_id, here))


def test_a_token_without_an_end_is_used_as_it_is(
    here: Settings, brand: tuple[UUID, UUID], sandbox: Sandbox
) -> None:
    page = network("facebook", here).connect.accounts(sandbox.user_credentials("facebook"))[0]
    account = accounts.usable(connect(here, brand, page), here)
    assert account.credentials == page.credentials
    assert works(here, account)


def test_an_unknown_account(here: Settings) -> None:
    with pytest.raises(LookupError):
        accounts.usable(uuid.uuid4(), here)


def test_a_refused_token_is_replaced_at_the_next_use(
    here: Settings, brand: tuple[UUID, UUID], sandbox: Sandbox
) -> None:
    account_id = connect(here, brand, x_remote(sandbox, timedelta(hours=2)))
    old = accounts.usable(account_id, here)
    accounts.report(old, TemporarilyRejected("busy"), here)
    assert accounts.usable(account_id, here).credentials == old.credentials
    accounts.report(old, TokenRefused("401"), here)
    new = accounts.usable(account_id, here)
    assert new.credentials.access_token != old.credentials.access_token
    accounts.report(old, NeedsReconnect("late news about the old token"), here)
    assert accounts.usable(account_id, here).credentials == new.credentials
    accounts.report(new, NeedsReconnect("access was taken away"), here)
    row = row_of(here, account_id)
    assert (row.status, row.status_reason) == ("needs_reconnect", "access was taken away")
    with pytest.raises(NeedsReconnect, match="access was taken away"):
        accounts.usable(account_id, here)


def test_the_demo_knows_the_sandboxs_app(settings: Settings, sandbox: Sandbox) -> None:
    assert settings.demo
    assert settings.x_client_id == sandbox.brand["x"]["client_id"]
    assert settings.x_client_secret.get_secret_value() == sandbox.brand["x"]["client_secret"]


def test_a_hanging_token_endpoint_holds_no_pooled_connection(
    here: Settings, brand: tuple[UUID, UUID]
) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=5)
    with wire(hang) as server:
        hanging = here.model_copy(update={"x_api_url": server.url})
        ids = [
            connect(here, brand, RemoteAccount("x", str(n), "Brand on X", Credentials("a", "r", soon)))
            for n in range(16)
        ]
        askers = [*ids, *[ids[0]] * 6]  # some wait for another's refresh
        taken: list[Account] = []
        threads = [
            threading.Thread(target=lambda each=each: taken.append(accounts.usable(each, hanging)))
            for each in askers
        ]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 20
        while len(server.requests) < len(ids) and time.monotonic() < deadline:
            time.sleep(0.05)
        requested, pooled = len(server.requests), engine(Role.WORKER, here).pool
        with worker_session(here) as session:  # as any other network's post would
            locks = session.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))
        held = pooled.checkedout()  # type: ignore[attr-defined]
    for thread in threads:
        thread.join()
    assert requested == len(ids)
    assert held == 0
    assert locks == len(ids), "one connection for each refresh, none for those who wait for it"
    assert len(taken) == len(askers), "the old token holds for 5 minutes"


def test_a_new_token_survives_the_loss_of_the_database(
    here: Settings, brand: tuple[UUID, UUID], sandbox: Sandbox, server_url: str
) -> None:
    account_id = connect(here, brand, x_remote(sandbox))
    with worker_session(here) as session:
        name = str(session.scalar(text("SELECT current_database()")))
    admit = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")

    def administer(statement: sql.Composed) -> None:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(statement)

    def blip() -> None:
        administer(admit.format(sql.Identifier(name), sql.SQL("false")))
        kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}"
        administer(sql.SQL(kill).format(sql.Literal(name)))
        threading.Timer(1.0, administer, [admit.format(sql.Identifier(name), sql.SQL("true"))]).start()

    connector = Meanwhile(network("x", here), blip)
    renewed = accounts.usable(account_id, here, networks=connector)
    assert works(here, renewed)
    end_token(here)  # the next refresh would replay the old refresh token, had the new one been lost
    again = accounts.usable(account_id, here)
    assert works(here, again)
    assert row_of(here, account_id).status == "connected"
    assert connector.calls == 1


def test_who_connects_again_during_a_refresh_is_not_overwritten(
    here: Settings, brand: tuple[UUID, UUID], sandbox: Sandbox
) -> None:
    account_id = connect(here, brand, x_remote(sandbox))
    persons = x_remote(sandbox, timedelta(hours=2))
    connector = Meanwhile(network("x", here), lambda: connect(here, brand, persons))
    assert accounts.usable(account_id, here, networks=connector).credentials == persons.credentials
    assert connector.calls == 1


def test_who_connects_again_is_not_marked_for_the_old_tokens_death(
    here: Settings, brand: tuple[UUID, UUID], sandbox: Sandbox
) -> None:
    persons = x_remote(sandbox, timedelta(hours=2))
    dead = replace(persons, credentials=Credentials("gone", "gone-too", datetime.now(UTC)))
    account_id = connect(here, brand, dead)
    connector = Meanwhile(network("x", here), lambda: connect(here, brand, persons))
    assert accounts.usable(account_id, here, networks=connector).credentials == persons.credentials
    assert row_of(here, account_id).status == "connected"
