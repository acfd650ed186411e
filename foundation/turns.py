"""One at a time: a turn that all threads and processes of the installation take one after the other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

import psycopg

from foundation import postgres
from foundation.database import Role, libpq_dsn
from foundation.settings import Settings

# One for each name that was ever asked for: as many as there are accounts.
_here: dict[str, threading.Lock] = {}


@contextmanager
def turn(name: str, settings: Settings) -> Iterator[None]:
    """Hold the one place of this name; a dead process lets it go by itself.

    Made for holding it through a slow call: it takes no pooled connection. Of a process's threads that
    want the same place only the first has a connection at all, one of its own.

    Raises:
        psycopg.Error: the database can't be reached.
    """
    key = int.from_bytes(sha256(name.encode()).digest()[:8], "big", signed=True)
    with _here.setdefault(name, threading.Lock()):
        dsn = libpq_dsn(postgres.database_url(settings), role=Role.WORKER)
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", (key,))
            yield
