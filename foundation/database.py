"""Connections to PostgreSQL, each as the role and for the organization it is meant for.

Four roles: the owner (migrations only), ``allin_app`` (people's requests: row-level security binds it to
one organization), ``allin_door`` (signing in: it sees people and what opens doors, but no organization's
work) and ``allin_worker`` (background jobs that serve all organizations).
"""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import URL, Engine, create_engine, event, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session

from foundation import postgres
from foundation.postgres import PostgresError
from foundation.settings import Settings, get_settings

SCHEMA = "allin"


class Role(StrEnum):
    """The database role a connection runs as."""

    OWNER = "owner"
    APP = "allin_app"
    DOOR = "allin_door"
    WORKER = "allin_worker"


@dataclass(frozen=True)
class Tenant:
    """What a transaction is bound to: an organization, or of it these brands and accounts (None: all)."""

    organization_id: UUID
    brand_ids: frozenset[UUID] | None = None
    account_ids: frozenset[UUID] | None = None


class Base(DeclarativeBase):
    """Base of every operational table; all live in schema ``allin``."""

    __table_args__ = {"schema": SCHEMA}  # noqa: RUF012 - SQLAlchemy's own convention


def libpq_dsn(url: str, *, search_path: str | None = None, role: Role = Role.OWNER) -> str:
    """The URL as a libpq connection string that starts in the given role and schema, in UTC."""
    options = ["-c timezone=UTC"]
    if search_path:
        options.append(f"-c search_path={search_path}")
    if role is not Role.OWNER:
        # Set at connection start, so even RESET ROLE comes back to it.
        options.append(f"-c role={role.value}")
    parts = address_parts(url)
    given = str(parts.pop("options", "") or "")
    return make_conninfo("", **parts, options=" ".join([given, *options]).strip())


def address_parts(url: str) -> dict[str, Any]:
    """The parts of a PostgreSQL address, given as a URL or as libpq's ``key=value`` pairs.

    Raises:
        PostgresError: it is neither; the message does not repeat it, for it may hold a password.
    """
    try:
        return dict(conninfo_to_dict(url))
    except psycopg.ProgrammingError:
        raise PostgresError(
            "DATABASE_URL is not a PostgreSQL address: write postgresql://user:password@host/database"
        ) from None


def sqlalchemy_url(url: str, *, search_path: str) -> str:
    """The address for a library that takes only SQLAlchemy's kind of URL (Dagster), with a schema."""
    parts = address_parts(url)
    options = f"{parts.pop('options', '') or ''} -csearch_path={search_path}".strip()
    named = {name: parts.pop(name, None) for name in ("user", "password", "host", "port", "dbname")}
    query = {name: str(value) for name, value in parts.items()} | {"options": options}
    if named["host"] and str(named["host"]).startswith("/"):
        query["host"] = str(named.pop("host"))  # a socket's folder is no host name
    return URL.create(
        "postgresql",
        username=named["user"],
        password=named["password"],
        host=named.get("host"),
        port=int(named["port"]) if named["port"] else None,
        database=named["dbname"],
        query=query,
    ).render_as_string(hide_password=False)


@lru_cache(maxsize=16)
def _engine(url: str, role: Role, autocommit: bool) -> Engine:
    dsn = libpq_dsn(url, search_path=f"{SCHEMA},public", role=role)
    made = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(dsn),
        # The publisher has many threads; each takes a connection for a moment, none through a call. What is
        # over the pool's size is closed when it is given back, and making one anew costs more than most work.
        pool_size=40 if role is Role.WORKER else 10,
        max_overflow=40 if role is Role.WORKER else 30,
        hide_parameters=True,  # an error must not print what people wrote
        **({"isolation_level": "AUTOCOMMIT"} if autocommit else {}),
    )
    event.listen(made, "checkout", _refuse_dead)
    return made


def _refuse_dead(connection: psycopg.Connection[Any], _record: object, _proxy: object) -> None:
    """Have the pool make a new connection in place of one that the server has ended.

    An idle connection has nothing to say; one that has, was closed. That costs no trip to the server.
    """
    if connection.closed or _says_something(connection.fileno()):
        raise DisconnectionError("the server has closed this connection")


def _says_something(socket: int) -> bool:
    idle = select.poll()
    idle.register(socket, select.POLLIN)
    return bool(idle.poll(0))


def engine(role: Role = Role.APP, settings: Settings | None = None, *, autocommit: bool = False) -> Engine:
    """The pooled engine of this process for a role; with `autocommit` every statement commits at once."""
    return _engine(postgres.database_url(settings or get_settings()), role, autocommit)


@contextmanager
def tenant_session(tenant: Tenant, settings: Settings | None = None) -> Iterator[Session]:
    """A transaction of one tenant: row-level security hides all other rows.

    Commits at the end of the block, rolls back on an error.
    """
    with Session(engine(Role.APP, settings), expire_on_commit=False) as session, session.begin():
        bind_tenant(session, tenant)
        yield session


def bind_tenant(session: Session, tenant: Tenant) -> None:
    """Bind the session's current transaction to one tenant."""
    session.execute(
        text(
            "SELECT set_config('allin.organization_id', :organization, true), "
            "set_config('allin.brand_ids', :brands, true), set_config('allin.account_ids', :accounts, true)"
        ),
        {
            "organization": str(tenant.organization_id),
            "brands": _array(tenant.brand_ids),
            "accounts": _array(tenant.account_ids),
        },
    )


def _array(ids: frozenset[UUID] | None) -> str:
    """PostgreSQL's notation of an array; the empty text is no limit, which an empty array is not."""
    return "" if ids is None else "{" + ",".join(sorted(map(str, ids))) + "}"


@contextmanager
def door_session(settings: Settings | None = None) -> Iterator[Session]:
    """A transaction of signing in and out, registering and accepting invitations.

    Commits at the end of the block, rolls back on an error.
    """
    with Session(engine(Role.DOOR, settings), expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def worker_session(settings: Settings | None = None) -> Iterator[Session]:
    """A transaction of the installation's own background work, over all organizations."""
    with Session(engine(Role.WORKER, settings), expire_on_commit=False) as session, session.begin():
        yield session


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)
