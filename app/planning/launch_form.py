"""Moving a campaign's launch: what would become of each post is shown first, then all move or none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st
from markupsafe import Markup

from app.planning import planning
from app.planning.planning import WRITE, plural
from app.settings import acting
from app.shell import access
from app.views import outcomes
from app.views.clocks import Clock, NoTime, full_hour
from app.views.html import joined, markup
from app.views.notices import escaped
from app.views.times import moment, zone_or_utc
from identity.permissions import Permission
from identity.work import Work, working
from publishing.changes import DraftError
from publishing.scheduling import launching
from publishing.scheduling.campaigns import CampaignView
from publishing.scheduling.launching import Move

LENGTH: Final = 70  # characters of a text
UNKNOWN: Final = "The launch is not known for now"


def place_of(campaign: CampaignView) -> str:
    """The name of the form, which its fields' keys begin with."""
    return f"launch_{campaign.id}"


def begin(campaign: CampaignView) -> None:
    """Begin with the launch as it is now; to be called when the drawer is opened."""
    zone = zone_or_utc(campaign.zone)
    _clock(campaign).take(campaign.launch_at or full_hour(zone), zone)
    st.session_state[_unknown(campaign)] = False


def draw(campaign: CampaignView) -> None:
    """The drawer's body."""
    place, zone = place_of(campaign), zone_or_utc(campaign.zone)
    st.checkbox(UNKNOWN, key=_unknown(campaign), help="Its posts then wait until it is.")
    at = None if st.session_state[_unknown(campaign)] else _clock(campaign).draw(zone)
    if isinstance(at, NoTime):
        return
    with working(access.require_sign_in(), needs=Permission.POSTS_READ) as work:
        found = launching.preview(work.session, campaign.id, at)
    unchanged = at == campaign.launch_at
    if found.moves and not unchanged:
        st.markdown("**What moves**")
        st.html(markup('<div class="moves">{rows}</div>', rows=_rows(found.moves, zone)))
    if found.stays:
        st.caption(f"{plural(found.stays, 'publication')} sent, failed or missed: not moved.")
    if found.problem and not unchanged:
        st.error(escaped(found.problem), icon=":material/error:")
    outcomes.show(place)
    st.button(
        f"Move {plural(len({one.post_id for one in found.moves}), 'post')}" if found.moves else "Save",
        type="primary", key=f"save_{place}", disabled=unchanged or found.problem is not None,
        on_click=acting.submit, args=(place, WRITE, partial(planning.changed, partial(_move, campaign))),
    )  # fmt: skip


def _rows(moves: Iterable[Move], zone: ZoneInfo) -> Markup:
    """Each post once, with all the accounts on which it moves alike."""
    alike: dict[tuple[object, ...], list[Move]] = {}
    for one in moves:
        alike.setdefault((one.post_id, one.before, one.after), []).append(one)
    return joined([_row(several, zone) for several in alike.values()])


def _row(alike: Sequence[Move], zone: ZoneInfo) -> Markup:
    one = alike[0]
    text = one.text or "(no words)"
    return markup(
        '<div class="move {tone}"><div>{text}</div><div class="sub">{accounts}</div>'
        "<div>{before} → <b>{after}</b></div>{notice}</div>",
        tone="bad" if one.is_past else "",
        text=text if len(text) <= LENGTH else f"{text[:LENGTH]} …",
        accounts=planning.on((each.network, each.account_name) for each in alike),
        before=moment(one.before, zone) if one.before else "no time",
        after=moment(one.after.at, zone) if one.after else "no time",
        notice=markup('<div class="sub">{notice}</div>', notice=_notice(one)) if _notice(one) else "",
    )


def _notice(one: Move) -> str:
    if one.is_past:
        return "This time has passed."
    return (one.after.notice or "") if one.after else ""


def _move(campaign: CampaignView, work: Work) -> str:
    """Move all, as the browser has it now."""
    at: datetime | NoTime | None = None
    if not st.session_state.get(_unknown(campaign)):
        at = _clock(campaign).chosen(zone_or_utc(campaign.zone))
    if isinstance(at, NoTime):
        raise DraftError([at.problem])
    moved = launching.set_launch(work.session, campaign.id, at, version=campaign.version)
    return (
        f"{plural(len(moved.post_ids), 'post has', 'posts have')} new times." if moved.post_ids else "Saved."
    )


def _clock(campaign: CampaignView) -> Clock:
    return Clock(place_of(campaign))


def _unknown(campaign: CampaignView) -> str:
    return f"{place_of(campaign)}_unknown"
