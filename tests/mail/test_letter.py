"""What goes over the wire: seven bits, short lines, known headers, whatever the names are."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.letter import Letter, as_bytes, sender_address
from mail.rendering import Rendered

HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]


def letter(subject: str = "Hello", text: str = "Hi\n", html: str = "<p>Hi</p>") -> Letter:
    return Letter(
        UUID(int=7),
        sender_address("AllIN <allin@example.com>"),
        "reader@example.com",
        Rendered(subject, text, html),
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    )


def parsed(wire: bytes) -> EmailMessage:
    message = message_from_bytes(wire, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_headers_are_the_same_at_every_try() -> None:
    first, second = (parsed(as_bytes(letter())) for _ in range(2))
    assert first.keys() == HEADERS
    for name in ("Date", "Message-ID"):
        assert first[name] == second[name]
    assert first["Message-ID"] == f"<{UUID(int=7)}@example.com>"
    assert first["Date"].datetime == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=200),
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=3000),
)
def test_any_words_arrive_as_they_were(subject: str, text: str) -> None:
    subject = " ".join(subject.split())
    wire = as_bytes(letter(subject, text + "\n", f"<p>{text}</p>\n"))
    assert wire.isascii()
    assert wire.count(b"\n") == wire.count(b"\r\n") == wire.count(b"\r")
    assert max(map(len, wire.split(b"\r\n"))) <= 998
    message = parsed(wire)
    assert message.keys() == HEADERS
    assert message["Subject"] == subject
    assert body(message, "plain") == text + "\n"
    assert body(message, "html") == f"<p>{text}</p>\n"


@pytest.mark.parametrize("subject", ["a\r\nBcc: eve@example.com", "a\nb", "a\rb"])
def test_a_header_is_never_broken_open(subject: str) -> None:
    with pytest.raises(ValueError, match=r"linefeed|newline"):
        as_bytes(letter(subject))


@pytest.mark.parametrize("mail_from", ["AllIN", "", "AllIN <allin@exämple.com>", "a@b\nBcc: c@d", "a@b, c@d"])
def test_a_sender_that_is_none_is_refused(mail_from: str) -> None:
    with pytest.raises(ValueError, match="ALLIN_MAIL_FROM"):
        sender_address(mail_from)


def test_the_letter_keeps_its_words_out_of_its_repr() -> None:
    assert "s3cret" not in repr(letter("s3cret", "s3cret", "s3cret"))
