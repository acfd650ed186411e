"""The choices of when that belong to a plan: a queue's next slot, a rule, a campaign."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import streamlit as st

from app.composing.composition import Composition, Stored
from app.planning import rule_preview
from app.planning.distance import Distance
from app.planning.rule_form import RuleForm
from app.views.clocks import Clock, NoTime, readings
from app.views.notices import escaped
from app.views.times import moment_with_utc, zone_or_utc
from foundation.database import tenant_session
from identity.models import Brand
from identity.principal import Principal
from publishing.scheduling import campaigns, queueing, queues
from publishing.scheduling.campaigns import CampaignView
from publishing.scheduling.queues import QueueView

RULE: Final = RuleForm("composer_rule", Clock("composer"))
DISTANCE: Final = Distance("composer_distance")
NO_QUEUE: Final = "Choose a queue."
NO_CAMPAIGN: Final = "Choose a campaign."


@dataclass(frozen=True)
class InQueue:
    """At the queue's next free slot; or the one it has there."""

    queue_id: UUID


@dataclass(frozen=True)
class Repeating:
    """By a rule, from a first time on the brand's clock (without zone)."""

    rule: str
    starts: datetime


@dataclass(frozen=True)
class InCampaign:
    """At a distance from the launch; before it is negative."""

    campaign_id: UUID
    offset: timedelta


Plan = InQueue | Repeating | InCampaign


def draw_queue(principal: Principal, brand: Brand, post: Composition) -> None:
    """Draw the choice of a queue, with the slot that the post would get."""
    with tenant_session(principal.tenant) as session:
        found = {queue.id: queue for queue in queues.queues(session, brand.id)}
        free = {queue_id: queues.next_free(session, queue_id, 1) for queue_id in found}
    if not _offer(found, queue_key(brand.id), "Queue", "queue", brand):
        return
    queue = found[st.session_state[queue_key(brand.id)]]
    there = post.stored.queue_id if post.stored else None
    if queue.paused_at is not None:
        st.warning("This queue is paused: the post waits in it until it goes on.", icon=":material/pause:")
    elif not queue.slots:
        st.error("This queue has no slots yet. Add weekdays and times to it first.")
    elif queue.id == there:
        st.caption("It keeps the slot that it has.")
    else:
        st.caption(f"Next free slot: {moment_with_utc(free[queue.id][0], zone_or_utc(brand.timezone))}")


def draw_rule(principal: Principal, brand: Brand) -> None:
    """Draw the rule, with its first times."""
    RULE.draw(zone_or_utc(brand.timezone))
    rule_preview.show(principal, brand.id, brand.timezone, RULE.chosen())


def draw_campaign(principal: Principal, brand: Brand) -> None:
    """Draw the choice of a campaign and of the distance from its launch, with the time that it comes to."""
    with tenant_session(principal.tenant) as session:
        found = {campaign.id: campaign for campaign in campaigns.campaigns(session, brand.id)}
    if not _offer(found, campaign_key(brand.id), "Campaign", "campaign", brand):
        return
    DISTANCE.draw()
    zone = zone_or_utc(brand.timezone)
    launch_at = found[st.session_state[campaign_key(brand.id)]].launch_at
    if launch_at is None:
        st.warning("Its launch is not known yet: the post waits for it.", icon=":material/schedule:")
        return
    st.caption(f"Launch: {moment_with_utc(launch_at, zone)}")
    reading = campaigns.time_of(launch_at, DISTANCE.chosen(), zone)
    st.caption("  \n".join(readings(reading.at, zone)))
    if reading.notice:
        st.warning(escaped(reading.notice), icon=":material/schedule:")


def queue(brand_id: UUID) -> InQueue | NoTime:
    """The queue that is entered."""
    found = st.session_state.get(queue_key(brand_id))
    return InQueue(found) if isinstance(found, UUID) else NoTime(NO_QUEUE)


def rule() -> Repeating | NoTime:
    """The rule that is entered."""
    entered = RULE.chosen()
    return entered if isinstance(entered, NoTime) else Repeating(*entered)


def campaign(brand_id: UUID) -> InCampaign | NoTime:
    """The campaign and the distance that are entered."""
    found = st.session_state.get(campaign_key(brand_id))
    return InCampaign(found, DISTANCE.chosen()) if isinstance(found, UUID) else NoTime(NO_CAMPAIGN)


def told_of_leaving(stored: Stored, timing: object) -> None:
    """Say what a stored post leaves when it is saved with another choice."""
    stays = isinstance(timing, InQueue) and timing.queue_id == stored.queue_id
    if stored.queue_id is not None and not stays:
        st.caption("Saved like this, it leaves its queue.")
    if stored.campaign_id is not None:
        if isinstance(timing, InQueue) or (
            isinstance(timing, InCampaign) and timing.campaign_id != stored.campaign_id
        ):
            st.caption("Saved like this, it leaves its campaign.")
        elif not isinstance(timing, InCampaign):
            st.caption("It stays in its campaign, at a time of its own, and moves when that is moved.")
    if stored.recurrence_id is not None:
        st.caption("One of a post that repeats: only this one is changed. All of them: under Plan.")


def load(principal: Principal, brand: Brand, stored: Stored, due_at: datetime | None) -> Plan | None:
    """Put the plan that gives a stored post its time into the fields, and return it."""
    with tenant_session(principal.tenant) as session:
        place = queueing.placed(session, stored.post_id)
        known = {one.id: one.launch_at for one in campaigns.campaigns(session, brand.id)}
    if place is not None and place.queue_id is not None:
        stored.queue_id = place.queue_id
        st.session_state[queue_key(brand.id)] = place.queue_id
        return InQueue(place.queue_id)
    if stored.campaign_id is None or stored.campaign_id not in known:
        return None
    launch_at, offset = known[stored.campaign_id], stored.campaign_offset or timedelta()
    zone = zone_or_utc(brand.timezone)
    if (
        launch_at is not None
        and due_at is not None
        and campaigns.time_of(launch_at, offset, zone).at != due_at
    ):
        return None  # somebody gave it a time of its own
    st.session_state[campaign_key(brand.id)] = stored.campaign_id
    DISTANCE.take(offset)
    return InCampaign(stored.campaign_id, offset)


def queue_key(brand_id: UUID) -> str:
    """The key of the choice of a queue."""
    return f"composer_queue_{brand_id}"


def campaign_key(brand_id: UUID) -> str:
    """The key of the choice of a campaign."""
    return f"composer_campaign_{brand_id}"


def _offer(
    found: dict[UUID, QueueView] | dict[UUID, CampaignView], key: str, label: str, what: str, brand: Brand
) -> bool:
    """Draw the choice; whether something is chosen."""
    if not found:
        st.info(f"{escaped(brand.name)} has no {what} yet. You make one under Plan.")
        return False
    if st.session_state.get(key) not in found:
        st.session_state[key] = next(iter(found))
    st.selectbox(
        label, list(found), format_func=lambda one: found[one].name, key=key, persist_state="session"
    )
    return True
