"""Whether the app can serve: for supervisors and load balancers."""

from __future__ import annotations

import logging

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from foundation.database import Role, engine

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
