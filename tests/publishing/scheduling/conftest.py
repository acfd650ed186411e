"""What the tests of scheduling have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.database import Tenant, tenant_session, worker_session
from publishing.models import Publication
from publishing.states import State
from tests.publishing.conftest import Agency

T = TypeVar("T")


@contextmanager
def session_of(tenant: Agency) -> Iterator[Session]:
    with tenant_session(Tenant(tenant.organization_id)) as session:
        yield session


def act(tenant: Agency, action: Callable[..., T], *arguments: Any, **options: Any) -> T:
    """Do it in a transaction of its own."""
    with session_of(tenant) as session:
        return action(session, *arguments, **options)


def rows_of(post_id: UUID) -> list[Publication]:
    with worker_session() as session:
        query = select(Publication).where(Publication.post_id == post_id)
        return list(session.scalars(query.order_by(Publication.network, Publication.part)))


def due(post_id: UUID) -> datetime | None:
    (at,) = {row.due_at for row in rows_of(post_id)}
    return at


def state(post_id: UUID) -> State:
    (found,) = {row.current for row in rows_of(post_id)}
    return found
