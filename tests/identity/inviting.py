"""Both sides of an invitation, for tests."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select, update

from foundation.database import worker_session
from identity import invitations
from identity.invitations import InvitationInfo
from identity.models import Invitation, Membership
from identity.permissions import Role
from identity.principal import Principal, Visitor
from identity.work import at_the_door
from tests.identity.acting import (
    ORIGIN,
    acting,
)
from tests.identity.letters import letters_to, token_in

GUEST = "guest@example.com"
PASSWORD = "correct horse battery"


def invite(
    caller: Principal, role: Role = Role.EDITOR, brand_ids: frozenset[UUID] | None = None, email: str = GUEST
) -> InvitationInfo:
    with acting(caller) as work:
        return invitations.invite(work, email, role, brand_ids)


def newest_token(email: str = GUEST) -> str:
    return token_in(letters_to(email)[-1])


def accept(
    token: str, *, who: Visitor | None = None, name: str | None = "Guest", password: str | None = PASSWORD
) -> UUID:
    with at_the_door(ORIGIN) as door:
        return invitations.accept(door, token, visitor=who, name=name, password=password)


def look(token: str) -> invitations.Invited:
    with at_the_door(ORIGIN) as door:
        return invitations.look(door, token)


def listed(caller: Principal) -> list[InvitationInfo]:
    with acting(caller) as work:
        return invitations.listed(work).items


def change_all(**values: object) -> None:
    with worker_session() as session:
        session.execute(update(Invitation).values(**values))


def memberships() -> int:
    with worker_session() as session:
        return session.scalar(select(func.count()).select_from(Membership)) or 0
