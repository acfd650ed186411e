"""Settings · Releases: which numbers people see, since when and why, and going back to earlier ones."""

from __future__ import annotations

import streamlit as st

from app.releasing import going_back
from app.releasing.table import table
from app.settings import entering
from app.shell import standing
from app.views import notices
from app.views.times import moment_with_utc, zone_or_utc
from identity.permissions import Permission
from warehouse import holds, releases

PAGE_SIZE = 20
SHOWN = "releases_shown"


def page() -> None:
    """Draw the page."""
    principal = entering.entered(
        Permission.AUDIT_READ,
        "Releases",
        "Numbers are computed every hour and checked. Only what passed is released; every page and report "
        "reads one release from start to end.",
    )
    if principal is None:
        return
    zone = zone_or_utc(st.context.timezone)
    current = releases.current()
    if current is None:
        notices.empty(
            "Nothing is released yet",
            "The first numbers are here once the history of the connected accounts is fetched and checked.",
        )
        return
    hold = holds.held()
    notices.build_banner(releases.last_build(), zone)
    standing.banner(current, hold, zone)
    st.markdown(f"People see **release {current.id}** since {moment_with_utc(current.released_at, zone)}.")
    shown = st.session_state.get(SHOWN, PAGE_SIZE)
    found = releases.history(shown + 1)
    administers = going_back.may_go_back(principal)
    st.html(table(found[:shown], current, zone, names=administers))
    if len(found) > shown:
        st.button("Show more", key="more_releases", on_click=_more)
    if administers:
        kept = [
            one
            for one in found
            if one.origin_id is None and one.expired_at is None and one.snapshot_id != current.snapshot_id
        ]
        going_back.choose(kept, current, zone)
        going_back.holding(hold)
    else:
        st.caption(
            "All organizations of this installation see the same release. Whoever runs it can go back to an "
            "earlier one."
        )


def _more() -> None:
    st.session_state[SHOWN] = st.session_state.get(SHOWN, PAGE_SIZE) + PAGE_SIZE
