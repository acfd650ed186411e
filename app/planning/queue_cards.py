"""Queues as cards: their slots by weekday, their posts in order, and what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import streamlit as st
from markupsafe import Markup

from app.planning import planning, queue_form
from app.planning.planning import Planning, change_link, plural
from app.settings import drawer
from app.views import notices, outcomes
from app.views.html import joined, markup
from app.views.notices import escaped
from app.views.times import moment_with_utc, zone_or_utc
from foundation.database import utc_now
from identity.work import Work, working
from publishing import reading
from publishing.scheduling import queueing, queues
from publishing.scheduling.queueing import Placed
from publishing.scheduling.queues import QueueView
from publishing.scheduling.slots import Slot, odd_slots

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
AHEAD: Final = timedelta(days=35)  # so far ahead odd times are told


def show(of: Planning) -> None:
    """Draw the part."""
    with working(of.principal, needs=planning.READ) as work:
        found = [
            (queue, queues.next_free(work.session, queue.id, 1))
            for queue in queues.queues(work.session, of.brand_id)
            if queue.brand_id in of.brands
        ]
    if of.writes() and st.button("New queue", type="primary", icon=":material/add:", key=queue_form.NEW):
        queue_form.forget(queue_form.NEW)
        drawer.open_drawer("New queue", queue_form.NEW, partial(queue_form.draw, of, None))
    if not found:
        notices.empty(
            "No queue yet",
            "A queue has weekdays and times. Each post that is added to it takes the next free one."
            if of.writes()
            else "What your team plans in queues shows up here.",
        )
    found.sort(key=lambda one: (of.brands[one[0].brand_id].name, one[0].name))
    for queue, free in found:
        _card(of, queue, free)


def _card(of: Planning, queue: QueueView, free: Sequence[datetime]) -> None:
    zone = zone_or_utc(queue.zone)
    with st.container(border=True, key=f"card_queue_{queue.id}"):
        st.html(_head(of, queue, free, zone))
        now = utc_now()
        for reading_ in odd_slots(queue.slots, zone, now, now + AHEAD):
            st.warning(escaped(reading_.notice or ""), icon=":material/schedule:")
        if of.writes(queue.brand_id):
            _buttons(of, queue)
        if queue.waiting:
            posts = st.expander("Posts", key=f"queue_posts_{queue.id}", on_change="rerun")
            if posts.open:
                with posts:
                    _posts(of, queue, zone)


def _head(of: Planning, queue: QueueView, free: Sequence[datetime], zone: ZoneInfo) -> Markup:
    if queue.paused_at is not None:
        word, tone, following = "Paused", "wait", "nothing goes out of it until it goes on"
    elif not queue.slots:
        word, tone, following = "No slots", "bad", "add weekdays and times, and it takes posts"
    else:
        word, tone, following = "Running", "good", f"next free slot: {moment_with_utc(free[0], zone)}"
    return markup(
        '<div class="brand"><div class="line"><b>{name}</b><span class="chip {tone}">{word}</span>'
        '<span class="sub">{brand} · {zone}</span></div><div class="sub">{waiting} · {following}</div>'
        "{week}</div>",
        name=queue.name,
        tone=tone,
        word=word,
        brand=of.brands[queue.brand_id].name,
        zone=queue.zone.replace("_", " "),
        waiting=plural(queue.waiting, "post waits", "posts wait") if queue.waiting else "No post waits",
        following=following,
        week=_week(queue.slots),
    )


def _week(slots: Sequence[Slot]) -> Markup:
    """The times of each weekday."""
    days = [
        markup(
            '<div><span class="lbl">{day}</span>{times}</div>',
            day=DAYS[weekday - 1],
            times=joined(
                [
                    markup("<span>{at}</span>", at=f"{slot.at:%H:%M}")
                    for slot in slots
                    if slot.weekday == weekday
                ]
            )
            or markup('<i class="unknown">–</i>'),
        )
        for weekday in range(1, 8)
    ]
    return markup('<div class="week">{days}</div>', days=joined(days))


def _buttons(of: Planning, queue: QueueView) -> None:
    with st.container(horizontal=True, key=f"do_{queue.id}"):
        if st.button("Edit", key=f"queue_edit_{queue.id}"):
            place = queue_form.place_of(queue)
            queue_form.forget(place)
            drawer.open_drawer(f"Edit {queue.name}", place, partial(queue_form.draw, of, queue))
        if queue.paused_at is None:
            of.confirm(
                "Pause", "Its posts keep their order, and none goes out until it goes on.",
                f"queue_pause_{queue.id}", partial(_pause, queue.id),
            )  # fmt: skip
        else:
            of.confirm(
                "Go on", "Its posts take the next slots from now on, in their order.",
                f"queue_resume_{queue.id}", partial(_resume, queue.id),
            )  # fmt: skip
        if queue.waiting > 1:
            of.confirm(
                "Shuffle", "The slots that its posts have are dealt anew, by chance.",
                f"queue_shuffle_{queue.id}", partial(_shuffle, queue.id, queue.version),
            )  # fmt: skip
        of.confirm(
            "Delete",
            "Its posts keep their times; those that a pause holds back wait until they get one.",
            f"queue_delete_{queue.id}", partial(_delete, queue.id, queue.version), danger=True,
        )  # fmt: skip


def _posts(of: Planning, queue: QueueView, zone: ZoneInfo) -> None:
    with working(of.principal, needs=planning.READ) as work:
        places = queueing.places(work.session, queue.id)
        found = reading.posts_of(work.session, [place.post_id for place in places])
    place = f"queue_order_{queue.id}"
    outcomes.show(place)
    now = utc_now()
    order = [one.post_id for one in places if one.slot_at is None or one.slot_at > now]
    for one in places:
        if one.post_id in found:
            with st.container(border=True, key=f"row_place_{one.post_id}"):
                time = planning.clock(one.slot_at, zone) if one.slot_at else "Waits for the queue to go on"
                st.html(planning.post(found[one.post_id], time))
                if of.writes(queue.brand_id) and one.post_id in order:
                    _moves(of, queue, order, one, place)


def _moves(of: Planning, queue: QueueView, order: list[UUID], one: Placed, place: str) -> None:
    number = order.index(one.post_id)
    first, last = number == 0, number == len(order) - 1
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key=f"do_place_{one.post_id}"
    ):
        for label, to, off, icon in (
            ("First", 0, first, "vertical_align_top"),
            ("Earlier", number - 1, first, "arrow_upward"),
            ("Later", number + 1, last, "arrow_downward"),
            ("Last", len(order) - 1, last, "vertical_align_bottom"),
        ):
            do = partial(_move, queue.id, order, one.post_id, to, queue.version)
            key = f"{label.lower()}_{one.post_id}"
            of.button(label, place, key, do, f":material/{icon}:", disabled=off)
        do = partial(_take_out, one.post_id)
        of.button("Take out", place, f"out_{one.post_id}", do, ":material/close:")
        change_link(one.post_id)


def _move(queue_id: UUID, order: list[UUID], post_id: UUID, to: int, version: int, work: Work) -> str:
    others = [one for one in order if one != post_id]
    queueing.reorder(work.session, queue_id, [*others[:to], post_id, *others[to:]], version=version)
    return ""


def _take_out(post_id: UUID, work: Work) -> str:
    queueing.remove(work.session, post_id)
    return "It is out of the queue, and waits until it gets a time."


def _pause(queue_id: UUID, work: Work) -> str:
    queues.pause(work.session, queue_id)
    return "The queue is paused."


def _resume(queue_id: UUID, work: Work) -> str:
    queues.resume(work.session, queue_id)
    return "The queue goes on."


def _shuffle(queue_id: UUID, version: int, work: Work) -> str:
    queueing.shuffle(work.session, queue_id, version=version)
    return "Shuffled."


def _delete(queue_id: UUID, version: int, work: Work) -> str:
    queues.delete(work.session, queue_id, version=version)
    return "The queue is deleted."
