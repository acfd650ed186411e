"""Campaigns as cards: the launch, the posts around it, and what can be done."""

from __future__ import annotations

from functools import partial
from zoneinfo import ZoneInfo

import streamlit as st
from markupsafe import Markup

from app.planning import campaign_form, launch_form, planning
from app.planning.distance import in_words
from app.planning.planning import Planning, change_link, plural
from app.settings import drawer
from app.views import notices, outcomes
from app.views.html import markup
from app.views.times import moment_with_utc, zone_or_utc
from foundation.database import utc_now
from identity.work import Work, working
from publishing import reading
from publishing.reading import Found, Wanted
from publishing.scheduling import campaigns
from publishing.scheduling.campaigns import CampaignView
from publishing.states import Event, State, allows

MOST = 200  # posts of one campaign that are shown


def show(of: Planning) -> None:
    """Draw the part."""
    with working(of.principal, needs=planning.READ) as work:
        found = [one for one in campaigns.campaigns(work.session, of.brand_id) if one.brand_id in of.brands]
    if of.writes() and st.button(
        "New campaign", type="primary", icon=":material/add:", key=campaign_form.NEW
    ):
        campaign_form.begin(None)
        drawer.open_drawer("New campaign", campaign_form.NEW, partial(campaign_form.draw, of, None))
    if not found:
        notices.empty(
            "No campaign yet",
            "The posts of a campaign stand at distances from its launch: three days before, at the launch, a "
            "week after. When the launch moves, all of them move."
            if of.writes()
            else "What your team plans around a launch shows up here.",
        )
    found.sort(key=lambda one: (of.brands[one.brand_id].name, one.name))
    for one in found:
        _card(of, one)


def _card(of: Planning, one: CampaignView) -> None:
    zone = zone_or_utc(one.zone)
    with st.container(border=True, key=f"card_campaign_{one.id}"):
        st.html(_head(of, one, zone))
        if of.writes(one.brand_id):
            with st.container(horizontal=True, key=f"do_{one.id}"):
                _buttons(of, one)
        if one.posts:
            posts = st.expander("Posts", key=f"campaign_posts_{one.id}", on_change="rerun")
            if posts.open:
                with posts:
                    _posts(of, one, zone)
        elif of.writes(one.brand_id):
            st.caption("Write its posts in the Composer and choose **Campaign**.")


def _head(of: Planning, one: CampaignView, zone: ZoneInfo) -> Markup:
    word, tone = ("Launch not known", "wait")
    if one.launch_at is not None:
        word, tone = ("Launched", "off") if one.launch_at <= utc_now() else ("Coming", "good")
    return markup(
        '<div class="brand"><div class="line"><b>{name}</b><span class="chip {tone}">{word}</span>'
        '<span class="sub">{brand} · {zone}</span></div><div>{launch}</div>'
        '<div class="sub">{posts}</div></div>',
        name=one.name,
        tone=tone,
        word=word,
        brand=of.brands[one.brand_id].name,
        zone=one.zone.replace("_", " "),
        launch=f"Launch: {moment_with_utc(one.launch_at, zone)}"
        if one.launch_at
        else "Its posts wait until the launch is known.",
        posts=plural(one.posts, "post") if one.posts else "No post yet",
    )


def _buttons(of: Planning, one: CampaignView) -> None:
    if st.button("Move the launch" if one.launch_at else "Set the launch", key=f"campaign_move_{one.id}"):
        launch_form.begin(one)
        place = launch_form.place_of(one)
        drawer.open_drawer(f"Launch of {one.name}", place, partial(launch_form.draw, one))
    if st.button("Rename", key=f"campaign_edit_{one.id}"):
        campaign_form.begin(one)
        place = campaign_form.place_of(one)
        drawer.open_drawer(f"Rename {one.name}", place, partial(campaign_form.draw, of, one))
    of.confirm(
        "Delete", "Its posts keep their times, and belong to no campaign.",
        f"campaign_delete_{one.id}", partial(_delete, one), danger=True,
    )  # fmt: skip


def _posts(of: Planning, one: CampaignView, zone: ZoneInfo) -> None:
    with working(of.principal, needs=planning.READ) as work:
        found = reading.posts(work.session, Wanted(campaign_id=one.id), MOST)
    place = f"campaign_{one.id}"
    outcomes.show(place)
    for post in sorted(found, key=_order):
        with st.container(border=True, key=f"row_post_{post.post.id}"):
            st.html(planning.post(post, _time(post, zone), _distance(one, post, zone)))
            if of.writes(one.brand_id):
                key = f"do_post_{post.post.id}"
                with st.container(horizontal=True, vertical_alignment="center", gap="small", key=key):
                    do = partial(_take_out, post)
                    of.button("Take out", place, f"leave_{post.post.id}", do, ":material/close:")
                    if any(allows(each.row.current, Event.REVISE) for each in post.publications):
                        change_link(post.post.id)


def _order(post: Found) -> tuple[float, float]:
    times = [one.row.due_at.timestamp() for one in post.publications if one.row.due_at]
    offset = post.post.campaign_offset
    return min(times, default=0), offset.total_seconds() if offset is not None else 0


def _time(post: Found, zone: ZoneInfo) -> Markup:
    times = sorted(
        {
            one.row.published_at or one.row.due_at
            for one in post.publications
            if one.row.part == 0 and one.row.current is not State.CANCELLED and one.row.due_at
        },
        key=lambda at: at.timestamp() if at else 0,
    )
    said = [planning.clock(at, zone) for at in times if at]
    return said[0] + ", and later" if len(said) > 1 else next(iter(said), Markup("No time yet"))


def _distance(one: CampaignView, post: Found, zone: ZoneInfo) -> str:
    """How far from the launch; said of a time that somebody gave it, too."""
    offset = post.post.campaign_offset
    waiting = {each.row.due_at for each in post.publications if each.row.due_at and each.row.part == 0}
    if one.launch_at is not None and len(waiting) == 1:
        (due_at,) = waiting
        if due_at is not None and (
            offset is None or campaigns.time_of(one.launch_at, offset, zone).at != due_at
        ):
            return f"{in_words(campaigns.offset_of(one.launch_at, due_at, zone))}, at a time of its own"
    return in_words(offset) if offset is not None else ""


def _take_out(post: Found, work: Work) -> str:
    campaigns.take_out(work.session, post.post.id)
    return "It is out of the campaign, and keeps its time."


def _delete(one: CampaignView, work: Work) -> str:
    campaigns.delete(work.session, one.id, version=one.version)
    return f"{one.name} is deleted."
