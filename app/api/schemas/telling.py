"""Models of notifications and webhooks."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.api.schemas.common import At, Bool, Id, In, Out
from app.api.schemas.media import Address
from publishing.happenings import Kind
from publishing.telling.models import DeliveryState

Number = Annotated[int, Field(ge=1, le=2**53 - 1, examples=[412])]
Kinds = Annotated[list[Kind], Field(min_length=1, max_length=50, examples=[["post.failed"]])]


class Notification(Out):
    """Something that happened; `link` is a page here, `read_at` null while it is new."""

    id: int = Field(examples=[412])
    kind: Kind
    title: str
    words: str
    link: str = Field(examples=["/posts"])
    created_at: At
    read_at: At | None


class Read(In):
    """Which are read; null: all."""

    ids: Annotated[list[Number], Field(max_length=1_000)] | None


class MarkedRead(Out):
    """How many of them were new."""

    count: int = Field(examples=[3])


class WishIn(In):
    """Where you want to hear of a kind."""

    kind: Kind = Field(examples=["post.failed"])
    in_app: Bool
    by_email: Bool


class WishesIn(In):
    """What to change; other kinds stay."""

    wishes: Annotated[
        list[WishIn],
        Field(max_length=50, examples=[[{"kind": "post.failed", "in_app": True, "by_email": True}]]),
    ]


class Wish(Out):
    """Where you want to hear of a kind."""

    kind: Kind
    in_app: bool
    by_email: bool


class Wishes(Out):
    """Of every kind."""

    wishes: list[Wish]


class NewWebhook(In):
    """An address to tell of these kinds."""

    url: Address
    kinds: Kinds


class WebhookChanges(In):
    """What to change of a webhook; null stays."""

    kinds: Kinds | None = None
    enabled: Bool | None = None


class Webhook(Out):
    """A webhook, without its secret."""

    id: Id
    url: str = Field(examples=["https://example.com/hook"])
    kinds: list[Kind]
    enabled: bool
    created_at: At


class WebhookMade(Webhook):
    """A new webhook. Its `secret`, which messages are signed with, is shown this once."""

    secret: str = Field(examples=["whsec_…"])


class Delivery(Out):
    """A message to a webhook: `body` is what is sent, `status` and `answer` what came last."""

    id: Id
    webhook_id: Id
    kind: Kind
    post_id: Id | None
    state: DeliveryState
    attempts: int = Field(examples=[1])
    status: int | None = Field(examples=[200])
    answer: str
    body: str
    created_at: At
    delivered_at: At | None
    next_at: At | None
