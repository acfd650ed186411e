"""Opaque tokens: 256 random bits, of which only the SHA-256 is kept.

A fast hash is enough: what is random through and through can't be guessed from its digest.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

TOKEN_BYTES: Final = 32


def new_token() -> str:
    """A token that nobody can guess, safe in addresses and cookies."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(token: str) -> bytes:
    """What is stored of a token. Any text can be asked for, also one that UTF-8 can't write."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
