"""Settings whose values only the account's network knows, like its boards: the network is asked for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import streamlit as st

from app.views import networks
from app.views.notices import escaped
from foundation.database import utc_now
from platforms.accounts import ConnectedAccount
from platforms.capabilities import Option
from platforms.errors import NetworkError
from publishing.choices import choices

TOLD: Final = "composer_told"
HOLDS: Final = timedelta(minutes=10)  # so long an answer is not asked for again


@dataclass(frozen=True)
class Told:
    """What a network told at a moment (aware UTC), or why not."""

    at: datetime
    values: dict[str, str] = field(default_factory=dict)
    problem: str = ""


def draw(account: ConnectedAccount, option: Option, key: str) -> None:
    """Draw the choice; where the network does not tell, a field to type the value."""
    told = _told(account, option)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key=f"{key}_row"):
        if told.values:
            known = dict(told.values)
            if entered := st.session_state.get(key):
                known.setdefault(entered, f"{entered} (not on the list)")
            st.selectbox(
                option.label, list(known), index=None, format_func=known.__getitem__, key=key,
                help=option.help or None, persist_state="session", placeholder="Choose",
            )  # fmt: skip
        else:
            st.text_input(
                option.label, max_chars=option.limit, key=key, persist_state="session", live="0ms",
                placeholder="Its number", help=option.help or None,
            )  # fmt: skip
        st.button(
            "Ask again", icon=":material/refresh:", type="tertiary", key=f"{key}_again",
            help=f"Ask {networks.label(account.network)} for the list again", on_click=_forget,
            args=(account.id, option.key),
        )  # fmt: skip
    if told.problem:
        st.caption(escaped(told.problem))


def _told(account: ConnectedAccount, option: Option) -> Told:
    kept: dict[tuple[UUID, str], Told] = st.session_state.setdefault(TOLD, {})
    place = (account.id, option.key)
    if place not in kept or utc_now() - kept[place].at > HOLDS:
        with st.spinner(f"Asking {networks.label(account.network)} …"):
            kept[place] = _ask(account, option)
    return kept[place]


def _ask(account: ConnectedAccount, option: Option) -> Told:
    label, name = networks.label(account.network), option.label.lower()
    try:
        found = choices(account.id, option.key)
    except (NetworkError, LookupError) as error:
        why = error.message if isinstance(error, NetworkError) else "the account is gone"
        words = f"{label} did not tell the list ({why}). Ask again, or type the number of the {name}."
        return Told(utc_now(), problem=words)
    if not found:
        words = f"There is no {name} on this account yet. Make one on {label}, then ask again."
        return Told(utc_now(), problem=words)
    return Told(utc_now(), dict(sorted(found.items(), key=lambda one: one[1].casefold())))


def _forget(account_id: UUID, option_key: str) -> None:
    st.session_state.get(TOLD, {}).pop((account_id, option_key), None)
