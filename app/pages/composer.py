"""Composer: write once, choose accounts, go out now or at a time on the brand's clock."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import streamlit as st

from app import sending
from app.composing import result, slots, when, words
from app.pages import posts
from app.shell import access, frame
from app.views import networks, notices, preview
from app.views.notices import escaped
from app.views.times import zone_or_utc
from foundation.database import tenant_session
from identity.brands import brands
from identity.models import Brand
from identity.permissions import Permission, may
from identity.principal import Principal
from platforms.accounts import ConnectedAccount, connected
from platforms.message import Message
from publishing.changes import DraftError
from publishing.compose import create_post
from publishing.drafts import Draft
from publishing.listing import publications_of
from publishing.suggest import Persona
from warehouse import releases

BRAND: Final = "composer_brand"
DONE: Final = "composer_done"
PROBLEMS: Final = "composer_problems"


def page() -> None:
    """Draw the page."""
    principal = access.require_sign_in()
    frame.title("Composer")
    if not may(principal, Permission.POSTS_WRITE):
        notices.not_for_you(
            "You see posts, but do not write any. An owner or administrator can change your role."
        )
        return
    notices.publishing_banner()
    with tenant_session(principal.tenant) as session:
        listed = brands(session)
        accounts = connected(session)
    if not listed or not accounts:
        notices.empty("No connected account yet", "Posts can be written once an account is connected.")
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        brand = _brand(listed)
        chosen = _accounts([account for account in accounts if account.brand_id == brand.id], brand)
        persona = Persona(brand.name, brand.voice, brand.audience)
        message = words.write((account.network for account in chosen), persona)
        zone = zone_or_utc(brand.timezone)
        with st.container(border=True, key="card_slots"):
            slots.offer(principal, releases.current(), chosen, zone)
    with right:
        with st.container(border=True, key="card_when"):
            at = when.choose(zone)
            _button(brand, at)
        if message.text.strip():
            st.html(preview.card(brand, [account.network for account in chosen], message))
        if DONE in st.session_state:
            result.follow(st.session_state[DONE])
            st.page_link(
                st.Page(posts.page, url_path="posts"), label="All posts", icon=":material/view_agenda:"
            )


def _brand(listed: list[Brand]) -> Brand:
    by_id = {brand.id: brand for brand in listed}
    chosen: UUID = st.selectbox(
        "Brand",
        list(by_id),
        format_func=lambda brand_id: by_id[brand_id].name,
        key=BRAND,
        persist_state="session",
    )
    return by_id[chosen]


def _accounts(accounts: list[ConnectedAccount], brand: Brand) -> list[ConnectedAccount]:
    by_id = {account.id: account for account in accounts}
    if not by_id:
        st.info(f"{escaped(brand.name)} has no connected account.")
    chosen: list[UUID] = st.pills(
        "Accounts",
        list(by_id),
        selection_mode="multi",
        default=list(by_id),
        format_func=lambda account_id: (
            f"{networks.label(by_id[account_id].network)} · {by_id[account_id].name}"
        ),
        key=_accounts_key(brand.id),
        wrap=True,
        persist_state="session",
    )
    return [by_id[account_id] for account_id in chosen]


def _accounts_key(brand_id: UUID) -> str:
    return f"composer_accounts_{brand_id}"


def _button(brand: Brand, at: datetime | when.NoTime | None) -> None:
    st.button(
        "Publish now" if at is None else "Schedule",
        type="primary",
        width="stretch",
        disabled=isinstance(at, when.NoTime),
        on_click=_submit,
        args=(brand.id, zone_or_utc(brand.timezone), words.draft().id),
        key="composer_submit",
    )
    for problem in st.session_state.pop(PROBLEMS, []):
        st.error(escaped(problem), icon=":material/error:")


def _submit(brand_id: UUID, zone: ZoneInfo, draft_id: UUID) -> None:
    """Schedule what is entered as a whole or show what is wrong with it; what is due now is sent at once.

    The arguments are of the page as it was drawn: they say what the click was meant for. Everything else is
    read as the browser sent it with the click, for it may be newer.
    """
    principal = access.allowed(Permission.POSTS_WRITE)
    if principal is None or words.draft().id != draft_id:
        return  # a second click on a draft that is done
    message = words.newest()
    if DONE in st.session_state and words.untouched():
        return  # a second click, on the empty draft after it
    st.session_state.pop(DONE, None)
    try:
        draft = _entered(principal, brand_id, zone, message)
        with tenant_session(principal.tenant) as session:
            post_id = create_post(session, principal.organization_id, draft)
            ids = [view.id for view in publications_of(session, post_id)]
    except DraftError as error:
        st.session_state[PROBLEMS] = error.problems
        return
    if sending.is_soon(draft.due_at):
        sending.start(ids, draft.due_at)
    st.session_state[DONE] = post_id
    words.clear()


def _entered(principal: Principal, brand_id: UUID, zone: ZoneInfo, message: Message) -> Draft:
    """The draft as the browser sent it.

    Raises:
        DraftError: it needs an answer that the page has not asked for yet.
    """
    if st.session_state[BRAND] != brand_id:
        raise DraftError(["You have just chosen another brand: look at its accounts, then press again."])
    at = when.chosen(zone)
    if isinstance(at, when.NoTime):
        raise DraftError([at.problem])
    return Draft(
        brand_id=brand_id,
        account_ids=st.session_state.get(_accounts_key(brand_id), []),
        text=message.text,
        link=message.link,
        due_at=at,
        created_by=principal.person_id,
        id=words.draft().id,
    )
