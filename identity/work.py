"""One piece of work: what a request does, in one transaction, for one caller."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from foundation.database import door_session, tenant_session
from foundation.settings import Settings, get_settings
from identity.permissions import Permission, require
from identity.principal import Origin, Principal


@dataclass(frozen=True)
class Work:
    """A member's work in their organization; the session is bound to their tenant."""

    session: Session
    principal: Principal
    origin: Origin
    settings: Settings


@dataclass(frozen=True)
class Door:
    """Work at the door: signing in and out, registering, what belongs to a person rather than a tenant."""

    session: Session
    origin: Origin
    settings: Settings


@contextmanager
def working(
    principal: Principal,
    origin: Origin | None = None,
    *,
    needs: Permission | None = None,
    settings: Settings | None = None,
) -> Iterator[Work]:
    """A transaction for a member; it commits at the end of the block, and rolls back on an error.

    Raises:
        ForbiddenError: they lack the permission that it `needs`.
    """
    if needs is not None:
        require(principal, needs)
    settings = settings or get_settings()
    with tenant_session(principal.tenant, settings) as session:
        yield Work(session, principal, origin or Origin(), settings)


@contextmanager
def at_the_door(origin: Origin | None = None, *, settings: Settings | None = None) -> Iterator[Door]:
    """A transaction at the door; it commits at the end of the block, and rolls back on an error."""
    settings = settings or get_settings()
    with door_session(settings) as session:
        yield Door(session, origin or Origin(), settings)
