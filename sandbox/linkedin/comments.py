"""Comments below posts: writing one, reading one, and listing those of an organization's post."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import JSONResponse, Response

from sandbox import comments, objects
from sandbox.ids import milliseconds
from sandbox.linkedin import people
from sandbox.linkedin.call import Call, Calling, Strict, page
from sandbox.linkedin.errors import forbidden, invalid, not_found
from sandbox.linkedin.people import NETWORK, ORGANIZATION
from sandbox.linkedin.posts import POST
from sandbox.store import Accepted

router = APIRouter(prefix="/linkedin/rest/socialActions")
SHARE, ACTIVITY = "urn:li:share:", "urn:li:activity:"


class _Message(Strict):
    text: Annotated[str, Field(min_length=1, max_length=1_250)]
    attributes: list[Any] = Field(default_factory=list)


class NewComment(Strict):
    """The body of ``POST /rest/socialActions/{urn}/comments``."""

    actor: str
    object: str
    message: _Message
    parentComment: str | None = None  # noqa: N815 - LinkedIn's names


@router.post("/{urn}/comments")
async def write(urn: str, call: Calling) -> Response:
    """Put a comment below a post, in the name of its author."""
    call.count()
    wanted = await call.body(NewComment)
    actor = people.author(call.sandbox, call.sub, wanted.actor)
    if actor is None:
        raise forbidden(wanted.actor)
    if actor.id.startswith(ORGANIZATION):
        call.needs("w_organization_social_feed")
    else:
        call.needs("w_member_social", "w_member_social_feed")
    post = _share(urn)
    if _share(wanted.object) != post:
        raise invalid("/object", "INVALID_URN_ID")
    if objects.get(call.sandbox, NETWORK, POST, post) is None and not _find(call, post):
        raise not_found(urn)
    number = comments.number(call.sandbox, NETWORK, call.now)
    accepted = comments.accept(
        *(call.sandbox, actor, call.now, wanted.message.text),
        below=post,
        comment_id=f"urn:li:comment:({_activity(post)},{number})",
        payload=wanted.model_dump(exclude_none=True),
    )
    return JSONResponse(render(accepted), 201, {"x-restli-id": number})


@router.get("/{urn}/comments")
async def read_list(urn: str, call: Calling) -> JSONResponse:
    """The comments of an organization's post, oldest first."""
    call.count()
    post = _readable(urn, call)
    return page(call, [render(one) for one in comments.below(call.sandbox, NETWORK, post)[::-1]])


@router.get("/{urn}/comments/{number}")
async def read(urn: str, number: str, call: Calling) -> JSONResponse:
    """One comment."""
    call.count()
    post = _readable(urn, call)
    found = comments.find(call.sandbox, NETWORK, f"urn:li:comment:({_activity(post)},{number})")
    if found is None:
        raise not_found(number)
    return JSONResponse(render(found))


def render(comment: Accepted) -> dict[str, Any]:
    """A comment as LinkedIn gives it: below the activity that the post is."""
    at = milliseconds(comment.created_at)
    said = {"actor": comment.account, "time": at}
    return {
        "actor": comment.account,
        "commentUrn": comment.id,
        "created": said,
        "id": comment.id.rpartition(",")[2].rstrip(")"),
        "lastModified": said,
        "message": {"attributes": [], "text": comment.text},
        "object": _activity(comment.reply_to or ""),
    }


def _readable(urn: str, call: Call) -> str:
    """A post of the organization. Raises LinkedInError 403 and 404."""
    call.needs("r_organization_social_feed", "r_organization_social")
    post = _share(urn)
    if not _find(call, post):
        if objects.get(call.sandbox, NETWORK, POST, post) is not None:
            raise forbidden("r_member_social_feed")
        raise not_found(urn)
    return post


def _find(call: Call, post: str) -> bool:
    found = call.sandbox.timeline.find(post, NETWORK, call.now)
    return found is not None and found[0].id == call.organization.id


def _activity(post: str) -> str:
    return ACTIVITY + post.removeprefix(SHARE)


def _share(urn: str) -> str:
    return SHARE + urn.removeprefix(SHARE).removeprefix(ACTIVITY)
