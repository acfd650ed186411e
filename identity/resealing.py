"""Encrypting everything that is stored under the newest key of the ring, while the installation runs."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Final, LiteralString, TypeAlias

import psycopg
from psycopg import sql

from foundation import keyring, postgres
from foundation.database import SCHEMA, libpq_dsn
from foundation.settings import Settings, get_settings
from foundation.turns import turn


@dataclass(frozen=True)
class Sealed:
    """A column of ciphertexts; `context` is SQL for what each is bound to, `key` for what names its row."""

    table: str
    column: str
    context: LiteralString
    key: LiteralString = "id::text"


Connection: TypeAlias = "psycopg.Connection[tuple[Any, ...]]"
COUNTED: Final = "SELECT split_part({column}, '.', 1), count(*) FROM {table} WHERE {column} <> '' GROUP BY 1"
OLD: Final = (
    "SELECT {key}, {context} FROM {table} WHERE {column} <> '' AND NOT starts_with({column}, %s) ORDER BY 1"
)
ACCOUNT: Final = "network || ':' || external_id"
SEALED: Final = (
    Sealed("accounts", "access_token", ACCOUNT),
    Sealed("accounts", "refresh_token", ACCOUNT),
    Sealed("accounts", "extra", ACCOUNT),
    Sealed("connections", "sealed", "'connection:' || id"),
    Sealed("connections", "found", "'connection:' || id"),
    Sealed("people", "totp_secret", "'totp:' || id"),
    Sealed("identity_providers", "client_secret", "'identity_provider:' || id"),
    Sealed("emails", "sealed", "'email:' || id"),
    Sealed("webhooks", "sealed_secret", "'webhook:' || id"),
    Sealed("idempotency_keys", "answer", "'idempotency:' || caller || ':' || key", "caller || ' ' || key"),
)


def by_key(settings: Settings | None = None) -> Counter[str]:
    """How many stored secrets each key of the ring protects, by the key's id."""
    found: Counter[str] = Counter()
    with _connected(settings or get_settings()) as connection:
        for one in SEALED:
            statement = (
                "SELECT split_part({column}, '.', 1), count(*) FROM {table} WHERE {column} <> '' GROUP BY 1"
            )
            found.update(dict(connection.execute(_filled(statement, one)).fetchall()))
    return found


def reseal(settings: Settings | None = None) -> int:
    """Encrypt anew what is not under the newest key; how many values that were. May be repeated, or killed.

    An account's tokens are changed in its turn to be refreshed: a refresh under way finds what it left.

    Raises:
        KeyRingError: a value is under a key that is no longer in the ring, or was changed.
    """
    settings = settings or get_settings()
    ring = keyring.load(settings)
    count = 0
    with _connected(settings) as connection:
        for one in SEALED:
            statement = (
                "SELECT {key}, {context} FROM {table} WHERE {column} <> '' AND NOT starts_with({column}, %s)"
            )
            rows = connection.execute(_filled(statement, one), [f"{ring.newest}."]).fetchall()
            for key, context in rows:
                with _turn(one, key, settings):
                    count += _reseal_one(connection, ring, one, key, context)
    return count


def _reseal_one(
    connection: Connection,
    ring: keyring.KeyRing,
    one: Sealed,
    key: str,
    context: str,
) -> int:
    """Only if it is still what was read: who has written meanwhile has used the newest key."""
    read = connection.execute(_filled("SELECT {column} FROM {table} WHERE {key} = %s", one), [key]).fetchone()
    if read is None or not read[0]:
        return 0
    renewed = ring.encrypt(ring.decrypt(read[0], context), context)
    statement = "UPDATE {table} SET {column} = %s WHERE {key} = %s AND {column} = %s"
    return connection.execute(_filled(statement, one), [renewed, key, read[0]]).rowcount


def _turn(one: Sealed, key: str, settings: Settings) -> AbstractContextManager[None]:
    return turn(f"refresh:{key}", settings) if one.table == "accounts" else nullcontext()


def _filled(statement: LiteralString, one: Sealed) -> sql.Composed:
    return sql.SQL(statement).format(
        table=sql.Identifier(SCHEMA, one.table),
        column=sql.Identifier(one.column),
        context=sql.SQL(one.context),
        key=sql.SQL(one.key),
    )


def _connected(settings: Settings) -> Connection:
    return psycopg.connect(libpq_dsn(postgres.database_url(settings)), autocommit=True)
