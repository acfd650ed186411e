"""The mail service that the settings name."""

from __future__ import annotations

import re
from typing import Protocol
from urllib.parse import unquote, urlsplit

from foundation.settings import Settings
from mail.letter import Letter
from mail.mailgun import MailgunAccount, MailgunTransport
from mail.outcomes import HandOver
from mail.smtp import SmtpServer, SmtpTransport

_DOMAIN = re.compile(r"[A-Za-z0-9.-]+")
PORTS = {"smtp": 587, "smtps": 465}
UNSET = "no mail service is set: ALLIN_SMTP_URL, or ALLIN_MAILGUN_DOMAIN and ALLIN_MAILGUN_API_KEY"


class MailSettingsError(ValueError):
    """The settings name no mail service that could work; says which setting, never its value."""


class Transport(Protocol):
    """A way to send; `can_look`: it can say afterwards what it has. Its text names it, without secrets."""

    can_look: bool

    def send(self, letter: Letter, hand_over: HandOver) -> None:
        """Send once, with `hand_over` called right before the step after which it may be delivered."""

    def find(self, letter: Letter) -> bool | None:
        """Whether the service has the e-mail; None where it can't tell."""


def transport(settings: Settings) -> Transport:
    """The one way to send of this installation: Mailgun if it is set, else SMTP.

    Raises:
        MailSettingsError: none is set, or not rightly.
    """
    if settings.mailgun_domain or settings.mailgun_api_key.get_secret_value():
        return MailgunTransport(_mailgun(settings))
    url = settings.smtp_url.get_secret_value()
    if not url:
        raise MailSettingsError(UNSET)
    return SmtpTransport(_smtp(url))


def _mailgun(settings: Settings) -> MailgunAccount:
    domain, key = settings.mailgun_domain, settings.mailgun_api_key.get_secret_value()
    if not domain or not key:
        missing = "ALLIN_MAILGUN_API_KEY" if domain else "ALLIN_MAILGUN_DOMAIN"
        raise MailSettingsError(f"{missing} is missing: Mailgun needs a domain and a key")
    if not _DOMAIN.fullmatch(domain):
        raise MailSettingsError("ALLIN_MAILGUN_DOMAIN must be a domain, such as mg.example.com")
    url = urlsplit(settings.mailgun_api_url)
    here = url.hostname in ("127.0.0.1", "localhost", "::1")
    if not url.hostname or (url.scheme != "https" and not here):
        raise MailSettingsError("ALLIN_MAILGUN_API_URL must be an https address: the key is sent to it")
    return MailgunAccount(settings.mailgun_api_url, domain, key)


def _smtp(url: str) -> SmtpServer:
    wrong = MailSettingsError("ALLIN_SMTP_URL must be smtp://user:password@host:587 or smtps://…:465")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/"):
        raise wrong
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (user + password).isascii():
        raise MailSettingsError("the user and password in ALLIN_SMTP_URL must be ASCII")
    return SmtpServer(parts.hostname, port or PORTS[parts.scheme], parts.scheme == "smtps", user, password)
