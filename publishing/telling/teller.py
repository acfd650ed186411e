"""The teller: turns a happening into notifications, lines of e-mails and deliveries, in one transaction.

Either all of them are there and the happening is told, or none is: killed at any line it is told once, by
whoever takes it next. Two tellers never take the same one. What is due by e-mail is written in between.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from foundation.database import worker_session
from foundation.postgres import PostgresError
from foundation.settings import Settings
from publishing.happenings import CHANNEL
from publishing.telling import audience, facts, mailing, payload, words
from publishing.telling.audience import Recipient
from publishing.telling.listening import keep_doing
from publishing.telling.models import DeliveryState, Happening, Notification, Webhook, WebhookDelivery
from publishing.telling.words import Words

DELIVERIES_CHANNEL: Final = "allin_webhook_deliveries"
ASIDE_S: Final = 60.0  # how long what can't be told is left aside, for the rest to be told

_LIVES: Final = "SELECT EXISTS (SELECT FROM allin.organizations WHERE id = :id AND deleted_at IS NULL)"

log = logging.getLogger(__name__)


class Teller:
    """Tells one happening after the other, oldest first. Any number of them may run."""

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        self._settings, self._stop = settings, stop
        # Happening or person -> when to try it again, on the monotonic clock.
        self._aside: dict[int | UUID, float] = {}

    def run(self) -> None:
        """Tell until told to stop; a database that is away is waited for."""
        keep_doing(self.do_next, CHANNEL, self._settings, self._stop)

    def do_next(self) -> bool:
        """Tell a happening or write an e-mail; False when there is neither."""
        return self.tell_next() or self.mail_next()

    def tell_next(self) -> bool:
        """Tell the oldest happening that nobody else is telling; False when there is none."""
        return self._try(self._tell)

    def mail_next(self) -> bool:
        """Write the e-mail of a person for whom one is due; False when there is none."""
        return self._try(self._mail)

    def _tell(self, session: Session, begun: Callable[[int | UUID], None]) -> bool:
        happening = _take(session, [one for one in self._aside if isinstance(one, int)])
        if happening is None:
            return False
        begun(happening.id)
        tell(session, happening, self._settings)
        return True

    def _mail(self, session: Session, begun: Callable[[int | UUID], None]) -> bool:
        aside = [one for one in self._aside if isinstance(one, UUID)]
        reader = mailing.take(session, self._settings, aside)
        if reader is None:
            return False
        begun(reader.person_id)
        mailing.write(session, reader, self._settings)
        return True

    def _try(self, do: Callable[[Session, Callable[[int | UUID], None]], bool]) -> bool:
        """Do it in a transaction. One odd happening or person must not hold up the others."""
        now = time.monotonic()
        self._aside = {found: until for found, until in self._aside.items() if until > now}
        begun: list[int | UUID] = []
        try:
            with worker_session(self._settings) as session:
                return do(session, begun.append)
        except (OperationalError, InterfaceError, PostgresError):
            raise  # the database is away
        except Exception as error:
            if not begun:
                raise
            log.error("%s can't be told (%s)", begun[0], type(error).__name__)
            self._aside[begun[0]] = now + ASIDE_S
            return True


def tell(session: Session, happening: Happening, settings: Settings) -> None:
    """Write all that is to be told of a locked happening, and mark it told."""
    if session.scalar(text(_LIVES), {"id": happening.organization_id}):
        known = facts.of(session, happening, settings)
        recipients = audience.of(session, happening)
        _notify(session, happening, words.of(known), [one for one in recipients if one.wish.in_app])
        mailing.note(session, happening, [one.person_id for one in recipients if one.wish.by_email])
        _deliver(session, happening, payload.of(known, settings))
    session.execute(update(Happening).where(Happening.id == happening.id).values(told_at=text("now()")))


def _take(session: Session, aside: list[int]) -> Happening | None:
    query = select(Happening).where(Happening.told_at.is_(None), Happening.id.not_in(aside))
    return session.scalar(query.order_by(Happening.id).limit(1).with_for_update(skip_locked=True))


def _notify(session: Session, happening: Happening, message: Words, recipients: list[Recipient]) -> None:
    rows = [
        {
            "organization_id": happening.organization_id,
            "person_id": one.person_id,
            "happening_id": happening.id,
            "kind": happening.kind,
            "title": message.title,
            "words": message.words,
            "link": message.link,
        }
        for one in recipients
    ]
    if rows:
        session.execute(insert(Notification).values(rows).on_conflict_do_nothing())


def _deliver(session: Session, happening: Happening, body: str) -> None:
    wanted = select(Webhook.id).where(
        Webhook.organization_id == happening.organization_id,
        Webhook.enabled,
        Webhook.kinds.contains([happening.kind]),
    )
    rows = [
        {
            "id": uuid4(),
            "organization_id": happening.organization_id,
            "webhook_id": webhook_id,
            "happening_id": happening.id,
            "body": body,
            "state": DeliveryState.WAITING.value,
        }
        # Locked, so that none is deleted or disabled before its delivery is there to be seen.
        for webhook_id in session.scalars(wanted.order_by(Webhook.id).with_for_update(read=True))
    ]
    if rows:
        session.execute(insert(WebhookDelivery).values(rows).on_conflict_do_nothing())
        session.execute(text(f"NOTIFY {DELIVERIES_CHANNEL}"))
