"""The outbox: an e-mail is written in the transaction of what it tells of, and is sent once that commits."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from foundation.settings import Settings
from mail import sealing
from mail.message import Email
from mail.models import CHANNEL, QueuedEmail
from mail.rendering import render


def enqueue(session: Session, email: Email, settings: Settings) -> UUID:
    """Have an e-mail sent when the caller's transaction commits; its id.

    The session is one of the door, of background work, or of a tenant whose organization the e-mail's
    look names. The message is rendered now and kept encrypted.

    Raises:
        ValueError, jinja2.TemplateError: of `mail.rendering.render`.
    """
    email_id = uuid4()
    session.execute(
        insert(QueuedEmail).values(
            id=email_id,
            organization_id=email.look.organization_id,
            to_address=email.to,
            template=email.template,
            sealed=sealing.seal(email_id, render(email), settings),
        )
    )
    session.execute(text(f"NOTIFY {CHANNEL}"))
    return email_id
