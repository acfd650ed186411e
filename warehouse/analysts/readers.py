"""Login roles of PostgreSQL for people's own tools: each sees its organization's rows of the mirror, and no
more.

A role is made, given its rights and noted in one transaction as the owner of the database. Its password is
known to nobody but who made it: PostgreSQL is sent the verifier (SCRAM-SHA-256), not the password.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from psycopg import errors
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from foundation.database import Role, engine, utc_now
from foundation.settings import Settings, get_settings
from identity.audit import Action, Target, write
from identity.errors import ConflictError, InvalidError, NotFoundError
from identity.permissions import Permission, require
from identity.work import Work
from warehouse.analysts.models import Reader

GROUP: Final = "allin_readers"
MOST: Final = 5  # of an organization
CONNECTIONS: Final = 5  # of a role at once
TEMPORARY: Final = "2GB"  # of files that a query sorts in, for each connection; only a superuser can set it
LONGEST_NAME: Final = 60  # characters
# How a session begins. Whoever logs in may change these for themselves: rights are what binds them.
SESSION: Final = {
    "default_transaction_read_only": "on",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "5min",
    "search_path": "marts",
    "timezone": "UTC",
}
# What PostgreSQL lets everybody do, and a reader has no business with: temporary tables, files in the
# database, and locks by number, which our own processes wait for. Only a superuser can take away the latter
# two.
CLOSED: Final = (
    "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC",
    "GRANT TEMPORARY ON DATABASE {database} TO allin_app, allin_door, allin_worker",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
)
CLOSED_BY_SUPERUSER: Final = """
DO $$
DECLARE closed regprocedure;
BEGIN
  FOR closed IN
    SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
    AND proname ~ '^(lo_.*|loread|lowrite|pg_(try_)?advisory_.*)$'
  LOOP
    EXECUTE 'REVOKE EXECUTE ON FUNCTION ' || closed || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || closed || ' TO allin_app, allin_door, allin_worker';
  END LOOP;
END $$
"""
NOT_ALLOWED: Final = (
    "AllIN's user at PostgreSQL may not make login roles. Whoever runs the server can allow it "
    "(ALTER ROLE … CREATEROLE); until then use the SQL page or an export."
)


@dataclass(frozen=True)
class ReaderInfo:
    """A reader without its password. `created_at` is aware UTC."""

    id: UUID
    name: str
    role_name: str
    created_at: datetime


def listed(work: Work) -> list[ReaderInfo]:
    """The organization's readers, oldest first; at most 5.

    Raises:
        ForbiddenError: the caller may not see them.
    """
    require(work.principal, Permission.API_KEYS_MANAGE)
    rows = work.session.scalars(select(Reader).order_by(Reader.created_at, Reader.id))
    return [_info(row) for row in rows]


def create(work: Work, name: str) -> tuple[ReaderInfo, str]:
    """A new reader; returns it and its password, which can't be had again.

    Raises:
        ForbiddenError: the caller may not.
        InvalidError: there is no name, or it is too long.
        ConflictError: the name is taken, there are as many as there can be, or the server does not allow it.
    """
    require(work.principal, Permission.API_KEYS_MANAGE)
    given = _name(name)
    organization_id = work.principal.organization_id
    with _as_owner(work.settings) as session:
        locked = text("SELECT id FROM organizations WHERE id = :id AND deleted_at IS NULL FOR NO KEY UPDATE")
        if session.scalar(locked, {"id": organization_id}) is None:
            raise NotFoundError("There is no such organization any more.")
        names = set(session.scalars(select(Reader.name).where(Reader.organization_id == organization_id)))
        if given in names:
            raise ConflictError("There is a reader of this name already. Choose another name.")
        if len(names) >= MOST:
            raise ConflictError(f"There are {MOST} readers already. Revoke one that is no longer used.")
        reader_id = uuid4()
        row = Reader(
            id=reader_id,
            organization_id=organization_id,
            name=given,
            role_name=f"reader_{reader_id.hex[:12]}",
            created_by=work.principal.person_id,
            created_at=utc_now(),
        )
        session.add(row)
        session.flush()
        password = secrets.token_urlsafe(24)
        _make_role(session, row.role_name, password)
        _note(session, work, Action.CREATED, row)
    return _info(row), password


def rotate(work: Work, reader_id: UUID) -> str:
    """Give a reader another password, and return it; who is connected with the old one is cut off.

    Raises:
        ForbiddenError: the caller may not.
        NotFoundError: there is no such reader.
        ConflictError: the server does not allow it.
    """
    require(work.principal, Permission.API_KEYS_MANAGE)
    with _as_owner(work.settings) as session:
        row = _find(session, work, reader_id)
        password = secrets.token_urlsafe(24)
        _run(session, f"ALTER ROLE {row.role_name} PASSWORD '{_verifier(session, row.role_name, password)}'")
        _note(session, work, Action.UPDATED, row)
        role_name = row.role_name
    _cut_off(role_name, work.settings)
    return password


def revoke(work: Work, reader_id: UUID) -> None:
    """Remove a reader and its role; who is connected sees nothing any more.

    Raises:
        ForbiddenError: the caller may not.
        NotFoundError: there is no such reader.
        ConflictError: the server does not allow it.
    """
    require(work.principal, Permission.API_KEYS_MANAGE)
    with _as_owner(work.settings) as session:
        row = _find(session, work, reader_id)
        session.delete(row)
        session.flush()
        _drop_role(session, row.role_name)
        _note(session, work, Action.REVOKED, row)
        role_name = row.role_name
    _cut_off(role_name, work.settings)


def drop_gone(settings: Settings | None = None) -> int:
    """Drop the roles of readers that went with their organization; how many. May be repeated.

    Until then such a role can log in and sees nothing.
    """
    settings = settings or get_settings()
    orphans = text(
        "SELECT rolname FROM pg_roles WHERE rolname ~ '^reader_[0-9a-f]{12}$' "
        "AND shobj_description(oid, 'pg_authid') = :mark "
        "AND NOT EXISTS (SELECT FROM allin.readers WHERE role_name = rolname)"
    )
    with _as_owner(settings) as session:
        found = list(session.scalars(orphans, {"mark": _mark(session)}))
        for role_name in found:
            _drop_role(session, role_name)
    return len(found)


def _make_role(session: Session, role_name: str, password: str) -> None:
    verifier = _verifier(session, role_name, password)
    _run(session, f"CREATE ROLE {role_name} LOGIN CONNECTION LIMIT {CONNECTIONS} PASSWORD '{verifier}'")
    for name, value in SESSION.items():
        _run(session, f"ALTER ROLE {role_name} SET {name} = '{value}'")
    _run(session, f"GRANT {GROUP} TO {role_name}")
    _run(session, f"COMMENT ON ROLE {role_name} IS '{_mark(session)}'")
    database = _database(session)
    for statement in CLOSED:
        _run(session, statement.format(database=database))
    if session.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")):
        _run(session, CLOSED_BY_SUPERUSER)
        _run(session, f"ALTER ROLE {role_name} SET temp_file_limit = '{TEMPORARY}'")


def _drop_role(session: Session, role_name: str) -> None:
    _run(session, f"DROP OWNED BY {role_name}")
    _run(session, f"DROP ROLE {role_name}")


def _cut_off(role_name: str, settings: Settings) -> None:
    """End the role's sessions; a server that does not let us has them see nothing or end by themselves."""
    ended = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = :role")
    with suppress(DBAPIError), Session(engine(Role.OWNER, settings)) as session:
        session.execute(ended, {"role": role_name}).all()


