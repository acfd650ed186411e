"""The next good times of each chosen account, one click away, with the evidence they stand on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from app import data
from app.composing import when
from app.views import networks
from app.views.html import markup
from foundation.database import utc_now
from identity.principal import Principal
from platforms.accounts import ConnectedAccount
from predictions.next_slots import NextSlot, next_slots
from warehouse.releases import Release

SLOTS: Final = 3


def offer(
    principal: Principal, release: Release | None, accounts: Sequence[ConnectedAccount], zone: ZoneInfo
) -> None:
    """Draw up to three slots for each account."""
    st.markdown("**Good times**")
    if release is None:
        st.caption("Good times come with the first released numbers.")
        return
    if not accounts:
        st.caption("Choose an account to see its good times.")
        return
    frame = data.posting_times(principal.tenant, release, tuple(account.id for account in accounts))
    now = utc_now()
    for account in accounts:
        _account(account, next_slots(frame, str(account.id), zone.key, now, SLOTS), zone)


def _account(account: ConnectedAccount, slots: list[NextSlot], zone: ZoneInfo) -> None:
    """A line on the evidence, and a button for each slot with what it is expected to add."""
    sentences = [slot.sentence.partition(" · ") for slot in slots]
    evidence = sentences[0][2] if sentences else "nothing is known yet about good times here"
    st.html(
        markup(
            '<div class="slot-head">{chip} <b>{name}</b> <span class="sub">{evidence}</span></div>',
            chip=networks.chip(account.network),
            name=account.name,
            evidence=evidence,
        )
    )
    if not slots:
        return
    with st.container(key=f"slots_{account.id}"):
        columns = st.columns(SLOTS)
    for column, slot, (gain, _, _) in zip(columns, slots, sentences, strict=False):
        column.button(
            f"{slot.local:%a} {slot.local.day} {slot.local:%b, %H:%M}",
            key=f"slot_{account.id}_{slot.at.isoformat()}",
            on_click=when.take,
            args=(slot.at, zone),
            width="stretch",
        )
        column.caption(gain)
