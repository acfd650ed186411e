"""Posts that repeat, as cards: the rule in words, the next dates, and what can be done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import streamlit as st
from markupsafe import Markup

from app.planning import planning, recurrence_form
from app.planning.planning import LENGTH, Planning
from app.settings import drawer
from app.views import notices, outcomes
from app.views.html import markup
from app.views.times import zone_or_utc
from foundation.database import utc_now
from identity.work import Work, working
from publishing.scheduling import recurrences
from publishing.scheduling.recurrences import RecurrenceView
from publishing.scheduling.rule_words import in_words
from publishing.scheduling.walltime import Reading, read

COUNT: Final = 4
MORE: Final = 12
ENDED: Final = "recurrences_ended"


def show(of: Planning) -> None:
    """Draw the part."""
    with working(of.principal, needs=planning.READ) as work:
        found = recurrences.recurrences(work.session, of.brand_id, count=MORE)
        posts = recurrences.posts_of(work.session, [one.id for one in found])
    found = [one for one in found if one.brand_id in of.brands]
    going_on = [one for one in found if one.ended_at is None]
    ended = [one for one in found if one.ended_at is not None]
    if of.writes():
        st.caption("Write a post in the Composer and choose **Repeating**: it shows up here.")
    if not going_on:
        notices.empty(
            "Nothing repeats",
            "A post that comes again, every Monday say, is written once. Each date is a post of its own, "
            "which can be changed or left out.",
        )
    going_on.sort(key=lambda one: one.next[0].at if one.next else utc_now())
    for one in going_on:
        _card(of, one, posts.get(one.id, {}))
    if ended and st.toggle(f"Ended ({len(ended)})", key=ENDED):
        for one in ended:
            _card(of, one, {})


def _card(of: Planning, one: RecurrenceView, posts: Mapping[datetime, UUID]) -> None:
    zone = zone_or_utc(one.zone)
    with st.container(border=True, key=f"card_recurrence_{one.id}"):
        st.html(_head(of, one))
        if one.problem:
            st.error(
                notices.escaped(f"Its next posts could not be made: {one.problem}"), icon=":material/error:"
            )
        if one.ended_at is not None:
            return
        writes = of.writes(one.brand_id)
        place = f"recurrence_{one.id}"
        outcomes.show(place)
        further = st.session_state.get(f"{place}_more", False)
        with st.container(gap=None):
            for reading in one.next[: MORE if further else COUNT]:
                _date(of, one, reading, zone, posts.get(reading.local), writes=writes)
            if writes:
                _skipped(of, one, zone)
        if not one.next:
            st.caption("No date is left.")
        with st.container(horizontal=True, vertical_alignment="center", key=f"do_{one.id}"):
            if len(one.next) > COUNT:
                st.toggle("More dates", key=f"{place}_more")
            if writes:
                _buttons(of, one)


def _head(of: Planning, one: RecurrenceView) -> Markup:
    brand, known = of.brands[one.brand_id], of.accounts
    text = one.text or "(no words)"
    word, tone = ("Repeats", "good") if one.ended_at is None else ("Ended", "off")
    names = [(known[each].network, known[each].name) for each in one.account_ids if each in known]
    return markup(
        '<div class="pub"><div class="line"><b>{rule}</b><span class="chip {tone}">{word}</span>'
        '<span class="sub">{brand} · {zone}</span></div><p class="text">{text}</p>'
        '<div class="line sub">{accounts}</div></div>',
        rule=in_words(one.rule, one.starts, one.zone),
        tone=tone,
        word=word,
        brand=brand.name,
        zone=one.zone.replace("_", " "),
        text=text if len(text) <= LENGTH else f"{text[:LENGTH]} …",
        accounts=planning.on(names),
    )


def _date(
    of: Planning, one: RecurrenceView, reading: Reading, zone: ZoneInfo, post_id: UUID | None, *, writes: bool
) -> None:
    key = f"{one.id}_{reading.local:%Y%m%d%H%M}"
    with st.container(horizontal=True, vertical_alignment="center", key=f"date_{key}"):
        st.html(
            markup(
                '<div class="date">{at}<div class="sub">{notice}</div></div>',
                at=planning.clock(reading.at, zone),
                notice=reading.notice or "",
            ),
            width="stretch",
        )
        if writes and post_id is not None:
            planning.change_link(post_id)
        if writes:
            do = partial(_skip, one.id, reading.local)
            of.button("Skip", f"recurrence_{one.id}", f"skip_{key}", do, ":material/event_busy:")


def _skipped(of: Planning, one: RecurrenceView, zone: ZoneInfo) -> None:
    """The dates still to come that are left out."""
    for local in one.skipped:
        at = read(local, zone).at
        if at <= utc_now():
            continue
        key = f"{one.id}_{local:%Y%m%d%H%M}"
        with st.container(horizontal=True, vertical_alignment="center", key=f"date_{key}"):
            line = markup('<div class="date gone">{at}</div>', at=planning.clock(at, zone))
            st.html(line, width="stretch")
            do = partial(_take_back, one.id, local)
            of.button("Have it again", f"recurrence_{one.id}", f"back_{key}", do, ":material/undo:")


def _buttons(of: Planning, one: RecurrenceView) -> None:
    if st.button("Edit", key=f"recurrence_edit_{one.id}"):
        recurrence_form.begin(one)
        title = "Edit what repeats"
        drawer.open_drawer(title, recurrence_form.place_of(one), partial(recurrence_form.draw, one))
    of.confirm(
        "End", "No more posts are made, and those that wait are deleted. What was sent stays.",
        f"recurrence_end_{one.id}", partial(_end, one.id, one.version), danger=True,
    )  # fmt: skip


def _skip(recurrence_id: UUID, local: datetime, work: Work) -> str:
    recurrences.skip(work.session, recurrence_id, local)
    return "This date is left out."


def _take_back(recurrence_id: UUID, local: datetime, work: Work) -> str:
    recurrences.take_back_skip(work.session, recurrence_id, local)
    return "This date is there again."


def _end(recurrence_id: UUID, version: int, work: Work) -> str:
    recurrences.end(work.session, recurrence_id, version=version)
    return "It does not repeat any more."
