"""Encryption at rest: AES-256-GCM under a key ring, so that keys can be rotated.

A ciphertext names its key: ``<key id>.<base64url(nonce + ciphertext)>``. The first key of the
ring encrypts; every key decrypts.
"""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from foundation.settings import Settings

NONCE_BYTES = 12


class KeyRingError(RuntimeError):
    """A key is missing or a ciphertext was changed. Never carries key or plaintext."""


class KeyRing:
    """An ordered set of AES-256 keys, newest first."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        if not keys or any(len(key) != 32 for key in keys.values()):
            raise KeyRingError("the key ring needs at least one key, each of 32 bytes")
        self._keys = dict(keys)

    @property
    def ids(self) -> tuple[str, ...]:
        """The keys' ids, newest first."""
        return tuple(self._keys)

    @property
    def newest(self) -> str:
        """The id of the key that encrypts."""
        return self.ids[0]

    def encrypt(self, plaintext: str, context: str) -> str:
        """Encrypt; `context` (what the value belongs to) must be given again to decrypt."""
        key_id, key = next(iter(self._keys.items()))
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(key).encrypt(nonce, plaintext.encode(), context.encode())
        return f"{key_id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def decrypt(self, ciphertext: str, context: str) -> str:
        """Decrypt.

        Raises:
            KeyRingError: unknown key, changed ciphertext, or another context.
        """
        key_id, _, body = ciphertext.partition(".")
        if key_id not in self._keys:
            raise KeyRingError(f"no key {key_id!r} in the key ring")
        try:
            raw = base64.urlsafe_b64decode(body)
            plain = AESGCM(self._keys[key_id]).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError):
            raise KeyRingError("a stored secret can't be decrypted: wrong key or changed value") from None
        return plain.decode()

    def mac(self, message: bytes, context: str) -> bytes:
        """A fingerprint (32 bytes) by which a value is known again, and that tells nothing without the key.

        HMAC-SHA256 (RFC 2104) under the newest key, derived for `context`.
        """
        return _mac(next(iter(self._keys.values())), message, context)

    def is_mac(self, mac: bytes, message: bytes, context: str) -> bool:
        """Whether it is the value's fingerprint under any key of the ring."""
        return any(hmac.compare_digest(mac, _mac(key, message, context)) for key in self._keys.values())

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self._keys)})"


def _mac(key: bytes, message: bytes, context: str) -> bytes:
    own = hmac.digest(key, f"mac:{context}".encode(), "sha256")
    return hmac.digest(own, message, "sha256")


def load(settings: Settings) -> KeyRing:
    """The installation's key ring: ``ALLIN_KEYS``, or ``HOME/keys`` (made on first use, mode 600)."""
    given = settings.keys.get_secret_value() or _read_or_create(settings.home / "keys")
    keys: dict[str, bytes] = {}
    for entry in given.replace("\n", ",").split(","):
        if not entry.strip():
            continue
        key_id, _, encoded = entry.strip().partition(":")
        try:
            keys[key_id] = base64.b64decode(encoded, validate=True)
        except ValueError:
            raise KeyRingError(f"key {key_id!r} of the key ring is not base64") from None
    return KeyRing(keys)


def _read_or_create(path: Path) -> str:
    """Create the file once even when two processes start together: link() is atomic."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".keys-{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{secrets.token_hex(4)}:{base64.b64encode(os.urandom(32)).decode()}\n")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()


def add_key(settings: Settings) -> str:
    """Put a new key first in ``HOME/keys``; what is encrypted from now on is under it. Returns its id.

    Raises:
        KeyRingError: the ring is in ``ALLIN_KEYS``, which only whoever sets it can change.
    """
    key_id, encoded = secrets.token_hex(4), base64.b64encode(os.urandom(32)).decode()
    if settings.keys.get_secret_value():
        raise KeyRingError(
            "the key ring is in ALLIN_KEYS: put a new key of your own first in it, keep the old ones behind, "
            "restart, and run this again with --keep-ring"
        )
    path = settings.home / "keys"
    before = _read_or_create(path)
    draft = path.with_name(f".keys-{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{key_id}:{encoded}\n{before}")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return key_id
