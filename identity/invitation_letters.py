"""An invitation's link, and the e-mail that brings it. Only the SHA-256 of the link's token is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from foundation.database import utc_now
from foundation.settings import Settings
from identity import limits
from identity.letters import link
from identity.limits import Limit
from identity.models import Invitation, Organization
from identity.opaque import digest, new_token
from mail import outbox
from mail.message import Email, Look

LIFETIME: Final = timedelta(days=7)
# E-mails an hour: of an organization to an address, of all of them to it, of an organization to everybody.
PER_ADDRESS: Final = Limit("invitation", 10, 3600)
TO_ADDRESS: Final = Limit("invitations_to", 30, 3600)
OF_ORGANIZATION: Final = Limit("invitations_of", 200, 3600)


def may_be_sent(organization_id: UUID, email: str, settings: Settings) -> None:
    """Count one e-mail to the address.

    Raises:
        TooManyTriesError: there were too many within the hour.
    """
    limits.count(PER_ADDRESS, f"{organization_id}:{email}", settings)
    limits.count(OF_ORGANIZATION, str(organization_id), settings)
    limits.count(TO_ADDRESS, email, settings)


def send(session: Session, invitation: Invitation, inviter: str, settings: Settings) -> None:
    """Give the invitation a new link that lasts 7 days, and have it sent; the link before it is dead.

    `inviter` is who invites, as the reader knows them.
    """
    organization = session.get_one(Organization, invitation.organization_id)
    token = new_token()
    invitation.token_hash, invitation.expires_at = digest(token), utc_now() + LIFETIME
    invitation.sent_count += 1
    values = {
        "link": link(settings, "invitation", token),
        "inviter": inviter,
        "organization": organization.name,
        "role": invitation.role.title(),
        "expires": f"{invitation.expires_at:%-d %B %Y}",
    }
    look = Look(organization.name, organization.colour, organization.id)
    email = Email(to=invitation.email, template="invitation", values=values, look=look)
    invitation.email_id = outbox.enqueue(session, email, settings)
    session.add(invitation)
    session.flush()
