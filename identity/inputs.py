"""What people type: brought into one form, or refused with a word on how to write it."""

from __future__ import annotations

import unicodedata
from typing import Final

from email_validator import validate_email

from identity.common_passwords import COMMON_PASSWORDS
from identity.errors import InvalidError

LONGEST_ADDRESS: Final = 254  # characters, RFC 5321 section 4.5.3.1.3
LONGEST_NAME: Final = 100
SHORTEST_PASSWORD: Final = 10
LONGEST_PASSWORD: Final = 256
PASSWORD_RULE: Final = f"At least {SHORTEST_PASSWORD} characters. Several words are easiest to remember."

_BAD_ADDRESS: Final = "Write the whole e-mail address, such as owner@example.com."
_LONGEST_TYPED_NAME: Final = 1000  # characters, before accents and letters are put together

# Controls, formats (among them those that turn the reading direction), halves of characters, private
# use, line and paragraph separators. The joiners belong to the spelling of several languages.
_UNFIT: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_JOINERS: Final = "\u200c\u200d"

_FEWEST_CHARACTERS: Final = 4  # different ones


def address(value: str) -> str:
    """The e-mail address as it is stored and compared: in lower case, ASCII, the domain in its IDNA form.

    So one that merely looks like another on a screen is told apart: its domain begins with ``xn--``.

    Raises:
        InvalidError: it is none, or its part before the @ is not ASCII (field `email`).
    """
    typed = value.strip()
    if len(typed) > LONGEST_ADDRESS:
        raise InvalidError(f"Use an address of at most {LONGEST_ADDRESS} characters.", field="email")
    try:
        found = validate_email(
            typed, strict=True, allow_smtputf8=False, check_deliverability=False
        ).ascii_email
    except ValueError:
        raise InvalidError(_BAD_ADDRESS, field="email") from None
    if found is None or len(found) > LONGEST_ADDRESS:
        raise InvalidError(_BAD_ADDRESS, field="email")
    return found.lower()


def asked_address(value: str) -> str:
    """The address someone claims to have, in the stored form; what can be nobody's is empty.

    Here nothing is refused: who asks with nonsense gets the answer that a stranger gets.
    """
    try:
        return address(value)
    except InvalidError:
        typed = value.strip().lower()
        # An operator may have given an address of their own network that `address` would not take.
        return typed if len(typed) <= LONGEST_ADDRESS and typed.isascii() and typed.isprintable() else ""


def name(value: str, field: str) -> str:
    """A name of a person or a thing: one line of 1 to 100 characters, composed (NFC), spaces put in order.

    Raises:
        InvalidError: it is empty, too long, or has characters that can't be seen.
    """
    if len(value) > _LONGEST_TYPED_NAME:
        raise InvalidError(f"Use at most {LONGEST_NAME} characters.", field=field)
    typed = unicodedata.normalize("NFC", value.strip())
    if any(unicodedata.category(sign) in _UNFIT and sign not in _JOINERS for sign in typed):
        raise InvalidError("Leave out characters that can't be seen, such as line breaks.", field=field)
    found = " ".join(typed.split())
    if not found.strip(f"{_JOINERS} "):
        raise InvalidError("Write a name.", field=field)
    if len(found) > LONGEST_NAME:
        raise InvalidError(f"Use at most {LONGEST_NAME} characters.", field=field)
    return found


def password(value: str, email: str) -> str:
    """A password that may be chosen, as it was typed: 10 to 256 characters that are not easily guessed.

    `email` is the person's address.

    Raises:
        InvalidError: it is too short, too long, their address, or among the commonest (field `password`).
    """
    if len(value) < SHORTEST_PASSWORD:
        raise InvalidError(f"Use at least {SHORTEST_PASSWORD} characters.", field="password")
    if len(value) > LONGEST_PASSWORD:
        raise InvalidError(f"Use at most {LONGEST_PASSWORD} characters.", field="password")
    if any(sign == "\0" or unicodedata.category(sign) == "Cs" for sign in value):
        raise InvalidError("The password has characters that can't be used.", field="password")
    plain = value.strip().casefold()
    if plain in (email, email.partition("@")[0]):
        raise InvalidError("Choose a password that is not your address.", field="password")
    if plain in COMMON_PASSWORDS or len(set(plain)) < _FEWEST_CHARACTERS:
        raise InvalidError("Many would guess this password first. Choose another.", field="password")
    return value
