"""What belongs to a post beside its words: title, cover, labels."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.composing import entering, files
from app.composing.composition import Composition
from identity.principal import Principal
from platforms.accounts import ConnectedAccount
from publishing.drafts import LABEL_LENGTH, LABELS


def title_and_cover(principal: Principal, post: Composition, accounts: Sequence[ConnectedAccount]) -> None:
    """Draw the title and the cover where a chosen network shows them with this kind of post."""
    rules = [rule for account in accounts if (rule := entering.rule(post, account)) is not None]
    limits = [rule.title_limit for rule in rules if rule.title_limit]
    if limits:
        needed = any(rule.title_required for rule in rules)
        st.text_input(
            "Title" if needed else "Title (optional)",
            key=post.key("title"),
            max_chars=max(limits),
            help="Shown where the network has titles.",
            persist_state="session",
            live="0ms",
        )
    if any(rule.cover for rule in rules):
        files.cover(principal, post)


def labels(post: Composition, known: Sequence[str]) -> None:
    """Draw the labels; new ones can be written."""
    key = post.key("labels")
    entered = st.session_state.setdefault(key, [])
    st.multiselect(
        "Labels",
        sorted({*known, *entered}),
        key=key,
        accept_new_options=True,
        max_selections=LABELS,
        placeholder="For your own order, e.g. launch",
        help=f"Only your team sees them. Up to {LABELS}, of {LABEL_LENGTH} characters each.",
        persist_state="session",
    )
