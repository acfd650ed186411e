"""The teller: turns a happening into notifications, e-mails and deliveries, all in one transaction.

Either all of them are there and the happening is told, or none is: killed at any line it is told once, by
whoever takes it next. Two tellers never take the same one.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Final
from uuid import uuid4

from sqlalchemy import Row, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from foundation.database import worker_session
from foundation.postgres import PostgresError
from foundation.settings import Settings
from mail import outbox
from mail.message import Email, Look
from publishing.happenings import CHANNEL
from publishing.telling import audience, facts, payload, words
from publishing.telling.audience import Recipient
from publishing.telling.listening import keep_doing
from publishing.telling.models import DeliveryState, Happening, Notification, Webhook, WebhookDelivery
from publishing.telling.words import Words

DELIVERIES_CHANNEL: Final = "allin_webhook_deliveries"
SETTINGS_PAGE: Final = "/notification-settings"
TEMPLATE: Final = "happening"
ASIDE_S: Final = 60.0  # how long a happening that can't be told is left aside, for the others to be told

_ORGANIZATION: Final = "SELECT name, colour FROM allin.organizations WHERE id = :id AND deleted_at IS NULL"

log = logging.getLogger(__name__)


class Teller:
    """Tells one happening after the other, oldest first. Any number of them may run."""

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        self._settings, self._stop = settings, stop
        self._aside: dict[int, float] = {}  # happening -> when to try it again, on the monotonic clock

    def run(self) -> None:
        """Tell until told to stop; a database that is away is waited for."""
        keep_doing(self.tell_next, CHANNEL, self._settings, self._stop)

    def tell_next(self) -> bool:
        """Tell the oldest happening that nobody else is telling; False when there is none."""
        now = time.monotonic()
        self._aside = {found: until for found, until in self._aside.items() if until > now}
        happening_id: int | None = None
        try:
            with worker_session(self._settings) as session:
                happening = _take(session, list(self._aside))
                if happening is None:
                    return False
                happening_id = happening.id
                tell(session, happening, self._settings)
        except (OperationalError, InterfaceError, PostgresError):
            raise  # the database is away
        except Exception as error:
            if happening_id is None:
                raise
            # One odd happening must not hold up the others.
            log.error("happening %s can't be told (%s)", happening_id, type(error).__name__)
            self._aside[happening_id] = now + ASIDE_S
        return True


def tell(session: Session, happening: Happening, settings: Settings) -> None:
    """Write all that is to be told of a locked happening, and mark it told."""
    organization = session.execute(text(_ORGANIZATION), {"id": happening.organization_id}).one_or_none()
    if organization is not None:
        known = facts.of(session, happening, settings)
        message = words.of(known)
        recipients = audience.of(session, happening)
        _notify(session, happening, message, [one for one in recipients if one.wish.in_app])
        for one in recipients:
            if one.wish.by_email:
                _write(session, happening, message, one, organization, settings)
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


def _write(
    session: Session,
    happening: Happening,
    message: Words,
    to: Recipient,
    organization: Row[tuple[str, str]],
    settings: Settings,
) -> None:
    """Queue the e-mail; an address that can't be written to keeps nobody else from hearing of it."""
    name, colour = organization
    values = {
        "title": message.title,
        "words": message.words,
        "action_words": message.action,
        "place": name,
        "link": settings.public_url + message.link,
        "link_settings": settings.public_url + SETTINGS_PAGE,
    }
    try:
        email = Email(to.email, TEMPLATE, values, Look(name, colour, happening.organization_id))
    except ValueError:
        log.warning("person %s has no address that an e-mail can go to", to.person_id)
        return
    outbox.enqueue(session, email, settings)


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
