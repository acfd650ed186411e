"""The post as it is entered now, on each account and as a whole; for the page and for its callbacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from app.composing import files, kinds, own, own_time, words
from app.composing.composition import Composition
from foundation.settings import get_settings
from identity.principal import Principal
from platforms.accounts import ConnectedAccount
from platforms.capabilities import Capabilities, KindRule, Option
from platforms.message import Message
from platforms.registry import network
from publishing.content import Content
from publishing.drafts import Draft
from publishing.fitting import fitted, left_out, rule_on


def content(post: Composition) -> Content:
    """What all accounts have in common."""
    said = words.present()
    return Content(
        said.text, said.link, kinds.chosen(post), str(post.value("title") or "").strip(),
        tuple(files.described(post)),
    )  # fmt: skip


def rule(post: Composition, account: ConnectedAccount) -> KindRule | None:
    """What the account's network takes of this kind of post; None where it has no such post."""
    can = capabilities_of(account)
    common = content(post).with_own({"kind": own.kind(post, account, can).value})
    return rule_on(can, common.with_own(_own_link(post, account)))


def options(post: Composition, account: ConnectedAccount) -> Sequence[Option]:
    """The settings that only this network has, for this kind of post."""
    found = rule(post, account)
    return found.options if found else ()


def own_fields(post: Composition, account: ConnectedAccount) -> dict[str, Any]:
    """What differs on the account: what was entered for it, and what its network does not show left out."""
    found = own.entered(post, account, options(post, account))
    applies = rule(post, account)
    if post.cover is not None and applies is not None and applies.cover is not None:
        found["cover"] = asdict(post.cover)
    return found | left_out(_there(post, account, found), capabilities_of(account))


def message(principal: Principal, post: Composition, account: ConnectedAccount) -> Message:
    """What would be sent on the account."""
    capabilities = capabilities_of(account)
    common = content(post)
    said = common.with_own(fitted(common, own_fields(post, account), capabilities, principal.organization_id))
    return capabilities.fitting(said.message(principal.organization_id, get_settings()))


def looks(post: Composition, accounts: Sequence[ConnectedAccount]) -> list[tuple[Content, list[str]]]:
    """What is seen on the accounts, each look once, with the networks that show it."""
    common = content(post)
    if not accounts:
        return [(common, [])]
    found: dict[object, tuple[Content, list[str]]] = {}
    for account in accounts:
        said = common.with_own(own_fields(post, account))
        found.setdefault((said.text, said.link, said.media), (said, []))[1].append(account.network)
    return list(found.values())


def draft(
    principal: Principal,
    post: Composition,
    brand_id: UUID,
    accounts: Sequence[ConnectedAccount],
    due_at: datetime | None,
    *,
    unfinished: bool,
) -> Draft:
    """The whole of it; `due_at` is aware UTC, None for now.

    Raises:
        DraftError: an account has a time of its own, which is none.
    """
    common = content(post)
    fields = {account.id: own_fields(post, account) for account in accounts}
    return Draft(
        brand_id=brand_id,
        account_ids=[account.id for account in accounts],
        text=common.text,
        link=common.link,
        due_at=due_at,
        created_by=principal.person_id,
        id=post.id,
        kind=common.kind,
        title=common.title,
        media=common.media,
        own={account_id: said for account_id, said in fields.items() if said},
        times=own_time.times(post, accounts, unfinished=unfinished),
        parts=[part.text for part in post.parts],
        first_comment=post.comment.text.strip(),
        labels=list(post.value("labels") or []),
        campaign_id=post.stored.campaign_id if post.stored else None,
        campaign_offset=post.stored.campaign_offset if post.stored else None,
        recurrence_id=post.stored.recurrence_id if post.stored else None,
        occurrence=post.stored.occurrence if post.stored else None,
        unfinished=unfinished,
    )


def capabilities_of(account: ConnectedAccount) -> Capabilities:
    """What the account's network can do."""
    return network(account.network).capabilities


def _own_link(post: Composition, account: ConnectedAccount) -> dict[str, Any]:
    link = str(post.value("own_link", account.id) or "").strip()
    return {"link": link} if link else {}


def _there(post: Composition, account: ConnectedAccount, fields: dict[str, Any]) -> Content:
    """The content on the account, of the kind that it has there."""
    kind = {"kind": own.kind(post, account, capabilities_of(account)).value}
    return content(post).with_own(kind | fields)
