"""Going back to an earlier release and holding releases back, for who administers the installation."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from app.settings import acting
from app.views.times import moment_with_utc
from identity import installation
from identity.errors import ConflictError, ForbiddenError
from identity.principal import Origin, Visitor
from warehouse import holds, rollbacks
from warehouse.holds import Hold, ReleaseError
from warehouse.releases import Release

BACK, HOLD, RESUME = "releases_back", "releases_hold", "releases_resume"
TO, WHY_BACK, KEEP, WHY_HOLD = "releases_to", "releases_why_back", "releases_keep", "releases_why_hold"
TOLD: Final = "Everybody who looks at the numbers, in every organization, is told."


def may_go_back(visitor: Visitor) -> bool:
    """Whether they may choose the numbers that every organization of the installation sees."""
    try:
        installation.require_super_admin(visitor)
    except ForbiddenError:
        return False
    return True


def choose(kept: list[Release], current: Release, zone: ZoneInfo) -> None:
    """Draw the choice of a release to go back to; `kept` are those there are, newest first."""
    st.markdown("#### Go back to earlier numbers")
    if not kept:
        st.caption("There is no earlier release yet. Each good build makes one.")
        return
    of = {one.id: f"Release {one.id} · {moment_with_utc(one.released_at, zone)}" for one in kept}
    one_step = next((place for place, one in enumerate(of) if one < current.numbers_of), 0)
    to = st.selectbox("Release", list(of), index=one_step, format_func=lambda one: of.get(one, ""), key=TO)
    st.text_input("Why", key=WHY_BACK, max_chars=holds.LONGEST_WHY, help=TOLD)
    st.checkbox(
        "Release nothing new until somebody lets it",
        key=KEEP,
        help="Otherwise the next good build, at most an hour from now, shows newer numbers again.",
    )
    acting.confirm_as_oneself(
        "Go back",
        f"Every organization of this installation sees the numbers of release {to} at once.",
        BACK,
        _go_back,
        icon=":material/undo:",
    )


def holding(hold: Hold | None) -> None:
    """Draw the button that holds releases back, or lets them out again."""
    if hold is not None:
        st.markdown("#### Releases are held back")
        acting.confirm_as_oneself(
            "Release again",
            "The next good build shows its numbers.",
            RESUME,
            _resume,
            icon=":material/play_arrow:",
        )
        return
    st.markdown("#### Hold releases back")
    st.text_input("Why", key=WHY_HOLD, max_chars=holds.LONGEST_WHY, help=TOLD)
    acting.confirm_as_oneself(
        "Hold back",
        "Builds go on and are checked; what people see stays as it is until somebody lets the next one out.",
        HOLD,
        _hold,
        icon=":material/pause:",
    )


def _go_back(visitor: Visitor, _: Origin) -> str:
    installation.require_super_admin(visitor)
    why, keep = str(st.session_state.get(WHY_BACK, "")), bool(st.session_state.get(KEEP))
    try:
        back = rollbacks.rollback(visitor.email, why, st.session_state[TO], hold=keep)
    except ReleaseError as error:
        raise ConflictError(_sentence(error)) from None
    st.session_state[WHY_BACK], st.session_state[KEEP] = (
        "",
        False,
    )  # so that a second press does no second step
    return f"Everybody sees the numbers of release {back.numbers_of} again."


def _hold(visitor: Visitor, _: Origin) -> str:
    installation.require_super_admin(visitor)
    try:
        holds.hold(visitor.email, str(st.session_state.get(WHY_HOLD, "")))
    except ReleaseError as error:
        raise ConflictError(_sentence(error)) from None
    st.session_state[WHY_HOLD] = ""
    return "Releases are held back."


def _resume(visitor: Visitor, _: Origin) -> str:
    installation.require_super_admin(visitor)
    return "The next good build releases again." if holds.resume(visitor.email) else "Nothing was held back."


def _sentence(error: ReleaseError) -> str:
    words = str(error)
    return f"{words[0].upper()}{words[1:]}."
