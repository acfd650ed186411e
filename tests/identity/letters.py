"""What was put into the outbox, opened as its reader would."""

from __future__ import annotations

import re

from sqlalchemy import select

from foundation.database import worker_session
from foundation.settings import get_settings
from mail.models import QueuedEmail
from mail.rendering import Rendered
from mail.sealing import unseal


def letters_to(address: str) -> list[Rendered]:
    """The messages that wait for an address, oldest first."""
    with worker_session() as session:
        rows = session.scalars(
            select(QueuedEmail).where(QueuedEmail.to_address == address).order_by(QueuedEmail.created_at)
        )
        return [unseal(row.id, row.sealed, get_settings()) for row in rows if row.sealed]


def token_in(letter: Rendered) -> str:
    """The token of the one link with one in a message."""
    (token,) = set(re.findall(r"[?]token=([\w-]{43})", letter.text))
    return str(token)
