"""When a post goes out: now, at a time on the brand's clock, by a queue, again and again, by a campaign."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import streamlit as st

from app.composing import planned
from app.composing.composition import Composition, Stored
from app.composing.planned import InCampaign, InQueue, Plan, Repeating
from app.views.clocks import STEP, Clock, NoTime
from app.views.times import zone_or_utc
from foundation.database import utc_now
from identity.models import Brand
from identity.principal import Principal
from publishing.states import State

__all__ = ["STEP", "InCampaign", "InQueue", "NoTime", "Repeating", "Timing"]

Timing = datetime | Plan | NoTime | None  # None: now

NOW: Final = "Now"
LATER: Final = "At a time"
QUEUE: Final = "Queue"
REPEAT: Final = "Repeating"
CAMPAIGN: Final = "Campaign"
MOMENT: Final = Clock("composer")
KIND, DAY, CLOCK = "composer_kind", MOMENT.day_key, MOMENT.time_key


def choose(principal: Principal, brand: Brand, post: Composition) -> Timing:
    """Draw the choice; returns what is `chosen`."""
    zone = zone_or_utc(brand.timezone)
    kinds = offered(post)
    if st.session_state.get(KIND) not in kinds:
        st.session_state[KIND] = LATER
    kind = st.pills("When", kinds, key=KIND, required=True, persist_state="session", wrap=True)
    if kind == NOW:
        st.caption("Goes out as soon as you press the button.")
    elif kind == LATER:
        MOMENT.draw(zone)
    elif kind == QUEUE:
        planned.draw_queue(principal, brand, post)
    elif kind == REPEAT:
        planned.draw_rule(principal, brand)
    else:
        planned.draw_campaign(principal, brand)
    if post.stored is not None:
        planned.told_of_leaving(post.stored, chosen(zone, brand.id))
    return chosen(zone, brand.id)


def chosen(zone: ZoneInfo, brand_id: UUID) -> Timing:
    """What is entered: an aware UTC moment, None for now, a place in a plan, or `NoTime`.

    Also for a callback, where entries may be newer than what the page has drawn.
    """
    kind = st.session_state.get(KIND)
    if kind == NOW:
        return None
    if kind == QUEUE:
        return planned.queue(brand_id)
    if kind == REPEAT:
        return planned.rule()
    return planned.campaign(brand_id) if kind == CAMPAIGN else MOMENT.chosen(zone)


def take(at: datetime, zone: ZoneInfo) -> None:
    """Put a moment into the choice; for the callback of a button."""
    st.session_state[KIND] = LATER
    MOMENT.take(at, zone)


def load(principal: Principal, brand: Brand, stored: Stored, due_at: datetime | None) -> None:
    """Put what a stored post has into the choice."""
    plan = planned.load(principal, brand, stored, due_at)
    st.session_state[KIND] = {InQueue: QUEUE, InCampaign: CAMPAIGN}.get(type(plan), LATER)
    if plan is None and due_at is not None and due_at > utc_now():
        take(due_at, zone_or_utc(brand.timezone))


def offered(post: Composition) -> list[str]:
    """The kinds there are: what is more than a draft has its time already, and is not made to repeat."""
    again = post.stored is None or set(post.stored.states.values()) <= {State.DRAFT}
    return [NOW, LATER, QUEUE, *([REPEAT] if again else []), CAMPAIGN]
