"""Composer: write once, choose accounts, go out now, at a time, or by a plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import streamlit as st

from app.composing import accounts as on_accounts
from app.composing import (
    clashing,
    details,
    entering,
    files,
    kinds,
    result,
    saving,
    slots,
    stored,
    thread,
    when,
    words,
)
from app.composing.composition import Composition, current
from app.pages import posts
from app.shell import access, frame
from app.views import networks, notices, outcomes, preview
from app.views.clocks import full_hour
from app.views.notices import escaped
from app.views.times import zone_or_utc
from foundation.database import tenant_session, utc_now
from identity.brands import brands
from identity.models import Brand
from identity.permissions import Permission, may
from identity.principal import Principal
from platforms.accounts import ConnectedAccount, connected
from platforms.registry import network
from publishing import gate
from publishing.listing import labels
from publishing.suggest import Persona
from warehouse import releases

BRAND: Final = saving.BRAND


def page() -> None:
    """Draw the page."""
    principal = access.require_sign_in()
    frame.title("Composer")
    if not may(principal, Permission.POSTS_WRITE):
        notices.not_for_you(
            "You see posts, but do not write any. An owner or administrator can change your role."
        )
        return
    outcomes.announce()
    notices.publishing_banner()
    with tenant_session(principal.tenant) as session:
        listed, accounts, known = brands(session), connected(session), labels(session)
    if not listed or not accounts:
        notices.empty("No connected account yet", "Posts can be written once an account is connected.")
        return
    refused = stored.open_wanted(principal, listed, accounts, current())
    if refused is not None:
        st.error(escaped(refused), icon=":material/error:")
    _compose(principal, current(), listed, accounts, known)


def _compose(
    principal: Principal,
    post: Composition,
    listed: list[Brand],
    accounts: list[ConnectedAccount],
    known: list[str],
) -> None:
    if post.stored is not None:
        _changing()
    left, right = st.columns([3, 2], gap="large")
    with left:
        brand = _brand(listed, post)
        post.zone = brand.timezone
        chosen = _accounts([account for account in accounts if account.brand_id == brand.id], brand)
        used = [network(key).capabilities for key in sorted({account.network for account in chosen})]
        persona = Persona(brand.name, brand.voice, brand.audience)
        room = words.write((account.network for account in chosen), persona)
        files.bring(principal, post, kinds.brings(used))
        kinds.choose(post, used)
        details.title_and_cover(principal, post, chosen)
        thread.after(post, chosen)
        on_accounts.each(principal, post, chosen)
        if counters := on_accounts.counters(principal, post, chosen):
            room.html(counters)
        details.labels(post, known)
        zone = zone_or_utc(brand.timezone)
        with st.container(border=True, key="card_slots"):
            slots.offer(principal, releases.current(), chosen, zone)
    with right:
        with st.container(border=True, key="card_when"):
            timing = when.choose(principal, brand, post)
            with tenant_session(principal.tenant) as session:
                in_review = gate.is_needed(session, brand.id)
            clashing.point_out(principal, brand, post, chosen, timing)
            saving.buttons(brand, post, timing, in_review=in_review)
        _preview(principal, brand, post, chosen)
        if st.session_state.get(saving.DONE) is not None:
            result.follow(st.session_state[saving.DONE])
            st.page_link(
                st.Page(posts.page, url_path="posts"), label="All posts", icon=":material/view_agenda:"
            )


def _changing() -> None:
    """Say that a stored post is being changed, and how to leave it as it is."""
    with st.container(horizontal=True, vertical_alignment="center", key="card_changing"):
        st.info("You are changing a post that is saved already.", icon=":material/edit:")
        st.button("Leave it as it is", key="composer_leave", on_click=stored.let_go)


def _preview(principal: Principal, brand: Brand, post: Composition, chosen: list[ConnectedAccount]) -> None:
    for said, keys in entering.looks(post, chosen):
        if said.text.strip() or said.media:
            st.html(preview.card(brand, keys, said, principal.organization_id))


def _brand(listed: list[Brand], post: Composition) -> Brand:
    by_id = {brand.id: brand for brand in listed}
    chosen: UUID = st.selectbox(
        "Brand",
        list(by_id),
        format_func=lambda brand_id: by_id[brand_id].name,
        key=BRAND,
        persist_state="session",
        disabled=post.stored is not None,
        on_change=_on_its_clock,
        args=({brand.id: brand.timezone for brand in listed},),
    )
    return by_id[chosen]


def _on_its_clock(zones: Mapping[UUID, str]) -> None:
    """On the clock of the brand just chosen the time may have passed: begin with one that has not."""
    zone = zone_or_utc(zones.get(st.session_state[BRAND]))
    at = when.MOMENT.chosen(zone)
    if isinstance(at, datetime) and at < utc_now():
        when.MOMENT.take(full_hour(zone), zone)


def _accounts(accounts: list[ConnectedAccount], brand: Brand) -> list[ConnectedAccount]:
    by_id = {account.id: account for account in accounts}
    if not by_id:
        st.info(f"{escaped(brand.name)} has no connected account.")
    key = stored.accounts_key(brand.id)
    entered = st.session_state.get(key)  # an account may have been disconnected since
    st.session_state[key] = list(by_id) if entered is None else [one for one in entered if one in by_id]
    chosen: list[UUID] = st.pills(
        "Accounts",
        list(by_id),
        selection_mode="multi",
        format_func=lambda account_id: (
            f"{networks.label(by_id[account_id].network)} · {by_id[account_id].name}"
        ),
        key=key,
        wrap=True,
        persist_state="session",
    )
    return [by_id[account_id] for account_id in chosen]
