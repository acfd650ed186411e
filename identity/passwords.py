"""Passwords: Argon2id with the parameters of RFC 9106 (section 4, the memory-constrained choice)."""

from __future__ import annotations

import os
import unicodedata
from functools import lru_cache
from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

UNUSABLE: Final = "!"  # stored in place of a hash: no password fits

_HASHER: Final = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
# Each takes 64 MiB and a core, so a flood of sign-ins waits its turn.
_TURNS: Final = BoundedSemaphore(2 * (os.cpu_count() or 1))


def hash_password(password: str) -> str:
    """The encoded hash to store.

    Raises:
        UnicodeEncodeError: the password has characters that UTF-8 can't write.
    """
    with _TURNS:
        return _HASHER.hash(_composed(password).encode())


def verify_password(password: str, stored: str | None) -> bool:
    """Whether the password fits the stored hash.

    With no stored hash (nobody has that address) or an unusable one the same work is done, so that the
    time taken does not tell whether the address is known.
    """
    encoded = None if stored == UNUSABLE else stored
    # Lone surrogates, which a form can bring, are in no stored password: `hash_password` refuses them.
    given = _composed(password).encode(errors="surrogatepass")
    with _TURNS:
        try:
            _HASHER.verify(encoded or _nobodys_hash(), given)
        except (VerificationError, InvalidHashError):
            return False
    return encoded is not None


def _composed(password: str) -> str:
    """One form for what keyboards write in two: é as one character, or e and an accent (RFC 8265, 4.2)."""
    return unicodedata.normalize("NFC", password)


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody has this password")
