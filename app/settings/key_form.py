"""Creating an API key: the form, and the one time the key is shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

import streamlit as st

from app.settings import acting, scopes
from app.shell import access
from app.views import networks, outcomes
from app.views.notices import escaped
from app.views.times import zone_or_utc
from foundation.database import utc_now
from foundation.settings import get_settings
from identity import api_keys
from identity.errors import InvalidError
from identity.permissions import Permission, held
from identity.principal import Principal
from identity.work import Work
from platforms.account_rows import ConnectedAccount

PLACE: Final = "api_key_new"
MADE: Final = "api_key_made"  # (name, key), until it was copied
ALL, SOME = "All accounts I see", "Only some accounts"
DAY: Final = "On a day I choose"
ENDS: Final[Mapping[str, timedelta | None]] = {
    "In 30 days": timedelta(days=30),
    "In 90 days": timedelta(days=90),
    "In a year": timedelta(days=365),
    "Never": None,
}


def draw(principal: Principal, accounts: Mapping[UUID, ConnectedAccount]) -> None:
    """The drawer's body."""
    st.text_input(
        "Name", key=f"{PLACE}_name", live="0ms", placeholder="What uses it: Monday's report, the shop …"
    )
    st.markdown("What it may do")
    scopes.choose(held(principal), PLACE)
    part = st.radio("For", [ALL, SOME], key=f"{PLACE}_part", horizontal=True) if accounts else ALL
    if part == SOME:
        st.multiselect(
            "Accounts",
            list(accounts),
            format_func=lambda account_id: account_name(accounts[account_id]),
            key=f"{PLACE}_accounts",
            placeholder="Choose one or more",
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        end = st.selectbox("It ends", [*ENDS, DAY], index=1, key=f"{PLACE}_end", width=220)
        if end == DAY:
            tomorrow = _today() + timedelta(days=1)
            st.date_input("Last day", tomorrow, min_value=_today(), key=f"{PLACE}_day", width=180)
    if end == "Never":
        st.caption("A key without an end works until somebody revokes it: better give it one.")
    outcomes.show(PLACE)
    st.button(
        "Create the key",
        type="primary",
        key=f"{PLACE}_create",
        on_click=_create,
    )


def show_once() -> None:
    """The dialog with the key that was just made; it goes when its copy is confirmed."""
    if MADE in st.session_state:
        st.dialog("Copy your new key now", width="medium", dismissible=False)(_made)()


def account_name(account: ConnectedAccount) -> str:
    """An account as people know it: network and name."""
    return f"{networks.label(account.network)} · {account.name}"


def after_day(last: date, zone: str | None) -> datetime:
    """The moment when this day is over on the zone's clock, UTC."""
    return datetime.combine(last + timedelta(days=1), time(0), zone_or_utc(zone)).astimezone(UTC)


def _made() -> None:
    access.require_sign_in()
    if MADE not in st.session_state:
        st.rerun()
    name, key = st.session_state[MADE]
    st.warning(
        "It is shown this once and kept nowhere. Who has it can do everything you allowed it: keep it "
        "like a password.",
        icon=":material/key:",
    )
    st.markdown(f"**{escaped(name)}**")
    st.code(key, language=None, wrap_lines=True)
    st.caption("A first try, on a command line:")
    address = f"{get_settings().public_url}/api/v1/me"
    st.code(f'curl -H "Authorization: Bearer {key[:12]}…" {address}', language=None, wrap_lines=True)
    st.button("I have copied it", type="primary", key="api_key_copied", on_click=_forget)


def _forget() -> None:
    st.session_state.pop(MADE, None)


def _create() -> None:
    """Make the key; it is shown only when it is sure to be stored."""
    made: list[tuple[str, str]] = []

    def create(work: Work) -> str:
        state = st.session_state
        some = state.get(f"{PLACE}_part") == SOME
        info, key = api_keys.create(
            work,
            str(state.get(f"{PLACE}_name") or ""),
            scopes.chosen(PLACE),
            state.get(f"{PLACE}_accounts", []) if some else None,
            _end(str(state[f"{PLACE}_end"]), state.get(f"{PLACE}_day")),
        )
        made.append((info.name, key))
        return ""

    if acting.finish(PLACE, Permission.API_KEYS_MANAGE, create):
        st.session_state[MADE] = made[-1]


def _end(choice: str, last: date | None) -> datetime | None:
    """When the key ends, UTC: with the chosen last day on the browser's clock.

    Raises:
        InvalidError: there is no day.
    """
    if choice != DAY:
        after = ENDS[choice]
        return None if after is None else utc_now() + after
    if last is None:
        raise InvalidError("Choose the last day of the key.", field="expires_at")
    return after_day(last, st.context.timezone)


def _today() -> date:
    return utc_now().astimezone(zone_or_utc(st.context.timezone)).date()
