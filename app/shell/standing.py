"""What stands between people and the newest numbers: somebody went back, or holds releases back."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import streamlit as st

from app.views.notices import escaped
from app.views.times import moment_with_utc
from warehouse.holds import Hold
from warehouse.releases import Release


def standing_text(release: Release, hold: Hold | None, zone: ZoneInfo) -> str | None:
    """What to say about the release that a page shows, as Markdown; None when it is simply the newest."""
    if release.origin_id is not None:
        since = moment_with_utc(release.released_at, zone)
        then = "until releases go on" if hold else "until the next numbers pass their checks"
        return (
            f"**These are the earlier numbers of release {release.origin_id}**, brought back {since}: "
            f"{escaped(release.note or '')}. They stand {then}."
        )
    if hold is not None:
        return (
            f"**New numbers are held back** since {moment_with_utc(hold.held_at, zone)}: "
            f"{escaped(hold.why)}. What you see is release {release.id}."
        )
    return None


def banner(release: Release, hold: Hold | None, zone: ZoneInfo) -> None:
    """Say it."""
    text = standing_text(release, hold, zone)
    if text is not None:
        st.warning(text, icon=":material/history:")
