"""A new key: everything stored is encrypted with it, and nothing is lost, while the installation runs."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text
from typer.testing import CliRunner

from app.api import idempotency
from app.cli.main import app
from foundation import keyring
from foundation.database import libpq_dsn, utc_now, worker_session
from foundation.keyring import KeyRingError
from foundation.settings import Settings, get_settings
from foundation.turns import turn
from identity import brands, resealing
from identity.connection_seals import seal, unseal
from identity.models import Connection
from identity.permissions import Role
from mail import outbox
from mail.message import Email, Look
from platforms import accounts
from platforms.contract import Credentials, RemoteAccount
from tests.identity.acting import acting, new_member, new_organization


@pytest.fixture
def account_id(settings: Settings) -> str:
    """An account with all kinds of secrets."""
    organization = new_organization("Agency")
    owner = new_member(organization, Role.OWNER)
    with acting(owner) as work:
        brand = brands.create(work, "Brand", "UTC")
    remote = RemoteAccount("x", "7", "@x", Credentials("access", "refresh", extra={"client": "secret"}))
    with worker_session() as session:
        made = accounts.connect(session, organization, brand, remote, settings)
        connection = Connection(
            id=uuid4(), organization_id=organization, brand_id=brand, person_id=owner.person_id, network="x",
            state_hash=b"x" * 32, sealed="", expires_at=utc_now() + timedelta(hours=1),
        )  # fmt: skip
        connection.sealed = seal(settings, connection.id, {"kept": 1})
        session.add(connection)
        outbox.enqueue(
            session,
            Email("a@example.com", "verify_address", {"link": "https://l", "name": "A"}, Look()),
            settings,
        )
    return str(made)


def opened(account_id: str) -> Credentials:
    return accounts.usable(UUID(account_id)).credentials


def test_everything_is_under_the_new_key_and_opens(settings: Settings, account_id: str) -> None:
    old = keyring.load(settings).newest
    result = CliRunner().invoke(app, ["keys", "rotate"])
    assert result.exit_code == 0, result.output
    new = keyring.load(settings).newest
    assert new != old
    assert keyring.load(settings).ids == (new, old)
    assert set(resealing.by_key(settings)) == {new}
    own = opened(account_id)
    assert (own.access_token, own.refresh_token, own.extra) == ("access", "refresh", {"client": "secret"})
    with worker_session() as session:
        for row in session.query(Connection):
            assert unseal(settings, row.id, row.sealed) == {"kept": 1}
    assert nowhere(settings, old)
    listed = CliRunner().invoke(app, ["keys", "list"]).stdout.splitlines()
    assert [line.split()[0] for line in listed] == [new, old]
    assert resealing.reseal(settings) == 0


def nowhere(settings: Settings, key_id: str) -> bool:
    """Whether no text of any table begins as a ciphertext under this key does."""
    url = settings.database_url.get_secret_value()
    with psycopg.connect(libpq_dsn(url), autocommit=True) as connection:
        columns = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'allin' AND data_type = 'text'"
        ).fetchall()
        counts = [
            connection.execute(
                sql.SQL("SELECT count(*) FROM {} WHERE starts_with({}, %s)").format(
                    sql.Identifier("allin", table), sql.Identifier(column)
                ),
                [f"{key_id}."],
            ).fetchone()
            for table, column in columns
        ]
    return len(counts) > 50 and all(count == (0,) for count in counts)


def test_the_contexts_are_those_of_the_code() -> None:
    assert (
        f"'{idempotency.CONTEXT}:'"
        in {one.table: one.context for one in resealing.SEALED}["idempotency_keys"]
    )


def test_a_refresh_under_way_is_waited_for(settings: Settings, account_id: str) -> None:
    keyring.add_key(settings)
    with turn(f"refresh:{account_id}", settings):
        thread = threading.Thread(target=resealing.reseal, args=(settings,))
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
    thread.join(10)
    assert set(resealing.by_key(settings)) == {keyring.load(settings).newest}
    assert opened(account_id).refresh_token == "refresh"


@pytest.mark.usefixtures("account_id")
def test_a_value_that_cannot_be_opened_stops_it_and_nothing_is_overwritten(settings: Settings) -> None:
    broken = "00000000." + "A" * 40
    with worker_session() as session:
        session.execute(text("UPDATE accounts SET extra = :broken"), {"broken": broken})
    keyring.add_key(settings)
    with pytest.raises(KeyRingError):
        resealing.reseal(settings)
    with worker_session() as session:
        assert session.execute(text("SELECT extra FROM accounts")).scalar_one() == broken


def test_a_ring_in_the_environment_is_not_changed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = settings.home / "keys"
    keyring.load(settings)
    monkeypatch.setenv("ALLIN_KEYS", ring.read_text())
    get_settings.cache_clear()
    result = CliRunner().invoke(app, ["keys", "rotate"])
    assert result.exit_code == 1
    assert CliRunner().invoke(app, ["keys", "rotate", "--keep-ring"]).exit_code == 0
    assert len(ring.read_text().splitlines()) == 1
