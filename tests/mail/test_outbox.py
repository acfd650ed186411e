"""Who may write into the outbox, and that nobody but the sender reads what is in it."""

from __future__ import annotations

from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from foundation.database import Role, Tenant, door_session, libpq_dsn, tenant_session
from foundation.settings import Settings
from mail import outbox, sealing
from mail.message import Email, Look
from tests.mail.outbox import LINK, enqueue, organization, row, states


def email(look: Look | None = None) -> Email:
    values = {"link": LINK, "name": "Reader"}
    return Email("reader@example.com", "verify_address", values, look or Look())


@pytest.fixture
def acme(settings: Settings) -> UUID:
    return organization(settings)


def test_the_door_and_a_member_write_and_read_no_text(settings: Settings, acme: UUID) -> None:
    def read(session: Session, column: str) -> None:
        session.execute(text(f"SELECT {column} FROM emails"))

    with door_session(settings) as session:
        first = outbox.enqueue(session, email(), settings)
    with pytest.raises(ProgrammingError, match="permission denied"), door_session(settings) as session:
        read(session, "sealed")
    tenant, look = Tenant(acme), Look("Acme", "#123456", acme)
    with tenant_session(tenant, settings) as session:
        second = outbox.enqueue(session, email(look), settings)
        read(session, "state, to_address, problem")
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        tenant_session(tenant, settings) as session,
    ):
        read(session, "sealed")
    assert states(settings) == {first: "queued", second: "queued"}


@pytest.mark.parametrize("statement", ["UPDATE emails SET state = 'sent'", "DELETE FROM emails"])
def test_neither_of_them_changes_what_was_written(settings: Settings, acme: UUID, statement: str) -> None:
    for opened in (door_session(settings), tenant_session(Tenant(acme), settings)):
        with pytest.raises(ProgrammingError, match="permission denied"), opened as session:
            session.execute(text(statement))


@pytest.mark.parametrize("named", ["another", "none"])
def test_a_member_writes_in_the_name_of_their_own_organization_alone(
    settings: Settings, acme: UUID, named: str
) -> None:
    look = Look() if named == "none" else Look("Other", "#123456", uuid4())
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        tenant_session(Tenant(acme), settings) as session,
    ):
        outbox.enqueue(session, email(look), settings)


def test_what_did_not_happen_sends_no_mail(settings: Settings) -> None:
    with door_session(settings) as session:
        outbox.enqueue(session, email(), settings)
        session.rollback()
    assert states(settings) == {}


def test_the_text_is_encrypted_for_its_own_row(settings: Settings) -> None:
    first, second = enqueue(settings), enqueue(settings)
    written = row(settings, first)
    assert "s3cret" not in str(dict(written))
    assert LINK in sealing.unseal(first, written["sealed"], settings).text
    with pytest.raises(RuntimeError, match="can't be decrypted"):
        sealing.unseal(second, written["sealed"], settings)


def test_senders_hear_of_it_when_it_is_committed(settings: Settings, database_url: str) -> None:
    with psycopg.connect(libpq_dsn(database_url, role=Role.WORKER), autocommit=True) as ears:
        ears.execute("LISTEN allin_emails")
        with door_session(settings) as session:
            outbox.enqueue(session, email(), settings)
            assert list(ears.notifies(timeout=0.1)) == []
        assert len(list(ears.notifies(timeout=5, stop_after=1))) == 1
