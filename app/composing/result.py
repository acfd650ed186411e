"""What became of the post just scheduled."""

from __future__ import annotations

from uuid import UUID

import streamlit as st

from app.shell import access
from app.views import publications
from app.web.health import publishing_runs
from foundation.database import tenant_session
from publishing.listing import publications_of
from publishing.states import PostState, State, post_state

REFRESH_S = 2
WAITING = {State.APPROVED, State.SCHEDULED}


@st.fragment(run_every=REFRESH_S)
def follow(post_id: UUID) -> None:
    """The publications of a post with their states, kept up to date."""
    principal = access.require_sign_in()
    with tenant_session(principal.tenant) as session:
        found = publications_of(session, post_id)
    with st.container(border=True, key="card_result"):
        states = {view.state for view in found}
        st.markdown(f"**{heading(states)}**")
        for view in found:
            st.html(publications.card(view, with_text=False))
        if states & WAITING and not publishing_runs():
            st.error(
                "Scheduled publishing is not running, so this will not go out at its time.",
                icon=":material/cloud_off:",
            )


def heading(states: set[State]) -> str:
    """One phrase for the post as a whole: what needs attention first."""
    phrase = {
        PostState.NEEDS_ATTENTION: "Not everything went out",
        PostState.PARTLY_PUBLISHED: "Going out",
        PostState.PUBLISHING: "Going out",
    }
    state = post_state(states)
    if State.UNKNOWN in states and not states & {State.FAILED, State.MISSED}:
        return "Not known yet"  # it may be live
    return phrase.get(state, state.value.replace("_", " ").capitalize())