def _verifier(session: Session, role_name: str, password: str) -> str:
    """What PostgreSQL keeps in place of the password (RFC 5803)."""
    driver: Any = session.connection().connection.driver_connection
    made: bytes = driver.pgconn.encrypt_password(password.encode(), role_name.encode(), b"scram-sha-256")
    return made.decode()


def _run(session: Session, statement: str) -> None:
    """A statement that holds no value of anybody's: roles' names and verifiers are our own."""
    session.connection().exec_driver_sql(statement)


def _database(session: Session) -> str:
    return str(session.scalar(text("SELECT quote_ident(current_database())")))


def _mark(session: Session) -> str:
    """What tells our roles from those of another installation on the same server."""
    oid = session.scalar(text("SELECT oid FROM pg_database WHERE datname = current_database()"))
    return f"AllIN reader of database {oid}"


@contextmanager
def _as_owner(settings: Settings) -> Iterator[Session]:
    """One transaction as the owner of the database, who alone makes roles."""
    try:
        with Session(engine(Role.OWNER, settings), expire_on_commit=False) as session, session.begin():
            yield session
    except DBAPIError as error:
        if isinstance(error.orig, errors.InsufficientPrivilege):
            raise ConflictError(NOT_ALLOWED) from None
        raise


def _find(session: Session, work: Work, reader_id: UUID) -> Reader:
    query = select(Reader).where(
        Reader.id == reader_id, Reader.organization_id == work.principal.organization_id
    )
    row = session.scalar(query.with_for_update())
    if row is None:
        raise NotFoundError("There is no such reader any more.")
    return row


def _name(name: str) -> str:
    given = " ".join(name.split())
    if not given:
        raise InvalidError("Give the reader a name: what will use it.", field="name")
    if len(given) > LONGEST_NAME:
        raise InvalidError(f"A name can have at most {LONGEST_NAME} characters.", field="name")
    return given


def _note(session: Session, work: Work, action: Action, row: Reader) -> None:
    principal = work.principal
    target = Target("reader", row.id, f"{row.name} ({row.role_name})")
    write(session, work.origin, principal, action, target, principal.organization_id)


def _info(row: Reader) -> ReaderInfo:
    return ReaderInfo(row.id, row.name, row.role_name, row.created_at)
