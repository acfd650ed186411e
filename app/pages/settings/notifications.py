"""Settings · My notifications: what one is told of in this organization, and where."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

import streamlit as st

from app.settings import acting, entering
from app.shell import frame
from app.views import outcomes
from identity.permissions import held
from identity.work import Work, working
from publishing.happenings import Kind
from publishing.telling import audience, wishes
from publishing.telling.wishes import Wish
from publishing.telling.words import NAMES

PLACE: Final = "notification_settings"


def page() -> None:
    """Draw the page."""
    principal = entering.drawn_for()
    frame.title(
        "My notifications",
        f"What you are told of in {principal.organization_name}. It is yours alone; others choose for "
        "themselves.",
    )
    outcomes.announce()
    with working(principal) as work:
        chosen = wishes.of_person(work.session, principal.organization_id, principal.person_id)
    shown = {kind: wish for kind, wish in chosen.items() if audience.may_concern(kind, held(principal))}
    with st.container(border=True, key="card_notifications"):
        for kind, wish in shown.items():
            _row(kind, wish)
        outcomes.show(PLACE)
        st.button(
            "Save", type="primary", key="notification_settings_save",
            on_click=acting.act, args=(PLACE, None, partial(_save, shown)),
        )  # fmt: skip
    st.caption("E-mails go to the address you sign in with. You hear only of brands that you see.")


def _row(kind: Kind, wish: Wish) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"wish_{kind.name.lower()}"):
        st.markdown(NAMES[kind], width="stretch")
        with st.container(horizontal=True, width="content", key=f"where_{kind.name.lower()}"):
            st.checkbox("In the app", wish.in_app, key=_key(kind, "app", wish))
            st.checkbox("E-mail", wish.by_email, key=_key(kind, "email", wish))


def _key(kind: Kind, where: str, kept: Wish) -> str:
    """Of the wish as it is kept: when it is changed elsewhere the box is drawn anew, and what is saved is
    what was seen.
    """
    return f"wish_{where}_{kind.name.lower()}_{kept.in_app:d}{kept.by_email:d}"


def _save(drawn: Mapping[Kind, Wish], work: Work) -> str:
    """Write what was changed here, and nothing else."""
    state = st.session_state
    chosen = {
        kind: Wish(bool(state[_key(kind, "app", wish)]), bool(state[_key(kind, "email", wish)]))
        for kind, wish in drawn.items()
    }
    changed = {kind: wish for kind, wish in chosen.items() if wish != drawn[kind]}
    principal = work.principal
    wishes.choose(work.session, principal.organization_id, principal.person_id, changed)
    return "Saved."
