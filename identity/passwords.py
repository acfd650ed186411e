"""Passwords: Argon2id with the parameters of RFC 9106 (section 4, the memory-constrained choice)."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

UNUSABLE = "!"  # stored in place of a hash: no password fits

_HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


def hash_password(password: str) -> str:
    """The encoded hash to store.

    Raises:
        UnicodeEncodeError: the password has characters that UTF-8 can't write.
    """
    return _HASHER.hash(password)


def verify_password(password: str, stored: str | None) -> bool:
    """Whether the password fits the stored hash.

    With no stored hash (nobody has that address) or an unusable one the same work is done, so that the
    time taken does not tell whether the address is known.
    """
    encoded = None if stored == UNUSABLE else stored
    try:
        # Lone surrogates, which a form can bring, are in no stored password: `hash_password` refuses them.
        _HASHER.verify(encoded or _nobodys_hash(), password.encode(errors="surrogatepass"))
    except VerifyMismatchError:
        return False
    return encoded is not None


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody has this password")
