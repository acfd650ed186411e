"""The form of a campaign: its name and, of a new one, its launch."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

import streamlit as st

from app.planning.planning import WRITE, Planning
from app.settings import acting
from app.views import outcomes
from app.views.clocks import Clock, NoTime
from app.views.times import zone_or_utc
from identity.work import Work
from publishing.changes import DraftError
from publishing.scheduling import campaigns
from publishing.scheduling.campaigns import CampaignView
from publishing.scheduling.names import LENGTH

NEW: Final = "campaign_new"
UNKNOWN: Final = "The launch is not known yet"


def place_of(campaign: CampaignView | None) -> str:
    """The name of the form, which its fields' keys begin with."""
    return NEW if campaign is None else f"campaign_{campaign.id}"


def begin(campaign: CampaignView | None) -> None:
    """Begin with the campaign as it is now; to be called when the drawer is opened."""
    st.session_state[f"{place_of(campaign)}_name"] = campaign.name if campaign else ""
    st.session_state[f"{NEW}_unknown"] = False


def draw(of: Planning, campaign: CampaignView | None) -> None:
    """The drawer's body, for a new campaign or one that is there."""
    place = place_of(campaign)
    brand_id = campaign.brand_id if campaign else of.brand(place)
    st.text_input(
        "Name", key=f"{place}_name", max_chars=LENGTH, live="0ms", placeholder="Spring menu, Black Friday …"
    )
    if campaign is None:
        st.checkbox(UNKNOWN, key=f"{NEW}_unknown")
        if not st.session_state[f"{NEW}_unknown"]:
            _launch().draw(zone_or_utc(of.brands[brand_id].timezone))
    outcomes.show(place)
    do = partial(_rename, campaign) if campaign else partial(_create, of, brand_id)
    st.button(
        "Save" if campaign else "Add the campaign", type="primary", key=f"save_{place}",
        on_click=acting.submit, args=(place, WRITE, do),
    )  # fmt: skip


def _launch() -> Clock:
    return Clock(NEW)


def _create(of: Planning, brand_id: UUID, work: Work) -> str:
    name = str(st.session_state.get(f"{NEW}_name") or "")
    at: datetime | NoTime | None = None
    if not st.session_state.get(f"{NEW}_unknown"):
        at = _launch().chosen(zone_or_utc(of.brands[brand_id].timezone))
    if isinstance(at, NoTime):
        raise DraftError([at.problem])
    campaigns.create(work.session, work.principal.organization_id, brand_id, name, at)
    return f"{name.strip()} was added."


def _rename(campaign: CampaignView, work: Work) -> str:
    name = str(st.session_state.get(f"{place_of(campaign)}_name") or "")
    campaigns.rename(work.session, campaign.id, name, version=campaign.version)
    return "Saved."
