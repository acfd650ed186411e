"""Plan: queues, posts that repeat, and campaigns, of one brand or of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import streamlit as st

from app.planning import campaign_cards, queue_cards, recurrence_cards
from app.planning.planning import Planning
from app.settings import entering
from app.views import notices
from app.views.choices import brand_or_all
from identity.brands import brands
from identity.permissions import Permission
from identity.work import working
from platforms.accounts import connected

PARTS: Final[Mapping[str, Callable[[Planning], None]]] = {
    "Queues": queue_cards.show,
    "Repeating": recurrence_cards.show,
    "Campaigns": campaign_cards.show,
}


def page() -> None:
    """Draw the page."""
    principal = entering.entered(
        Permission.POSTS_READ,
        "Plan",
        "When posts go out without a time of their own: by a queue, again and again, or with a campaign.",
    )
    if principal is None:
        return
    notices.publishing_banner()
    with working(principal, needs=Permission.POSTS_READ) as work:
        of = {brand.id: brand for brand in brands(work.session)}
        accounts = {account.id: account for account in connected(work.session)}
    if not of:
        notices.empty("No brand yet", "Queues, repeating posts and campaigns belong to a brand.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
        brand_id = brand_or_all({brand.id: brand.name for brand in of.values()}, "plan_brand")
        part: str = st.segmented_control(
            "Show", list(PARTS), default="Queues", required=True, key="show", label_visibility="collapsed",
            persist_state="session", bind="query-params", wrap=True,
        )  # fmt: skip
    PARTS[part](Planning(principal, of, accounts, brand_id))
