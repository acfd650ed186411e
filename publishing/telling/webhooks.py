"""Webhooks: addresses of an organization's own programs that are told what happens."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

import httpx2
from sqlalchemy import func, select

from foundation import keyring
from foundation.outgoing import AddressRefusedError, check_address
from foundation.settings import Settings
from identity import changes
from identity.audit import Action, Target, record
from identity.errors import ConflictError, InvalidError, NotFoundError
from identity.permissions import Permission, require
from identity.work import Work
from publishing.happenings import Kind
from publishing.telling import queue, signing
from publishing.telling.models import Webhook

LONGEST_URL: Final = 2000  # characters
NO_ADDRESS: Final = "Write the address of the receiver, such as https://example.com/hook."
MOST: Final = 20  # webhooks of an organization
DISABLED: Final = "The webhook was disabled before this was delivered."


@dataclass(frozen=True)
class WebhookInfo:
    """A webhook without its secret. Times are aware UTC."""

    id: UUID
    url: str
    kinds: tuple[Kind, ...]
    enabled: bool
    created_at: datetime


def create(work: Work, url: str, kinds: Collection[Kind]) -> tuple[WebhookInfo, str]:
    """A new webhook for these kinds. Returns what is known of it, and its secret, which can't be had again.

    Raises:
        ForbiddenError: the caller may not.
        InvalidError: the address can't be told anything, or there is no kind.
        ConflictError: the organization has as many as it can have.
    """
    require(work.principal, Permission.WEBHOOKS_MANAGE)
    address, chosen = _address(url, work.settings), _kinds(kinds)
    if (work.session.scalar(select(func.count()).select_from(Webhook)) or 0) >= MOST:
        raise ConflictError(f"There are {MOST} webhooks already. Delete one that is no longer used.")
    webhook_id, secret = uuid4(), signing.new_secret()
    row = Webhook(
        id=webhook_id,
        organization_id=work.principal.organization_id,
        url=address,
        kinds=chosen,
        sealed_secret=keyring.load(work.settings).encrypt(secret, context(webhook_id)),
        enabled=True,
        created_by=work.principal.person_id,
    )
    work.session.add(row)
    work.session.flush()
    record(work, Action.CREATED, _target(row), after={"kinds": chosen})
    return _info(row), secret


def listed(work: Work) -> list[WebhookInfo]:
    """The organization's webhooks, oldest first; at most 20.

    Raises:
        ForbiddenError: the caller may not see them.
    """
    require(work.principal, Permission.WEBHOOKS_MANAGE)
    return [
        _info(row) for row in work.session.scalars(select(Webhook).order_by(Webhook.created_at, Webhook.id))
    ]


def get(work: Work, webhook_id: UUID) -> WebhookInfo:
    """One webhook.

    Raises:
        ForbiddenError: the caller may not see it.
        NotFoundError: there is none.
    """
    require(work.principal, Permission.WEBHOOKS_MANAGE)
    return _info(_find(work, webhook_id))


def change(
    work: Work, webhook_id: UUID, *, kinds: Collection[Kind] | None = None, enabled: bool | None = None
) -> None:
    """Change what it is told, or whether it is told at all; None stays.

    What waits for a webhook that is disabled is given up; it can be sent again from the log.

    Raises:
        ForbiddenError: the caller may not.
        InvalidError: there is no kind.
        NotFoundError: there is no such webhook.
    """
    require(work.principal, Permission.WEBHOOKS_MANAGE)
    row = _find(work, webhook_id, lock=True)
    wanted: dict[str, Any] = {}
    if kinds is not None:
        wanted["kinds"] = _kinds(kinds)
    if enabled is not None:
        wanted["enabled"] = enabled
    before, after = changes.apply(row, wanted)
    if not after:
        return
    work.session.flush()
    if not row.enabled:
        queue.switch_off(work.session, webhook_id, DISABLED)
    record(work, Action.UPDATED, _target(row), before=before, after=after)


def delete(work: Work, webhook_id: UUID) -> None:
    """Delete a webhook with its log; a delivery that is under way may still arrive.

    Raises:
        ForbiddenError: the caller may not.
        NotFoundError: there is none.
    """
    require(work.principal, Permission.WEBHOOKS_MANAGE)
    row = _find(work, webhook_id, lock=True)
    target = _target(row)
    work.session.delete(row)
    work.session.flush()
    record(work, Action.DELETED, target)


def context(webhook_id: UUID) -> str:
    """What a sealed secret is bound to."""
    return f"webhook:{webhook_id}"


def allowed_origins(settings: Settings) -> list[str]:
    """Origins that whoever runs the installation lets webhooks go to, though they are private or no https."""
    return [origin for part in settings.webhook_origins.split(",") if (origin := part.strip())]


def _address(url: str, settings: Settings) -> str:
    typed = url.strip()
    try:
        if len(typed) > LONGEST_URL or not typed.isprintable() or " " in typed:
            raise httpx2.InvalidURL("no address")
        if httpx2.URL(typed).userinfo:
            raise AddressRefusedError("a name or password in it would be shown to everyone here")
        check_address(typed, allow=allowed_origins(settings))
    except httpx2.InvalidURL:
        raise InvalidError(NO_ADDRESS, field="url") from None
    except AddressRefusedError as error:
        raise InvalidError(f"This address can't be used: {error}.", field="url") from None
    except httpx2.ConnectError:
        raise InvalidError("There is no such host. Look whether the address is right.", field="url") from None
    return typed


def _kinds(kinds: Iterable[Kind]) -> list[str]:
    given = set(kinds)
    if not given:
        raise InvalidError("Choose what it is to be told.", field="kinds")
    return [kind.value for kind in Kind if kind in given]


def _find(work: Work, webhook_id: UUID, *, lock: bool = False) -> Webhook:
    query = select(Webhook).where(Webhook.id == webhook_id)
    row = work.session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFoundError("There is no such webhook.")
    return row


def _info(row: Webhook) -> WebhookInfo:
    known = {kind.value: kind for kind in Kind}
    kinds = tuple(known[value] for value in row.kinds if value in known)
    return WebhookInfo(row.id, row.url, kinds, row.enabled, row.created_at)


def _target(row: Webhook) -> Target:
    """By its host alone: the rest of such an address often opens doors."""
    return Target("webhook", row.id, httpx2.URL(row.url).host)
