"""The client's link: to one step of one round, without an account. Of its token only the SHA-256 is kept.

It holds while that step is asked: a decision, a change of the post and the end of the round all end it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from foundation.database import utc_now
from foundation.settings import Settings
from identity import limits
from identity.errors import LinkError
from identity.letters import link
from identity.limits import Limit
from identity.opaque import digest, new_token
from publishing.approvals.models import ApprovalLink, ApprovalRound

LIFETIME: Final = timedelta(days=14)
PAGE: Final = "approve"
# Letters an hour that people ask for, to one client of one round.
PER_ROUND: Final = Limit("approval_letters", 5, 3600)
GONE: Final = "This link no longer works. Ask whoever sent it for a new one."


@dataclass(frozen=True)
class Place:
    """What a link leads to."""

    organization_id: UUID
    round_id: UUID
    step: int
    email: str


def look(door: Session, token: str) -> Place:
    """What the token stands for; nothing is changed by looking. `door` is a session of the door.

    Raises:
        LinkError: it is unknown, expired or withdrawn.
    """
    query = select(ApprovalLink).where(ApprovalLink.token_hash == digest(token))
    found = door.scalar(query)
    if found is None or found.revoked_at is not None or found.expires_at <= utc_now():
        raise LinkError(GONE)
    return Place(found.organization_id, found.round_id, found.step, found.email)


def new(session: Session, round_: ApprovalRound, email: str, settings: Settings) -> str:
    """The address of a new link to the present step; those the client has hold for as long as they did."""
    token = new_token()
    session.add(
        ApprovalLink(
            token_hash=digest(token),
            organization_id=round_.organization_id,
            round_id=round_.id,
            step=round_.step,
            email=email,
            expires_at=expiry(),
        )
    )
    session.flush()
    return link(settings, PAGE, token)


def expiry() -> datetime:
    """Until when a link holds that is made now (aware UTC)."""
    return utc_now() + LIFETIME


def may_be_sent(round_: ApprovalRound, settings: Settings) -> None:
    """Count one letter that somebody asks for.

    Raises:
        TooManyTriesError: there were too many within the hour.
    """
    limits.count(PER_ROUND, str(round_.id), settings)


def revoke(session: Session, round_id: UUID) -> int:
    """Withdraw every link of the round that still held; how many those were."""
    statement = (
        update(ApprovalLink)
        .where(ApprovalLink.round_id == round_id, ApprovalLink.revoked_at.is_(None))
        .values(revoked_at=text("now()"))
        .returning(ApprovalLink.token_hash)
    )
    return len(session.scalars(statement).all())
