"""Single statements at the door, each a transaction of its own: one trip to the database and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from foundation.database import Role, engine
from foundation.settings import Settings


@contextmanager
def door_statements(settings: Settings | None = None) -> Iterator[Connection]:
    """A connection of the door's role on which every statement commits at once."""
    with engine(Role.DOOR, settings, autocommit=True).connect() as connection:
        yield connection
