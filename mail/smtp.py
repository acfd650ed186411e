"""Sending by SMTP (RFC 5321), with the mark set right before the final dot.

Up to that dot the server has accepted nothing: a connection that ends without it is a message that never
was. So the body goes out first, the mark "handed over" is committed, and only then the dot is sent.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address

from mail.letter import Letter, as_bytes
from mail.outcomes import HandOver, NotAccepted, Refused, Unanswered, reason

TIMEOUT_S = 30.0
# RFC 5321 4.5.3.2.6 asks for patience here: who leaves too early never learns that it was accepted.
ANSWER_S = 300.0

NEEDS_SIGN_IN = 530  # RFC 4954: a trouble of ours, not of the e-mail


@dataclass(frozen=True)
class SmtpServer:
    """Where to send to; `tls` from the first byte on (smtps), or by STARTTLS where that is offered."""

    host: str
    port: int
    tls: bool = False
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


class SmtpTransport:
    """Sends each e-mail over a connection of its own. Thread-safe."""

    can_look = False

    def __init__(
        self, server: SmtpServer, *, timeout_s: float = TIMEOUT_S, answer_s: float = ANSWER_S
    ) -> None:
        self._server, self._timeout_s, self._answer_s = server, timeout_s, answer_s

    def __str__(self) -> str:
        return f"SMTP {self._server}"

    def send(self, letter: Letter, hand_over: HandOver) -> None:
        """Send; returns when the server has said that it takes responsibility.

        Raises:
            NotAccepted, Refused, Unanswered: as they say. Also whatever `hand_over` raises; then nothing
                was accepted.
        """
        data = re.sub(rb"(?m)^\.", b"..", as_bytes(letter))
        smtp = self._connected(letter.sender.domain)
        try:
            self._body(smtp, letter, data)
            hand_over()
            self._final_dot(smtp)
            with suppress(OSError, smtplib.SMTPException):
                smtp.docmd("QUIT")
        finally:
            smtp.close()  # without QUIT, which amid a message would be part of it

    def find(self, letter: Letter) -> None:
        """SMTP can't be asked what became of a message."""

    def _connected(self, own_name: str) -> smtplib.SMTP:
        """A connection, greeted, encrypted and signed in to as far as the server is set up for it."""
        with self._nothing_accepted():
            smtp = self._greeted(own_name)
        try:
            with self._nothing_accepted():
                self._sign_in(smtp)
        except NotAccepted:
            smtp.close()
            raise
        return smtp

    def _greeted(self, own_name: str) -> smtplib.SMTP:
        host, port = self._server.host, self._server.port
        if self._server.tls:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, port, own_name, timeout=self._timeout_s, context=context)
        return smtplib.SMTP(host, port, own_name, timeout=self._timeout_s)

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo_or_helo_if_needed()
        encrypted = self._server.tls
        if not encrypted and smtp.has_extn("starttls"):
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()
            encrypted = True
        if not self._server.user:
            return
        if not encrypted and not self._server.is_here:
            raise NotAccepted(
                f"the mail server {self._server} offers no encryption, so it was not given the password"
            )
        smtp.login(self._server.user, self._server.password)

    def _body(self, smtp: smtplib.SMTP, letter: Letter, data: bytes) -> None:
        """All of the message but the final dot."""
        with self._nothing_accepted():
            self._require(smtp.mail(letter.sender.addr_spec))
            self._require(smtp.rcpt(letter.to))
            self._require(smtp.docmd("DATA"), 354)
            smtp.send(data)

    def _final_dot(self, smtp: smtplib.SMTP) -> None:
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(self._answer_s)
            smtp.send(b".\r\n")
            code, words = smtp.getreply()
        except (OSError, smtplib.SMTPException):
            raise Unanswered(
                f"the mail server {self._server} was given the e-mail and did not say whether it accepted it"
            ) from None
        if code // 100 not in (2, 4, 5):
            raise Unanswered(f"the mail server {self._server} answered {code}, which says nothing")
        self._require((code, words))

    def _require(self, reply: tuple[int, bytes], wanted: int | None = None) -> None:
        """Go on after the wanted answer, or after any success."""
        code, words = reply
        if code == wanted or (wanted is None and 200 <= code < 300):
            return
        said = f"the mail server {self._server} said {code} {self._words(words)}".strip()
        if 500 <= code < 600 and code != NEEDS_SIGN_IN:
            raise Refused(said)
        raise NotAccepted(said)

    @contextmanager
    def _nothing_accepted(self) -> Iterator[None]:
        """Up to the final dot, whatever goes wrong means that the server has accepted nothing."""
        try:
            yield
        except (OSError, smtplib.SMTPException) as error:
            raise NotAccepted(f"the mail server {self._server} {self._trouble(error)}") from None

    def _trouble(self, error: OSError | smtplib.SMTPException) -> str:
        if isinstance(error, smtplib.SMTPResponseException):
            words = error.smtp_error
            said = f"{error.smtp_code} {self._words(words if isinstance(words, bytes) else str(words))}"
            refused_us = isinstance(error, smtplib.SMTPAuthenticationError)
            return f"refused the sign-in: {said}" if refused_us else f"said {said}"
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"has a certificate that is not trusted ({error.verify_message})"
        if isinstance(error, smtplib.SMTPNotSupportedError):
            return "knows no sign-in by password"
        return f"did not answer ({type(error).__name__})"

    def _words(self, words: str | bytes) -> str:
        return reason(words, self._server.password, self._server.user)
