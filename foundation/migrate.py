"""Bring the database to the newest schema, once, however many processes start together."""

from __future__ import annotations

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from foundation.database import libpq_dsn
from foundation.postgres import PostgresError
from foundation.settings import REPOSITORY

MINIMUM_VERSION = 150000
LOCK_KEY = 20_261_121  # any constant of our own


def migrate(url: str) -> None:
    """Create or upgrade schemas, roles and tables.

    Raises:
        PostgresError: the server can't be reached, is too old, or refuses; one line says which.
    """
    try:
        with psycopg.connect(libpq_dsn(url), autocommit=True, connect_timeout=10) as connection:
            if connection.info.server_version < MINIMUM_VERSION:
                raise PostgresError("PostgreSQL 15 or newer is needed; this server is older")
    except psycopg.Error as error:
        raise PostgresError(f"DATABASE_URL can't be used: {_one_line(error)}") from None
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(libpq_dsn(url)), hide_parameters=True
    )
    try:
        with engine.connect() as connection_:
            connection_.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
            connection_.execute(text("CREATE SCHEMA IF NOT EXISTS allin"))
            connection_.commit()
            config = Config()
            config.set_main_option("script_location", str(REPOSITORY / "foundation" / "migrations"))
            config.attributes["connection"] = connection_
            command.upgrade(config, "head")
            connection_.commit()
    except SQLAlchemyError as error:
        reason = _one_line(getattr(error, "orig", None) or error)
        raise PostgresError(f"the database can't be brought up to date: {reason}") from None
    finally:
        engine.dispose()


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
