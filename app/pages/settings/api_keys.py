"""Settings · API keys: who else may act in one's name, what they may do, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final
from uuid import UUID

import streamlit as st
from markupsafe import Markup

from app.settings import acting, drawer, entering, key_form, paged, scopes
from app.views import notices
from app.views.html import joined, markup
from app.views.times import day, moment, zone_or_utc
from foundation.database import utc_now
from identity import api_keys
from identity.api_keys import ApiKeyInfo
from identity.permissions import Permission
from identity.work import Work, working
from platforms.account_rows import ConnectedAccount
from platforms.accounts import connected

LIST: Final = "api_keys_list"
DOCS: Final = "/api/docs"
FEW: Final = 6
ACTIVE: Final = ("Active", "good")


def page() -> None:
    """Draw the page."""
    principal = entering.entered(
        Permission.API_KEYS_MANAGE,
        "API keys",
        "For programs that act in your name. A key can do no more than you can, and ends when you leave.",
    )
    if principal is None:
        return
    with working(principal, needs=Permission.API_KEYS_MANAGE) as work:
        found, more = paged.so_far(lambda cursor: api_keys.listed(work, cursor=cursor), LIST)
        accounts = {account.id: account for account in connected(work.session)}
    with st.container(horizontal=True, key="tools"):
        if st.button("Create a key", type="primary", icon=":material/add:", key=key_form.PLACE):
            body = partial(key_form.draw, principal, accounts)
            drawer.open_drawer("Create an API key", key_form.PLACE, body)
        st.link_button("How the API works", DOCS, icon=":material/menu_book:")
    key_form.show_once()
    if not found:
        notices.empty(
            "No key yet",
            "Create one to let a program work here in your name. You choose what it may do, for which "
            "accounts and until when.",
        )
    active = [key for key in found if _state(key) == ACTIVE]
    for key in active:
        _row(key, accounts)
    _over([key for key in found if key not in active], accounts)
    if more:
        paged.more_button(LIST)


def _over(dead: list[ApiKeyInfo], accounts: Mapping[UUID, ConnectedAccount]) -> None:
    """The keys that no longer work, out of the way."""
    if dead:
        with st.expander(f"Revoked and expired ({len(dead)})", key="api_keys_over"):
            for key in dead:
                _row(key, accounts)


def _row(key: ApiKeyInfo, accounts: Mapping[UUID, ConnectedAccount]) -> None:
    with st.container(border=True, key=f"row_{key.id}", horizontal=True, vertical_alignment="center"):
        st.html(_card(key, accounts), width="stretch")
        if _state(key) == ACTIVE:
            acting.confirm(
                "Revoke",
                markup(
                    "Programs that use <b>{name}</b> are refused from now on. It can't be brought back.",
                    name=key.name,
                ),
                f"revoke_{key.id}",
                Permission.API_KEYS_MANAGE,
                partial(_revoke, key.id, key.name),
                danger=True,
            )


def _card(key: ApiKeyInfo, accounts: Mapping[UUID, ConnectedAccount]) -> Markup:
    zone = zone_or_utc(st.context.timezone)
    word, tone = _state(key)
    used = f"last used {moment(key.last_used_at, zone)}" if key.last_used_at else "never used"
    end = f"ends {moment(key.expires_at, zone)}" if key.expires_at else "no end"
    return markup(
        '<div class="brand"><div class="line"><b>{name}</b><code>{prefix}…</code>'
        '<span class="chip {tone}">{word}</span></div>'
        '<div class="sub">by {maker}, {made} · {end} · {used} · {accounts}</div>{scopes}</div>',
        name=key.name,
        prefix=key.prefix,
        tone=tone,
        word=word,
        maker=key.person_email,
        made=day(key.created_at, zone),
        end=end,
        used=used,
        accounts=_accounts(key, accounts),
        scopes=_scopes(key),
    )


def _scopes(key: ApiKeyInfo) -> Markup:
    """What it may do; where that is much, behind its number."""
    named = [scope for scope in Permission if scope in key.scopes]
    tags = markup(
        '<div class="tags">{tags}</div>',
        tags=joined(
            [
                markup(
                    '<span class="tag" title="{name}">{words}</span>', name=scope, words=scopes.words(scope)
                )
                for scope in named
            ]
        ),
    )
    if len(named) <= FEW:
        return tags
    return markup(
        '<details class="more"><summary>{count} permissions</summary>{tags}</details>',
        count=len(named),
        tags=tags,
    )


def _accounts(key: ApiKeyInfo, accounts: Mapping[UUID, ConnectedAccount]) -> str:
    if key.account_ids is None:
        return "all accounts"
    names = sorted(key_form.account_name(accounts[one]) for one in key.account_ids if one in accounts)
    return ", ".join(names) or "accounts that are no longer connected"


def _state(key: ApiKeyInfo) -> tuple[str, str]:
    """The word and the tone of the chip."""
    if key.revoked_at is not None:
        return "Revoked", "off"
    if key.expires_at is not None and key.expires_at <= utc_now():
        return "Expired", "off"
    return ACTIVE


def _revoke(key_id: UUID, name: str, work: Work) -> str:
    api_keys.revoke(work, key_id)
    return f"{name} was revoked."
