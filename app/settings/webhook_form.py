"""Creating a webhook: the form, and the one time its secret is shown."""

from __future__ import annotations

from typing import Final

import streamlit as st

from app.settings import acting
from app.shell import access
from app.views import outcomes
from app.views.notices import escaped
from identity.permissions import Permission
from identity.work import Work
from publishing.happenings import Kind
from publishing.telling import webhooks
from publishing.telling.words import NAMES

PLACE: Final = "webhook_new"
MADE: Final = "webhook_made"  # (address, secret), until it was copied


def draw() -> None:
    """The drawer's body."""
    st.text_input("Address", key=f"{PLACE}_url", live="0ms", placeholder="https://example.com/hook")
    st.markdown("What it is told")
    kinds(PLACE, frozenset(NAMES) - {Kind.COMMENTED})
    outcomes.show(PLACE)
    st.button("Create the webhook", type="primary", key=f"{PLACE}_create", on_click=_create)


def kinds(place: str, ticked: frozenset[Kind]) -> None:
    """Draw a box for each kind; `chosen` with the same place reads them."""
    with st.container(gap=None, key=f"kinds_{place}"):
        for kind, name in NAMES.items():
            st.checkbox(name, kind in ticked, key=_box(place, kind), help=kind.value)


def chosen(place: str) -> frozenset[Kind]:
    """The kinds whose boxes are ticked."""
    return frozenset(kind for kind in NAMES if st.session_state.get(_box(place, kind)))


def show_once() -> None:
    """The dialog with the secret that was just made; it goes when its copy is confirmed."""
    if MADE in st.session_state:
        st.dialog("Copy the secret now", width="medium", dismissible=False)(_made)()


def _made() -> None:
    access.require_sign_in()
    if MADE not in st.session_state:
        st.rerun()
    address, secret = st.session_state[MADE]
    st.warning(
        "It is shown this once. Your program checks with it that a message is from here: keep it like a "
        "password.",
        icon=":material/key:",
    )
    st.markdown(f"**{escaped(address)}**")
    st.code(secret, language=None, wrap_lines=True)
    st.caption(
        "Messages are signed as Standard Webhooks says: use one of its libraries (standardwebhooks.com), and "
        "remember each `webhook-id`, for a message may come twice."
    )
    st.button("I have copied it", type="primary", key="webhook_copied", on_click=_forget)


def _forget() -> None:
    st.session_state.pop(MADE, None)


def _create() -> None:
    """Make the webhook; its secret is shown only when it is sure to be stored."""
    made: list[tuple[str, str]] = []

    def create(work: Work) -> str:
        address = str(st.session_state.get(f"{PLACE}_url") or "")
        info, secret = webhooks.create(work, address, chosen(PLACE))
        made.append((info.url, secret))
        return ""

    if acting.finish(PLACE, Permission.WEBHOOKS_MANAGE, create):
        st.session_state[MADE] = made[-1]


def _box(place: str, kind: Kind) -> str:
    return f"{place}_{kind.value}"
