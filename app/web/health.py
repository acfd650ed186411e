"""Whether the app can serve, for supervisors and load balancers; and whether scheduled posts go out."""

from __future__ import annotations

import logging

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from foundation.database import Role, engine
from publishing import heartbeat

log = logging.getLogger(__name__)


def database_answers() -> bool:
    """Whether the database answers now."""
    try:
        with engine(Role.APP).connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        log.error("the database does not answer: %s", type(error).__name__)
        return False
    return True


def publishing_runs() -> bool:
    """Whether something looks for posts that fall due.

    Raises:
        SQLAlchemyError: the database does not answer.
    """
    with Session(engine(Role.APP)) as session:
        return heartbeat.silent_since(session) is None
