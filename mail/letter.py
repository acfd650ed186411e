"""What goes over the wire: one message with its headers, the same however often it is tried."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses
from uuid import UUID

from mail.rendering import Rendered

# Seven bits and short lines: every server takes it as it is.
_POLICY = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True)
class Letter:
    """An e-mail to be sent now. `written_at` (aware UTC) and `id` make its Date and Message-ID."""

    id: UUID
    sender: Address
    to: str
    content: Rendered = field(repr=False)
    written_at: datetime

    @property
    def message_id(self) -> str:
        """Its Message-ID, in angle brackets."""
        return f"<{self.id}@{self.sender.domain}>"


def sender_address(mail_from: str) -> Address:
    """The sender of every e-mail, from "Name <address>".

    Raises:
        ValueError: it is no address.
    """
    wrong = ValueError("ALLIN_MAIL_FROM is no sender: write AllIN <allin@example.com>")
    found = getaddresses([mail_from])
    if len(found) != 1 or not mail_from.isprintable():
        raise wrong
    name, address = found[0]
    try:
        sender = Address(name, addr_spec=address)
    except (ValueError, MessageError):
        raise wrong from None
    if not address.isascii() or not sender.domain:
        raise wrong
    return sender


def as_bytes(letter: Letter) -> bytes:
    """The message as RFC 5322 has it: ASCII, lines that end in CRLF."""
    message = EmailMessage(_POLICY)
    message["From"] = letter.sender
    message["To"] = letter.to
    message["Subject"] = letter.content.subject
    message["Date"] = format_datetime(letter.written_at)
    message["Message-ID"] = letter.message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
    message.set_content(letter.content.text)
    message.add_alternative(letter.content.html, subtype="html")
    return message.as_bytes()
