"""Campaigns: posts around a launch, moved together."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Query

from app import sending
from app.api.callers import member
from app.api.drafting import new_draft
from app.api.route import Router
from app.api.schemas.common import Listed
from app.api.schemas.posts import PostInFull
from app.api.schemas.scheduling import (
    AskedLaunch,
    Campaign,
    CampaignChanges,
    Launch,
    LaunchPreview,
    Moved,
    NewCampaign,
    NewCampaignPost,
    Offset,
    Version,
)
from app.api.showing import read_post
from identity.errors import NotFoundError
from identity.permissions import Permission
from identity.work import Work
from publishing import reading
from publishing.scheduling import campaigns, launching

router = Router("campaigns")
Reading = Annotated[Work, member(Permission.POSTS_READ)]
Writing = Annotated[Work, member(Permission.POSTS_WRITE)]


@router.get("/campaigns", summary="List the campaigns")
def list_all(work: Reading, brand_id: Annotated[UUID | None, Query()] = None) -> Listed[Campaign]:
    """By name, all on one page. Their posts: GET /posts?campaign_id=…"""
    found = campaigns.campaigns(work.session, brand_id)
    return Listed(items=[Campaign.model_validate(one) for one in found], next_cursor=None)


@router.post("/campaigns", status_code=201, summary="Make a campaign")
def create(new: NewCampaign, work: Writing) -> Campaign:
    """Its launch may come later."""
    organization_id = work.principal.organization_id
    made = campaigns.create(work.session, organization_id, new.brand_id, new.name, new.launch_at)
    return _shown(work, made)


@router.get("/campaigns/{campaign_id:uuid}", summary="One campaign")
def get(campaign_id: UUID, work: Reading) -> Campaign:
    """Its name, its launch, how many posts it has."""
    return _shown(work, campaign_id)


@router.patch("/campaigns/{campaign_id:uuid}", summary="Rename a campaign")
def rename(campaign_id: UUID, changes: CampaignChanges, work: Writing) -> Campaign:
    """Its posts stay as they are."""
    _shown(work, campaign_id)
    campaigns.rename(work.session, campaign_id, changes.name, version=changes.version)
    return _shown(work, campaign_id)


@router.delete("/campaigns/{campaign_id:uuid}", status_code=204, summary="Delete a campaign")
def delete(campaign_id: UUID, version: Annotated[Version, Query()], work: Writing) -> None:
    """Its posts keep their times and belong to none."""
    _shown(work, campaign_id)
    campaigns.delete(work.session, campaign_id, version=version)


@router.post("/campaigns/{campaign_id:uuid}/launch/preview", summary="Look at a move of a campaign")
def preview_launch(campaign_id: UUID, asked: AskedLaunch, work: Reading) -> LaunchPreview:
    """What would become of each post. Nothing is moved."""
    _shown(work, campaign_id)
    return LaunchPreview.model_validate(launching.preview(work.session, campaign_id, asked.launch_at))


@router.put("/campaigns/{campaign_id:uuid}/launch", summary="Move a campaign")
def set_launch(campaign_id: UUID, launch: Launch, work: Writing) -> Moved:
    """With it moves everything that is not sent yet; or nothing, where a post would fall due in the past."""
    _shown(work, campaign_id)
    moved = launching.set_launch(work.session, campaign_id, launch.launch_at, version=launch.version)
    sending.soon_once_committed(work.session)
    return Moved.model_validate(moved)


@router.post("/campaigns/{campaign_id:uuid}/posts", status_code=201, summary="Write a post for a campaign")
def add_post(campaign_id: UUID, new: NewCampaignPost, work: Writing) -> PostInFull:
    """At a distance from the launch, whatever `due_at` says."""
    _shown(work, campaign_id)
    draft, offset = new_draft(work, new.post), timedelta(seconds=new.offset_s)
    made = campaigns.add_post(work.session, work.principal.organization_id, campaign_id, draft, offset)
    sending.soon_once_committed(work.session)
    return read_post(work.session, made)


@router.put("/campaigns/{campaign_id:uuid}/posts/{post_id:uuid}", summary="Put a post into a campaign")
def put_in(campaign_id: UUID, post_id: UUID, offset: Offset, work: Writing) -> Moved:
    """Or give it another distance from the launch."""
    _shown(work, campaign_id)
    if reading.post(work.session, post_id) is None:
        raise NotFoundError("There is no such post.")
    moved = campaigns.put_in(work.session, campaign_id, post_id, timedelta(seconds=offset.offset_s))
    sending.soon_once_committed(work.session)
    return Moved.model_validate(moved)


@router.delete(
    "/campaigns/{campaign_id:uuid}/posts/{post_id:uuid}",
    status_code=204,
    summary="Take a post out of a campaign",
)
def take_out(campaign_id: UUID, post_id: UUID, work: Writing) -> None:
    """It keeps its time."""
    found = reading.post(work.session, post_id)
    if found is None or found.post.campaign_id != campaign_id:
        raise NotFoundError("This post is not in this campaign.")
    campaigns.take_out(work.session, post_id)


def _shown(work: Work, campaign_id: UUID) -> Campaign:
    found = next((one for one in campaigns.campaigns(work.session) if one.id == campaign_id), None)
    if found is None:
        raise NotFoundError("There is no such campaign.")
    return Campaign.model_validate(found)
