"""The mail that has come in, kept in the store: one entry for each recipient."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from sandbox.store import Store


@dataclass(frozen=True, slots=True)
class Letter:
    """A received message; `sender` and `to` are the envelope's. `received_at` is aware UTC."""

    id: int
    to: str
    sender: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    received_at: datetime

    def as_json(self) -> dict[str, Any]:
        """What the control interface says of it."""
        return {
            "id": self.id,
            "to": self.to,
            "from": self.headers.get("from", self.sender),
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
            "headers": self.headers,
            "received_at": self.received_at.isoformat(timespec="microseconds"),
        }


def deliver(store: Store, sender: str, recipients: list[str], raw: bytes, at: datetime) -> None:
    """Keep a message as it came over the wire, committed on return."""
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)  # noqa: S101 - what this policy makes
    parts = {kind: message.get_body((kind,)) for kind in ("plain", "html")}
    text, html = (str(part.get_content()).replace("\r\n", "\n") if part else "" for part in parts.values())
    headers = {name.lower(): str(value) for name, value in message.items()}
    with store.transaction():
        for recipient in recipients:
            keep(store, recipient, sender, {"text": text, "html": html}, headers, at)


def keep(
    store: Store, to: str, sender: str, bodies: dict[str, str], headers: dict[str, str], at: datetime
) -> None:
    """Keep a message in its parts; names of headers are lower case."""
    store.run(
        "INSERT INTO mail (recipient, sender, subject, text, html, headers, received_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        *map(_storable, (to.lower(), sender, headers.get("subject", ""), bodies["text"], bodies["html"])),
        *(json.dumps(headers), at.astimezone(UTC).isoformat(timespec="microseconds")),
    )


def received(store: Store, to: str | None = None) -> list[Letter]:
    """All mail, newest first, or one address's."""
    found = store.rows(
        "SELECT * FROM mail WHERE ?1 IS NULL OR recipient = ?1 ORDER BY id DESC", to and to.lower()
    )
    return [_letter(row) for row in found]


def letter(store: Store, letter_id: int) -> Letter | None:
    """One message."""
    row = store.row("SELECT * FROM mail WHERE id = ?", letter_id)
    return None if row is None else _letter(row)


def clear(store: Store) -> int:
    """Empty the mailbox; how many messages it held."""
    return store.run("DELETE FROM mail")


def _storable(text: str) -> str:
    """The text without what was no UTF-8 on the wire."""
    return text.encode("utf-8", "replace").decode()


def _letter(row: sqlite3.Row) -> Letter:
    return Letter(
        id=row["id"],
        to=row["recipient"],
        sender=row["sender"],
        subject=row["subject"],
        text=row["text"],
        html=row["html"],
        headers=json.loads(row["headers"]),
        received_at=datetime.fromisoformat(row["received_at"]),
    )
