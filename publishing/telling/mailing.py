"""E-mails of what happened: what comes close together goes to a person in one.

A happening is noted for each who is to read of it by e-mail (`note`, in the transaction that tells it). Its
e-mail waits a moment for others, and no two come within minutes of each other. The lines are marked and the
e-mail is put into the outbox in one transaction, so that killed at any line each is mailed once.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from foundation.settings import Settings
from mail import outbox
from mail.message import Email, Look, Value
from publishing.happenings import Kind
from publishing.telling import facts, words
from publishing.telling.models import Happening, Mailing

ONE, SEVERAL = "happening", "happenings"  # the templates
LIST: Final = "/notifications"
SETTINGS_PAGE: Final = "/notification-settings"
LONGEST_LIST: Final = 20  # of what is told in one e-mail; the rest is counted

# Of two who look at once one is given the person, and the other goes on to the next.
_TAKE: Final = """
SELECT m.organization_id, m.person_id, p.email, o.name, o.colour
FROM allin.memberships m
JOIN allin.people p ON p.id = m.person_id
JOIN allin.organizations o ON o.id = m.organization_id AND o.deleted_at IS NULL
WHERE (m.organization_id, m.person_id) IN (
    SELECT organization_id, person_id FROM allin.mailings
    WHERE mailed_at IS NULL AND created_at <= now() - :gather)
  AND NOT EXISTS (
    SELECT FROM allin.mailings l WHERE l.organization_id = m.organization_id
      AND l.person_id = m.person_id AND l.mailed_at > now() - :apart)
  AND m.person_id <> ALL (:aside)
LIMIT 1 FOR NO KEY UPDATE OF m SKIP LOCKED
"""
# A line of a brand that they no longer see is marked too, and not told.
_MARK: Final = """
WITH marked AS (
  UPDATE allin.mailings SET mailed_at = now()
  WHERE organization_id = :organization_id AND person_id = :person_id AND mailed_at IS NULL
  RETURNING happening_id)
SELECT h.id, h.kind FROM marked JOIN allin.happenings h ON h.id = marked.happening_id
JOIN allin.memberships m ON m.organization_id = h.organization_id AND m.person_id = :person_id
WHERE NOT m.limited OR EXISTS (
  SELECT FROM allin.membership_brands b WHERE b.organization_id = m.organization_id
    AND b.person_id = m.person_id AND b.brand_id = h.brand_id)
ORDER BY h.id
"""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reader:
    """A member whose e-mail is due, in this transaction's hands, and how their organization looks."""

    organization_id: UUID
    person_id: UUID
    email: str
    place: str
    colour: str


def note(session: Session, happening: Happening, people: Collection[UUID]) -> None:
    """Have these members read of a happening by e-mail."""
    about = {"organization_id": happening.organization_id, "happening_id": happening.id}
    lines = [{**about, "person_id": person_id} for person_id in people]
    if lines:
        session.execute(insert(Mailing).values(lines).on_conflict_do_nothing())


def take(session: Session, settings: Settings, aside: Iterable[UUID] = ()) -> Reader | None:
    """Lock a member whose e-mail is due and whom nobody else writes to; none of those `aside`."""
    values = {
        "gather": timedelta(seconds=settings.tell_gather_seconds),
        "apart": timedelta(seconds=settings.tell_apart_seconds),
        "aside": list(aside),
    }
    row = session.execute(text(_TAKE), values).one_or_none()
    return None if row is None else Reader(*row)


def write(session: Session, reader: Reader, settings: Settings) -> None:
    """Put the e-mail of all that waits for a locked member into the outbox, and mark it mailed.

    An address that no e-mail can go to is not written to, and hears of it in the app alone.
    """
    ids = {"organization_id": reader.organization_id, "person_id": reader.person_id}
    waiting = session.execute(text(_MARK), ids).all()
    if not waiting:
        return
    shown = [row.id for row in waiting[:LONGEST_LIST]]
    told = session.scalars(select(Happening).where(Happening.id.in_(shown)).order_by(Happening.id)).all()
    messages = [words.of(facts.of(session, happening, settings)) for happening in told]
    values: dict[str, Value] = {
        "place": reader.place,
        "link_settings": settings.public_url + SETTINGS_PAGE,
        **_said(messages, [Kind(row.kind) for row in waiting], settings),
    }
    template = ONE if len(waiting) == 1 else SEVERAL
    look = Look(reader.place, reader.colour, reader.organization_id)
    try:
        email = Email(reader.email, template, values, look)
    except ValueError:
        log.warning("person %s has no address that an e-mail can go to", reader.person_id)
        return
    outbox.enqueue(session, email, settings)


def _said(messages: Sequence[words.Words], kinds: Sequence[Kind], settings: Settings) -> dict[str, Value]:
    if len(kinds) == 1:
        (one,) = messages
        return {
            "title": one.title,
            "words": one.words,
            "action_words": one.action,
            "link": settings.public_url + one.link,
        }
    told: list[dict[str, Any]] = [
        {"title": one.title, "words": one.words, "link": settings.public_url + one.link} for one in messages
    ]
    left = len(kinds) - len(told)
    return {
        "title": words.counted(Counter(kinds)),
        "told": told,
        "more": f"And {left} more." if left else "",
        "link": settings.public_url + LIST,
    }
