"""E-mails to people about their own account, and how many of them may be asked for.

Anybody can ask for some of them, with anybody's address, so there are limits: by address silently, for
nobody should learn whether it has an account; by the asker's own network openly.
"""

from __future__ import annotations

from typing import Final

from foundation.settings import Settings
from identity import limits
from identity.errors import TooManyTriesError
from identity.limits import Limit
from identity.principal import Origin
from identity.work import Door
from mail import outbox
from mail.message import Email

PER_ADDRESS: Final = Limit("letters_to", 3, 3600)
PER_ASKER: Final = Limit("letters_from", 20, 3600)


def may_ask(origin: Origin, email: str, about: str, settings: Settings) -> bool:
    """Count one e-mail that is asked for; whether the address may get it.

    To be called before the transaction it belongs to. Each reason to write (`about`) is counted for itself:
    whoever asks for an account with an address must not keep its owner from a new password.

    Raises:
        TooManyTriesError: too many were asked for from the caller's network.
    """
    limits.count(PER_ASKER, limits.network_of(origin.ip), settings)
    try:
        limits.count(PER_ADDRESS, f"{about} {email}", settings)
    except TooManyTriesError:
        return False
    return True


def send(door: Door, to: str, template: str, **values: str) -> None:
    """Have the e-mail sent when the transaction commits."""
    outbox.enqueue(door.session, Email(to=to, template=template, values=values), door.settings)


def send_already_registered(door: Door, to: str) -> None:
    """Tell the owner of an address that somebody tried to use it for an account."""
    sign_in, reset = link(door.settings, "sign-in"), link(door.settings, "forgot")
    send(door, to, "already_registered", link_sign_in=sign_in, link_reset=reset)


def link(settings: Settings, page: str, token: str | None = None) -> str:
    """The address of one of our pages, with a token if it takes one."""
    query = f"?token={token}" if token is not None else ""
    return f"{settings.public_url}/{page}{query}"
