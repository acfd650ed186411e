"""A message in the outbox is encrypted: its links open doors."""

from __future__ import annotations

import json
from dataclasses import asdict
from uuid import UUID

from foundation import keyring
from foundation.settings import Settings
from mail.rendering import Rendered


def seal(email_id: UUID, rendered: Rendered, settings: Settings) -> str:
    """The message, encrypted for this one row of the outbox."""
    return keyring.load(settings).encrypt(json.dumps(asdict(rendered)), _context(email_id))


def unseal(email_id: UUID, sealed: str, settings: Settings) -> Rendered:
    """The message of a row.

    Raises:
        foundation.keyring.KeyRingError: the key is missing, or it is another row's.
    """
    return Rendered(**json.loads(keyring.load(settings).decrypt(sealed, _context(email_id))))


def _context(email_id: UUID) -> str:
    return f"email:{email_id}"
