"""Webhooks: programs that are told what happens, with a log of every message."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query

from app.api.callers import member
from app.api.route import Router
from app.api.schemas.common import Cursor, Limit, Listed, listed
from app.api.schemas.telling import Delivery, NewWebhook, Webhook, WebhookChanges, WebhookMade
from identity.paging import DEFAULT_LIMIT
from identity.permissions import Permission
from identity.work import Work
from publishing.telling import deliveries, webhooks

router = Router("webhooks")
Managing = Annotated[Work, member(Permission.WEBHOOKS_MANAGE)]


@router.get("/webhooks", summary="List the webhooks")
def list_all(work: Managing) -> Listed[Webhook]:
    """The oldest first, all on one page."""
    return Listed(items=[Webhook.model_validate(one) for one in webhooks.listed(work)], next_cursor=None)


@router.post("/webhooks", status_code=201, summary="Make a webhook")
def create(new: NewWebhook, work: Managing) -> WebhookMade:
    """Messages to it are signed (Standard Webhooks) with a secret that is shown this once."""
    made, secret = webhooks.create(work, new.url, new.kinds)
    return WebhookMade.model_validate({**vars(made), "secret": secret})


@router.get("/webhooks/{webhook_id:uuid}", summary="One webhook")
def get(webhook_id: UUID, work: Managing) -> Webhook:
    """Where it is and what it is told."""
    return Webhook.model_validate(webhooks.get(work, webhook_id))


@router.patch("/webhooks/{webhook_id:uuid}", summary="Change a webhook")
def update(webhook_id: UUID, changes: WebhookChanges, work: Managing) -> Webhook:
    """What it is told, or whether it is told at all."""
    webhooks.change(work, webhook_id, kinds=changes.kinds, enabled=changes.enabled)
    return Webhook.model_validate(webhooks.get(work, webhook_id))


@router.delete("/webhooks/{webhook_id:uuid}", status_code=204, summary="Delete a webhook")
def delete(webhook_id: UUID, work: Managing) -> None:
    """With its log."""
    webhooks.delete(work, webhook_id)


@router.get("/deliveries", summary="What webhooks were told")
def list_deliveries(
    work: Managing,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    webhook_id: Annotated[UUID | None, Query(description="Only to this one.")] = None,
) -> Listed[Delivery]:
    """The newest first; kept for 30 days, unless the installation sets `ALLIN_KEEP_DELIVERIES_DAYS`."""
    return listed(deliveries.listed(work, webhook_id, limit=limit, cursor=cursor), Delivery)


@router.get("/deliveries/{delivery_id:uuid}", summary="One message to a webhook")
def get_delivery(delivery_id: UUID, work: Managing) -> Delivery:
    """What was sent, and what came back."""
    return Delivery.model_validate(deliveries.get(work, delivery_id))


@router.post("/deliveries/{delivery_id:uuid}/replay", summary="Send a message again")
def replay(delivery_id: UUID, work: Managing) -> Delivery:
    """The same message with the same id, signed anew."""
    deliveries.replay(work, delivery_id)
    return Delivery.model_validate(deliveries.get(work, delivery_id))
