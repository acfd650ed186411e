"""Approvals of posts, and what people say about them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query

from app import approving
from app.api.callers import member
from app.api.route import Router
from app.api.schemas.approvals import (
    Comment,
    Decided,
    NewComment,
    Round,
    Stands,
    Submission,
    Waiting,
    Workflow,
    WorkflowIn,
)
from app.api.schemas.common import Listed
from identity.permissions import Permission
from identity.work import Work
from publishing.approvals.steps import Step

router = Router("approvals")
Reading = Annotated[Work, member(Permission.POSTS_READ)]
Writing = Annotated[Work, member(Permission.POSTS_WRITE)]
Approving = Annotated[Work, member(Permission.POSTS_APPROVE)]


@router.get("/brands/{brand_id:uuid}/workflow", summary="A brand's workflow")
def get_workflow(brand_id: UUID, work: Annotated[Work, member(Permission.BRANDS_READ)]) -> Workflow:
    """Who approves its posts, step by step."""
    return Workflow.model_validate({"steps": list(map(vars, approving.workflow_of(work, brand_id)))})


@router.put("/brands/{brand_id:uuid}/workflow", summary="Set a brand's workflow")
def set_workflow(
    brand_id: UUID, new: WorkflowIn, work: Annotated[Work, member(Permission.BRANDS_UPDATE)]
) -> Workflow:
    """Posts that wait already keep the steps they were submitted with."""
    steps = [Step(**{**one.model_dump(), "person_ids": tuple(one.person_ids)}) for one in new.steps]
    return Workflow.model_validate({"steps": list(map(vars, approving.set_workflow(work, brand_id, steps)))})


@router.get("/approvals", summary="What waits for approval")
def list_waiting(
    work: Reading,
    brand_id: Annotated[UUID | None, Query()] = None,
    mine: Annotated[bool, Query(description="Only what waits for you.")] = False,
) -> Listed[Waiting]:
    """What is due first before the rest, all on one page."""
    found = approving.waiting(work, brand_id=brand_id, mine=mine)
    return Listed(items=[Waiting.model_validate(one) for one in found], next_cursor=None)


@router.post("/approvals/{round_id:uuid}/decision", summary="Approve, or ask for changes")
def decide(round_id: UUID, decided: Decided, work: Approving) -> Stands:
    """After the last step the post goes out at its time."""
    standing = approving.decide(work, round_id, decided.step, approves=decided.approves, words=decided.words)
    return Stands(standing=standing)


@router.get("/posts/{post_id:uuid}/approvals", summary="How a post's approval went")
def list_rounds(post_id: UUID, work: Reading) -> Listed[Round]:
    """Every time it was submitted, the newest first."""
    found = approving.rounds_of(work, post_id)
    return Listed(items=[Round.model_validate(one) for one in found], next_cursor=None)


@router.post("/posts/{post_id:uuid}/approvals", status_code=201, summary="Submit a post for approval")
def submit(post_id: UUID, what: Submission, work: Writing) -> Round:
    """A draft, by the brand's workflow."""
    made = approving.submit(work, post_id, version=what.version)
    return next(Round.model_validate(one) for one in approving.rounds_of(work, post_id) if one.id == made)


@router.get("/posts/{post_id:uuid}/comments", summary="The comments on a post")
def list_comments(post_id: UUID, work: Reading) -> Listed[Comment]:
    """The oldest first."""
    found = approving.comments_of(work, post_id)
    return Listed(items=[Comment.model_validate(one) for one in found], next_cursor=None)


@router.post("/posts/{post_id:uuid}/comments", status_code=201, summary="Comment on a post")
def comment(post_id: UUID, new: NewComment, work: Reading) -> Comment:
    """By those who write or approve posts. What a client says is for the client too."""
    made = approving.comment(work, post_id, new.words, for_client=new.for_client)
    return next(Comment.model_validate(one) for one in approving.comments_of(work, post_id) if one.id == made)
