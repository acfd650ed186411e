"""Passwords: Argon2id with the parameters of RFC 9106 (section 4, the memory-constrained choice)."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

_HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


def hash_password(password: str) -> str:
    """The encoded hash to store."""
    return _HASHER.hash(password)


def verify_password(password: str, stored: str | None) -> bool:
    """Whether the password fits the stored hash.

    With no stored hash (nobody has that address) the same work is done, so that the time taken
    does not tell whether the address is known.
    """
    try:
        _HASHER.verify(stored if stored is not None else _nobodys_hash(), password)
    except VerifyMismatchError:
        return False
    return stored is not None


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody has this password")
