"""A worker that is woken by the database and by the clock, and waits for a database that is away."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from foundation import postgres
from foundation.database import Role, libpq_dsn
from foundation.postgres import PostgresError
from foundation.settings import Settings

POLL_S: Final = 5.0
GLANCE_S: Final = 0.5  # between looks at whether to stop
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0  # between tries to reach the database

DATABASE_ERRORS: Final = (SQLAlchemyError, psycopg.Error, PostgresError)

log = logging.getLogger(__name__)


def keep_doing(do_next: Callable[[], bool], channel: str, settings: Settings, stop: threading.Event) -> None:
    """Call `do_next` for as long as it finds something (True), and again whenever the channel is notified
    or 5 seconds have passed, until `stop` is set. What is in hand is finished first.

    Raises:
        Exception: what `do_next` raises, but for a database that is away, which is waited for.
    """
    pause_s = FIRST_PAUSE_S

    def listen() -> None:
        nonlocal pause_s
        dsn = libpq_dsn(postgres.database_url(settings), role=Role.WORKER)
        with psycopg.connect(dsn, autocommit=True, connect_timeout=10) as ears:
            ears.execute(f"LISTEN {channel}".encode())  # before the first look, so that nothing is missed
            while not stop.is_set():
                while not stop.is_set() and do_next():
                    pass
                pause_s = FIRST_PAUSE_S
                _wait(ears, stop)

    while not stop.is_set():
        try:
            listen()
        except DATABASE_ERRORS as error:
            log.warning("no database (%s), trying again in %.1f s", type(error).__name__, pause_s)
            stop.wait(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


def _wait(ears: psycopg.Connection, stop: threading.Event) -> None:
    """Until the channel is notified, or it is time to look all the same."""
    deadline = time.monotonic() + POLL_S
    while not stop.is_set() and time.monotonic() < deadline:
        for _ in ears.notifies(timeout=GLANCE_S, stop_after=1):
            return
