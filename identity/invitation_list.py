"""What an organization's settings show of its invitations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, exists, func, select, tuple_

from foundation.database import utc_now
from identity.errors import NotFoundError
from identity.models import Invitation, InvitationBrand, Person
from identity.paging import DEFAULT_LIMIT, Page, after, moment, one_more, page
from identity.permissions import Permission, Role, require
from identity.work import Work
from mail.models import QueuedEmail, State


class InvitationState(StrEnum):
    """Where an invitation stands."""

    OPEN = "open"
    EXPIRED = "expired"
    ACCEPTED = "accepted"
    REVOKED = "revoked"


class Delivery(StrEnum):
    """Where its newest e-mail stands. UNKNOWN: it was handed over, and the answer was lost."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class InvitationInfo:
    """An invitation without its link. Times are aware UTC; `brand_ids` None is the whole organization.

    `invited_by` is the inviter's address, None once they have left, or when a sign-in at the organization's
    identity provider invited. `problem` says why the newest e-mail did not go out, if it did not.
    """

    id: UUID
    email: str
    role: Role
    brand_ids: frozenset[UUID] | None
    state: InvitationState
    invited_by: str | None
    created_at: datetime
    expires_at: datetime
    sent_count: int
    delivery: Delivery
    problem: str | None


def listed(work: Work, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[InvitationInfo]:
    """The invitations, newest first; who is limited to brands sees those for their brands alone.

    Raises:
        ForbiddenError: the caller may not see them.
        InvalidError: the limit or the cursor can't be used.
    """
    query = _invitations(work).order_by(Invitation.created_at.desc(), Invitation.id.desc())
    if place := after(cursor, moment, UUID):
        query = query.where(tuple_(Invitation.created_at, Invitation.id) < place)
    rows = work.session.execute(query.limit(one_more(limit))).all()
    return page(rows, limit, _info, lambda row: [row.Invitation.created_at, row.Invitation.id])


def get(work: Work, invitation_id: UUID) -> InvitationInfo:
    """One invitation.

    Raises:
        ForbiddenError: the caller may not see invitations.
        NotFoundError: there is none that they see.
    """
    row = work.session.execute(_invitations(work).where(Invitation.id == invitation_id)).one_or_none()
    if row is None:
        raise NotFoundError("There is no such invitation.")
    return _info(row)


def _invitations(work: Work) -> Select[Any]:
    require(work.principal, Permission.MEMBERS_MANAGE)
    of_invitation = InvitationBrand.invitation_id == Invitation.id
    brands = (
        select(func.array_agg(InvitationBrand.brand_id))
        .where(of_invitation)
        .correlate(Invitation)
        .scalar_subquery()
    )
    query = (
        select(
            Invitation,
            Person.email.label("inviter"),
            QueuedEmail.state,
            QueuedEmail.problem,
            brands.label("brand_ids"),
        )
        .outerjoin(Person, Person.id == Invitation.invited_by)
        .outerjoin(QueuedEmail, QueuedEmail.id == Invitation.email_id)
        .execution_options(populate_existing=True)
    )
    seen = work.principal.brand_ids
    if seen is None:
        return query
    beyond = exists().where(of_invitation, InvitationBrand.brand_id.not_in(seen)).correlate(Invitation)
    return query.where(Invitation.limited, ~beyond)


def _info(row: Row[Any]) -> InvitationInfo:
    invitation: Invitation = row.Invitation
    state = row.state or Delivery.UNKNOWN
    return InvitationInfo(
        id=invitation.id,
        email=invitation.email,
        role=Role(invitation.role),
        brand_ids=frozenset(row.brand_ids or ()) if invitation.limited else None,
        state=_state(invitation),
        invited_by=row.inviter,
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
        sent_count=invitation.sent_count,
        delivery=Delivery.QUEUED if state == State.SENDING else Delivery(state),
        problem=row.problem,
    )


def _state(invitation: Invitation) -> InvitationState:
    if invitation.accepted_at is not None:
        return InvitationState.ACCEPTED
    if invitation.revoked_at is not None:
        return InvitationState.REVOKED
    return InvitationState.OPEN if invitation.expires_at > utc_now() else InvitationState.EXPIRED
