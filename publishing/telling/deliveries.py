"""The log of deliveries, and sending one of them again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select, text, tuple_

from foundation.database import utc_now
from identity.audit import Action, Target, record
from identity.errors import ConflictError, NotFoundError
from identity.paging import DEFAULT_LIMIT, Page, after, moment, one_more, page
from identity.permissions import Permission, require
from identity.work import Work
from publishing.happenings import Kind
from publishing.telling.models import DeliveryState, Happening, Webhook, WebhookDelivery
from publishing.telling.teller import DELIVERIES_CHANNEL


@dataclass(frozen=True)
class Delivery:
    """A delivery as its owner sees it: `body` is what is sent, `status` and `answer` what came last.

    `next_at` is when it is tried again by itself, None: it is not. Times are aware UTC.
    """

    id: UUID
    webhook_id: UUID
    kind: Kind
    post_id: UUID | None
    state: DeliveryState
    attempts: int
    status: int | None
    answer: str
    body: str
    created_at: datetime
    delivered_at: datetime | None
    next_at: datetime | None


def listed(
    work: Work, webhook_id: UUID | None = None, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[Delivery]:
    """What was sent to a webhook (None: to all), newest first; kept for as long as the settings say.

    Raises:
        ForbiddenError: the caller may not see it.
        InvalidError: the limit or the cursor can't be used.
    """
    require(work.principal, Permission.WEBHOOKS_MANAGE)
    query = _deliveries().order_by(WebhookDelivery.created_at.desc(), WebhookDelivery.id.desc())
    if webhook_id is not None:
        query = query.where(WebhookDelivery.webhook_id == webhook_id)
    if place := after(cursor, moment, UUID):
        query = query.where(tuple_(WebhookDelivery.created_at, WebhookDelivery.id) < place)
    rows = work.session.execute(query.limit(one_more(limit))).all()
    return page(rows, limit, _delivery, lambda row: [row[0].created_at, row[0].id])


def get(work: Work, delivery_id: UUID) -> Delivery:
    """One delivery.

    Raises:
        ForbiddenError: the caller may not see it.
        NotFoundError: there is none.
    """
    require(work.principal, Permission.WEBHOOKS_MANAGE)
    row = work.session.execute(_deliveries().where(WebhookDelivery.id == delivery_id)).one_or_none()
    if row is None:
        raise NotFoundError("There is no such delivery.")
    return _delivery(row)


def replay(work: Work, delivery_id: UUID) -> None:
    """Send a delivery again, now: the same message with the same id, signed anew.

    The tries go on counting: one that was given up is tried once.

    Raises:
        ForbiddenError: the caller may not.
        NotFoundError: there is none.
        ConflictError: it is being sent at this moment, or the webhook is disabled.
    """
    require(work.principal, Permission.WEBHOOKS_MANAGE)
    query = select(WebhookDelivery).where(WebhookDelivery.id == delivery_id).with_for_update()
    row = work.session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise NotFoundError("There is no such delivery.")
    if row.state == DeliveryState.SENDING and row.not_before > utc_now():
        raise ConflictError("It is being sent at this moment.")
    webhook = work.session.get_one(Webhook, row.webhook_id, with_for_update={"read": True})
    if not webhook.enabled:
        raise ConflictError("The webhook is disabled. Enable it first.")
    row.state, row.not_before = DeliveryState.WAITING.value, utc_now()
    work.session.flush()
    work.session.execute(text(f"NOTIFY {DELIVERIES_CHANNEL}"))
    record(work, Action.UPDATED, Target("webhook_delivery", row.id, "sent again"))


def _deliveries() -> Select[Any]:
    return select(WebhookDelivery, Happening.kind, Happening.post_id).join(
        Happening, Happening.id == WebhookDelivery.happening_id
    )


def _delivery(row: Row[Any]) -> Delivery:
    found: WebhookDelivery = row[0]
    state = DeliveryState(found.state)
    return Delivery(
        id=found.id,
        webhook_id=found.webhook_id,
        kind=Kind(row.kind),
        post_id=row.post_id,
        state=state,
        attempts=found.attempts,
        status=found.status,
        answer=found.answer or "",
        body=found.body,
        created_at=found.created_at,
        delivered_at=found.delivered_at,
        next_at=found.not_before if state is DeliveryState.WAITING else None,
    )
