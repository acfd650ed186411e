"""Holding releases back: builds go on, are audited, and release nothing until somebody lets them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from foundation.database import Role, engine, utc_now, worker_session
from foundation.settings import Settings

PRESENT: Final = text("SELECT held_at, held_by, why FROM release_holds WHERE resumed_at IS NULL")
LONGEST_WHY: Final = 500
POINTER_LOCK: Final = 20_261_123  # any constant of our own


class ReleaseError(RuntimeError):
    """The release can't be made, held back or read; the message is a sentence for people."""


@dataclass(frozen=True)
class Hold:
    """Since when nothing is released (aware UTC), by whom and why."""

    held_at: datetime
    held_by: str
    why: str

    def __str__(self) -> str:
        return f"releases are held back since {self.held_at:%Y-%m-%d %H:%M} UTC: {self.why}"


def held(settings: Settings | None = None) -> Hold | None:
    """Why nothing is released at present; None when good builds release."""
    with engine(Role.APP, settings).connect() as connection:
        row = connection.execute(PRESENT).one_or_none()
    return Hold(*row) if row is not None else None


def hold(who: str, why: str, settings: Settings | None = None) -> Hold:
    """Have builds release nothing until `resume`. `who` and `why` are shown.

    Raises:
        ReleaseError: releases are held back already, or `why` is empty.
    """
    with worker_session(settings) as session:
        take_pointer(session)
        before = present(session)
        if before is not None:
            raise ReleaseError(str(before))
        return insert(session, who, reason(why))


def resume(who: str, settings: Settings | None = None) -> bool:
    """Let the next good build release again; returns whether releases were held back."""
    statement = (
        "UPDATE release_holds SET resumed_at = :now, resumed_by = :who WHERE resumed_at IS NULL RETURNING id"
    )
    with worker_session(settings) as session:
        take_pointer(session)
        return session.execute(text(statement), {"now": utc_now(), "who": who}).one_or_none() is not None


def take_pointer(session: Session) -> None:
    """Be the only one who moves the pointer or gives up snapshots, until the transaction ends."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": POINTER_LOCK})


def present(session: Session) -> Hold | None:
    """`held`, within a transaction."""
    row = session.execute(PRESENT).one_or_none()
    return Hold(*row) if row is not None else None


def insert(session: Session, who: str, why: str) -> Hold:
    """Hold releases back from now on; whoever calls has the pointer, and knows that they are not yet."""
    found = Hold(utc_now(), who, why)
    session.execute(
        text("INSERT INTO release_holds (held_at, held_by, why) VALUES (:at, :who, :why)"),
        {"at": found.held_at, "who": found.held_by, "why": found.why},
    )
    return found


def reason(words: str) -> str:
    """Why, in one line.

    Raises:
        ReleaseError: nothing was said, or too much.
    """
    line = " ".join(words.split())
    if not line:
        raise ReleaseError("say why: everybody who looks at the numbers is told")
    if len(line) > LONGEST_WHY:
        raise ReleaseError(f"say why in at most {LONGEST_WHY} characters")
    return line
