"""Signatures of webhooks: Standard Webhooks 1.0 (www.standardwebhooks.com), symmetric, version v1.

What is signed is ``<id>.<timestamp>.<body>``, by HMAC-SHA256 (RFC 2104) under the secret's bytes.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32  # the specification asks for 24 to 64
TOLERANCE: Final = timedelta(minutes=5)  # how old or early a message may be, for who checks it

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


def new_secret() -> str:
    """A new secret, as its owner gets it: `whsec_` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers(secret: str, message_id: str, at: datetime, body: str) -> dict[str, str]:
    """The three headers of a message sent at `at` (aware).

    Raises:
        ValueError: this is no such secret; the message does not repeat it.
    """
    seconds = str(int(at.timestamp()))
    return {ID: message_id, TIMESTAMP: seconds, SIGNATURE: _signature(secret, message_id, seconds, body)}


def is_genuine(secret: str, given: Mapping[str, str], body: str, now: datetime) -> bool:
    """Whether a message with these headers (names in lower case) was signed with the secret, and just now.

    Compares in constant time; several signatures may stand beside each other, divided by spaces.
    """
    message_id, seconds, signatures = (given.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE))
    if not seconds.isascii() or not seconds.isdigit() or len(seconds) > 12:
        return False
    if abs(now.timestamp() - int(seconds)) > TOLERANCE.total_seconds():
        return False
    right = _signature(secret, message_id, seconds, body).encode()
    return any(hmac.compare_digest(right, one.encode()) for one in signatures.split(" "))


def _signature(secret: str, message_id: str, seconds: str, body: str) -> str:
    signed = f"{message_id}.{seconds}.{body}".encode()
    return f"v1,{base64.b64encode(hmac.digest(_key(secret), signed, 'sha256')).decode()}"


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        raise ValueError("this is no secret of a webhook") from None
