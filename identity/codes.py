"""Codes of the second factor: of an authenticator (TOTP, RFC 6238), and recovery codes.

Each is taken once. The caller holds a lock on the person, so of two requests with one code one fails.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from enum import StrEnum
from typing import Final

import pyotp
from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from foundation import keyring
from foundation.database import utc_now
from foundation.settings import Settings
from identity.models import Person, RecoveryCode

STEPS_OFF: Final = 1  # a clock may be half a minute wrong either way
RECOVERY_CODES: Final = 10
RECOVERY_BYTES: Final = 10  # 80 random bits, so a fast hash guards them well enough
_GROUP: Final = 4


class Kind(StrEnum):
    """Which kind of code was right."""

    AUTHENTICATOR = "authenticator"
    RECOVERY = "recovery code"


def seal(person: Person, secret: str, settings: Settings) -> str:
    """The authenticator's secret, encrypted for this person's row."""
    return keyring.load(settings).encrypt(secret, _context(person))


def has_second_factor(person: Person) -> bool:
    """Whether the person has set up a second factor."""
    return person.totp_secret is not None and person.totp_confirmed_at is not None


def accept(session: Session, person: Person, code: str, settings: Settings) -> Kind | None:
    """Use up a code of either kind; which it was, or None when it does not fit or was used before."""
    if accept_totp(person, code, settings):
        return Kind.AUTHENTICATOR
    return Kind.RECOVERY if _accept_recovery(session, person, code) else None


def accept_totp(person: Person, code: str, settings: Settings) -> bool:
    """Use up an authenticator's code, if it is that of now or of a step beside it."""
    typed = "".join(code.split())
    if person.totp_secret is None or not (typed.isascii() and typed.isdigit()):
        return False
    totp = pyotp.TOTP(keyring.load(settings).decrypt(person.totp_secret, _context(person)))
    now = int(utc_now().timestamp()) // totp.interval
    for step in range(now - STEPS_OFF, now + STEPS_OFF + 1):
        is_new = person.totp_last_step is None or step > person.totp_last_step
        if is_new and secrets.compare_digest(totp.generate_otp(step), typed):
            person.totp_last_step = step
            return True
    return False


def new_recovery_codes(session: Session, person: Person) -> list[str]:
    """Ten new codes in the place of all before them; they can't be had again."""
    forget_recovery_codes(session, person)
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(person_id=person.id, code_hash=_hash(code)) for code in codes)
    session.flush()
    return codes


def forget_recovery_codes(session: Session, person: Person) -> None:
    """The person's recovery codes are no longer good."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))


def recovery_codes_left(session: Session, person: Person) -> int:
    """How many of the recovery codes are unused."""
    return session.scalar(select(func.count()).where(*_unused(person))) or 0


def _accept_recovery(session: Session, person: Person, code: str) -> bool:
    used = (
        update(RecoveryCode)
        .where(*_unused(person), RecoveryCode.code_hash == _hash(code))
        .values(used_at=utc_now())
        .returning(RecoveryCode.code_hash)
    )
    return session.scalar(used) is not None


def _unused(person: Person) -> tuple[ColumnElement[bool], ...]:
    return RecoveryCode.person_id == person.id, RecoveryCode.used_at.is_(None)


def _recovery_code() -> str:
    letters = base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode().lower()
    return "-".join(letters[place : place + _GROUP] for place in range(0, len(letters), _GROUP))


def _hash(code: str) -> bytes:
    """The digest of a code, however it is typed: capitals, spaces and hyphens make no difference."""
    plain = "".join(sign for sign in code.lower() if sign.isalnum())
    return hashlib.sha256(plain.encode(errors="surrogatepass")).digest()


def _context(person: Person) -> str:
    return f"totp:{person.id}"
