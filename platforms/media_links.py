"""Addresses under which networks fetch kept files themselves: unguessable, and of no session."""

from __future__ import annotations

import base64
import binascii
from typing import Final
from uuid import UUID

from foundation import keyring
from foundation.settings import Settings

PATH: Final = "/files"
CONTEXT: Final = "media link"
# Networks go by the ending of an address, too.
ENDINGS: Final = {
    "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp", "video/mp4": "mp4",
    "video/quicktime": "mov", "video/webm": "webm", "application/pdf": "pdf",
}  # fmt: skip


def address(organization_id: UUID, key: str, mime: str, settings: Settings) -> str:
    """Where the file is served from (``app.web.files``), signed by the key ring."""
    mac = keyring.load(settings).mac(_signed(organization_id, key), CONTEXT)
    return f"{settings.public_url}{PATH}/{organization_id}/{key}/{_proof(mac)}.{ENDINGS.get(mime, 'bin')}"


def is_genuine(organization_id: UUID, key: str, name: str, settings: Settings) -> bool:
    """Whether `name`, the last piece of an address, was made by `address` for this file."""
    proof = name.partition(".")[0]
    try:
        mac = base64.urlsafe_b64decode(proof + "=" * (-len(proof) % 4))
    except (binascii.Error, ValueError):
        return False
    if _proof(mac) != proof:  # base64 has several spellings of the same bytes; one file has one address
        return False
    return keyring.load(settings).is_mac(mac, _signed(organization_id, key), CONTEXT)


def _proof(mac: bytes) -> str:
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def _signed(organization_id: UUID, key: str) -> bytes:
    return organization_id.bytes + key.encode()
