"""Letters to clients: what one address is to look at goes there in one, with a link for each post.

Who asks a client only notes it (`asking.ask`); the letter waits a moment for others. The notes are taken and
the letter is put into the outbox in one transaction, so that killed at any line each is written once.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from foundation.database import worker_session
from foundation.settings import Settings
from identity.models import Organization
from mail import outbox
from mail.message import Email, Look, Value
from publishing.approvals import links
from publishing.approvals.models import ApprovalRound

ONE, SEVERAL = "approve_post", "approve_posts"  # the templates
MOST: Final = 20  # posts in one letter; the next one has the others
EXCERPT: Final = 60  # characters of a post, enough to know it again
# Posts that come again are made for months ahead: who decides is asked when it is about to matter.
NEAR: Final = timedelta(days=7)
_WRITER: Final = 0x616C6C6574  # the lock of who writes: of two, one waits and finds nothing left

_WANTED: Final = """
FROM allin.approval_rounds r
JOIN allin.posts p ON p.id = r.post_id AND p.deleted_at IS NULL AND p.version = r.version
JOIN allin.brands b ON b.id = p.brand_id
JOIN allin.organizations o ON o.id = r.organization_id AND o.deleted_at IS NULL
CROSS JOIN LATERAL (
  SELECT min(u.due_at) AS at, count(*) AS waiting
  FROM allin.publications u WHERE u.post_id = p.id AND u.state = 'in_review') due
WHERE r.state = 'open' AND r.letter_at IS NOT NULL AND due.waiting > 0
  AND r.steps -> r.step ->> 'client_email' IS NOT NULL
  AND (p.recurrence_id IS NULL OR due.at <= now() + :near)
"""
_NEXT: Final = f"""
SELECT r.organization_id, r.steps -> r.step ->> 'client_email' AS email {_WANTED}
  AND r.letter_at <= now() - :gather
ORDER BY r.letter_at LIMIT 1
"""
_LINES: Final = f"""
SELECT r.id, r.letter_reminds, b.name AS brand, b.timezone, coalesce(nullif(p.text, ''), p.title) AS words,
  due.at AS due_at {_WANTED}
  AND r.organization_id = :organization_id AND r.steps -> r.step ->> 'client_email' = :email
  AND (CAST(:only AS uuid) IS NULL OR r.id = :only)
ORDER BY due.at NULLS LAST, r.submitted_at, r.id
LIMIT :most FOR UPDATE OF r SKIP LOCKED
"""

log = logging.getLogger(__name__)


def write_all(settings: Settings, gather: timedelta | None = None) -> int:
    """Write the letters that have waited long enough for others (`gather`); how many it wrote.

    May be called by any number of processes at any time.
    """
    values = {"gather": gather if gather is not None else timedelta(seconds=settings.tell_gather_seconds)}
    for written in range(MOST * MOST):
        with worker_session(settings) as session:
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER})
            place = session.execute(text(_NEXT), {**values, "near": NEAR}).one_or_none()
            if place is None or not _write(session, place.organization_id, place.email, settings):
                return written
    return MOST * MOST


def write_now(session: Session, round_: ApprovalRound, email: str, settings: Settings) -> None:
    """Write the letter about one round that is asked of this client, without waiting for others."""
    session.flush()
    _write(session, round_.organization_id, email, settings, only=round_)


def _write(
    session: Session,
    organization_id: UUID,
    email: str,
    settings: Settings,
    only: ApprovalRound | None = None,
) -> bool:
    """One letter of what is wanted for an address; whether there was anything."""
    values: dict[str, Any] = {"organization_id": organization_id, "email": email, "near": NEAR, "most": MOST}
    if only is not None:
        values["near"] = timedelta(days=36500)  # somebody asks for it now
    lines = session.execute(text(_LINES), {**values, "only": only.id if only else None}).all()
    if not lines:
        return False
    organization = session.get_one(Organization, organization_id)
    rounds = {line.id: session.get_one(ApprovalRound, line.id, populate_existing=True) for line in lines}
    for round_ in rounds.values():
        round_.letter_at = None
    look = Look(organization.name, organization.colour, organization.id)
    try:
        links_of = {line.id: links.new(session, rounds[line.id], email, settings) for line in lines}
        told = _one(lines[0], links_of) if len(lines) == 1 else _several(lines, links_of)
        told |= {"organization": organization.name, "expires": f"{links.expiry():%-d %B %Y}"}
        letter = Email(email, ONE if len(lines) == 1 else SEVERAL, told, look)
    except ValueError:
        log.warning("organization %s asks a client at no address that an e-mail can go to", organization_id)
        return True
    outbox.enqueue(session, letter, settings)
    return True


def _one(line: Row[Any], links_of: dict[UUID, str]) -> dict[str, Value]:
    return {
        "brand": line.brand,
        "link": links_of[line.id],
        "reminder": "yes" if line.letter_reminds else "",
    }


def _several(lines: Sequence[Row[Any]], links_of: dict[UUID, str]) -> dict[str, Value]:
    brands = sorted({line.brand for line in lines})
    whom = " and ".join(brands) if len(brands) <= 2 else f"{len(brands)} brands"
    told = [
        {
            "title": _excerpt(line.words) + (f", {line.brand}" if len(brands) > 1 else ""),
            "words": _when(line),
            "link": links_of[line.id],
        }
        for line in lines
    ]
    return {
        "title": f"{len(lines)} posts for {whom}",
        "told": told,
        "reminder": "yes" if all(line.letter_reminds for line in lines) else "",
    }


def _excerpt(words: str) -> str:
    line = " ".join(words.split())
    if not line:
        return "A post without words"
    return f"“{line}”" if len(line) <= EXCERPT else f"“{line[: EXCERPT - 1].rstrip()}…”"


def _when(line: Row[Any]) -> str:
    if line.due_at is None:
        return "It has no time yet."
    at = line.due_at.astimezone(ZoneInfo(line.timezone))
    return f"Due {at:%-d %B %Y, %H:%M} ({line.timezone})"
