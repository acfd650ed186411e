"""A post that is there already, taken into the composer, and let go again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import streamlit as st

from app.composing import entering, own, own_time, when, words
from app.composing.composition import COMPOSITION, Composition, Stored
from app.widgets.text_editor import Draft as Words
from foundation.database import tenant_session, utc_now
from identity.models import Brand
from identity.principal import Principal
from platforms.accounts import ConnectedAccount
from publishing.changes import NotAllowedError
from publishing.content import Content, File
from publishing.fitting import kind_on, left_out
from publishing.opening import Opened, opened

PARAMETER: Final = "post"
ASIDE: Final = "composer_aside"  # what was being written when a stored post was opened


def wanted() -> UUID | None:
    """The post that the address names."""
    try:
        return UUID(st.query_params.get(PARAMETER, ""))
    except ValueError:
        return None


def open_wanted(
    principal: Principal, brands: Sequence[Brand], accounts: Sequence[ConnectedAccount], post: Composition
) -> str | None:
    """Take the post that the address names into the composer, once; why not, in words."""
    post_id = wanted()
    here = post.stored.post_id if post.stored else None
    if post_id == here:
        return None
    if post_id is None:
        let_go()
        return None
    try:
        with tenant_session(principal.tenant) as session:
            found = opened(session, post_id)
    except NotAllowedError as error:
        forget_address()
        return str(error)
    brand = next((brand for brand in brands if brand.id == found.draft.brand_id), None)
    if brand is None:
        forget_address()
        return "This post belongs to a brand that you don't see."
    if here is None:
        st.session_state[ASIDE] = (words.draft(), post)
    _fill(principal, found, post_id, brand, {account.id: account for account in accounts})
    return None


def let_go() -> None:
    """Back to what was being written before, or to an empty post."""
    forget_address()
    words.clear()
    aside = st.session_state.pop(ASIDE, None)
    if aside is not None:
        st.session_state[words.DRAFT], st.session_state[COMPOSITION] = aside


def again() -> None:
    """Open the stored post as it is now; what was changed here is dropped."""
    post: Composition | None = st.session_state.get(COMPOSITION)
    if post is not None and post.stored is not None:
        post.stored.post_id = words.draft().id  # no stored post has it: the address is read anew


def forget_address() -> None:
    """The address names no post any more."""
    if PARAMETER in st.query_params:
        del st.query_params[PARAMETER]


def accounts_key(brand_id: UUID) -> str:
    """The key of the choice of accounts; one that is being changed has a choice of its own."""
    post: Composition | None = st.session_state.get(COMPOSITION)
    stored = post.stored if post else None
    return f"composer_accounts_{brand_id}" + (f"_{post.id}" if post and stored else "")


def leave_out(accounts: Sequence[ConnectedAccount]) -> None:
    """Take accounts, all of one brand, out of the choice; for the callback of a button."""
    for account in accounts:
        key = accounts_key(account.brand_id)
        st.session_state[key] = [one for one in st.session_state.get(key, []) if one != account.id]


def _fill(
    principal: Principal, found: Opened, post_id: UUID, brand: Brand, accounts: dict[UUID, ConnectedAccount]
) -> None:
    draft = found.draft
    text = Words(draft.text)
    stored = Stored(
        post_id,
        found.version,
        dict(found.states),
        dict(found.seen),
        campaign_id=draft.campaign_id,
        campaign_offset=draft.campaign_offset,
        recurrence_id=draft.recurrence_id,
        occurrence=draft.occurrence,
    )
    post = Composition(text.id, stored=stored)
    st.session_state[words.DRAFT], st.session_state[COMPOSITION] = text, post
    post.files = list(draft.media)
    post.parts = [Words(part) for part in draft.parts]
    post.comment = Words(draft.first_comment)
    st.session_state[words.link_key(text)] = draft.link or ""
    st.session_state["composer_brand"] = brand.id
    for name, value in (("title", draft.title), ("labels", list(draft.labels)), ("as", draft.kind)):
        post.enter(name, value=value)
    post.zone = brand.timezone
    for account_id, at in draft.times.items():
        if account_id in accounts and at > utc_now():
            own_time.load(post, account_id, at)
    for account_id, said in draft.own.items():
        if account_id in accounts:
            _own(post, accounts[account_id], said, draft.content)
    st.session_state[accounts_key(brand.id)] = [one for one in draft.account_ids if one in accounts]
    when.load(principal, brand, stored, draft.due_at)


def _own(post: Composition, account: ConnectedAccount, said: Mapping[str, Any], common: Content) -> None:
    """What an account has of its own; what its network does not show is left out anew when it is saved."""
    can = entering.capabilities_of(account)
    kind = said.get("kind") or kind_on(can, common.kind, len(common.media)).value
    dropped = left_out(common.with_own({"kind": kind}), can)
    found = {name: value for name, value in said.items() if name not in dropped or dropped[name] != value}
    if found.get("cover"):
        post.cover = File(**found["cover"])
    if found.get("link"):  # it decides which settings there are
        post.enter("own_link", account.id, value=found["link"])
    own.load(post, account, found, entering.options(post, account))
