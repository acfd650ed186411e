"""Comments of a page below its posts: ``/{post}/comments``, and a comment by its own id."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import JSONResponse

from sandbox import comments
from sandbox.facebook.call import Call, Calling
from sandbox.facebook.errors import GraphError, invalid_parameter, missing_object
from sandbox.facebook.fields import Field, parse_fields
from sandbox.facebook.objects import chosen
from sandbox.facebook.paging import whole_number
from sandbox.facebook.times import graph_time
from sandbox.facebook.videos import is_public, post_number
from sandbox.model import Account
from sandbox.store import Accepted

router = APIRouter(prefix="/facebook")
NETWORK: Final = "facebook"
WRITE, READ = "pages_manage_engagement", "pages_read_user_content"
LONGEST = 8_000
# Fields of Graph v26's Comment.
FIELDS = frozenset(
    {
        *("admin_creator", "application", "attachment", "can_comment", "can_hide", "can_like", "can_remove"),
        *("can_reply_privately", "comment_count", "created_time", "from", "id", "is_hidden", "is_private"),
        *("like_count", "live_broadcast_timestamp", "message", "message_tags", "object", "parent"),
        *("permalink_url", "private_reply_conversation", "user_likes"),
    }
)
TAKEN = frozenset({"message", "access_token"})
ASKED = frozenset({"fields", "filter", "limit", "live_filter", "order", "since", "after", "access_token"})


@router.post("/{node}/comments")
async def write(node: str, call: Calling) -> JSONResponse:
    """Put a comment below a post or a public video."""
    page, below = _commented(node, call, WRITE)
    unknown = set(call.params) - TAKEN
    if unknown:
        raise invalid_parameter(f"param {min(unknown)} is not known")
    text = call.params.get("message", "")
    if not text.strip() or len(text) > LONGEST:
        raise invalid_parameter("param message must be a text of 1 to 8000 characters")
    number = comments.number(call.sandbox, NETWORK, call.now)
    accepted = comments.accept(
        *(call.sandbox, page, call.now, text),
        below=below,
        comment_id=f"{post_number(below)}_{number}",
        payload={**call.payload(), "below": node},
    )
    return call.answer({"id": accepted.id})


@router.get("/{node}/comments")
async def read_list(node: str, call: Calling) -> JSONResponse:
    """The comments of a post, oldest first unless asked otherwise."""
    page, below = _commented(node, call, READ)
    unknown = set(call.params) - ASKED
    if unknown:
        raise invalid_parameter(f"param {min(unknown)} is not known")
    found = comments.below(call.sandbox, NETWORK, below)
    order = call.params.get("order", "chronological")
    if order not in ("chronological", "reverse_chronological"):
        raise invalid_parameter("param order must be one of {chronological, reverse_chronological}")
    found = found if order == "reverse_chronological" else found[::-1]
    start = whole_number(call.params, "after", 0, 0, len(found))
    stop = start + whole_number(call.params, "limit", 25, 1, 100)
    fields = call.params.get("fields")
    body: dict[str, Any] = {"data": [render(page, one, fields) for one in found[start:stop]]}
    if body["data"]:
        body["paging"] = {"cursors": {"before": str(start), "after": str(min(stop, len(found)))}}
    if stop < len(found):
        body["paging"]["next"] = call.url(page, f"comments?after={stop}")
    return call.answer(body)


def read(node: str, call: Call) -> JSONResponse | None:
    """A comment by its id, or None where there is none that this token reaches."""
    found = comments.find(call.sandbox, NETWORK, node)
    if found is None:
        return None
    page, _ = call.page(found.account, needs_page_token=True, scope=READ)
    return call.answer(render(page, found, call.params.get("fields")))


def render(page: Account, comment: Accepted, fields: str | None) -> dict[str, Any]:
    """A comment with the fields asked for. Raises GraphError 100 and 2500."""
    asked = parse_fields(fields) if fields else [Field(name) for name in ("created_time", "from", "message")]
    number = comment.id.rpartition("_")[2]
    values = {
        "id": comment.id,
        "message": comment.text,
        "created_time": graph_time(comment.created_at),
        "from": {"name": page.name, "id": page.id},
        "permalink_url": f"https://www.facebook.com/{comment.reply_to}?comment_id={number}",
    }
    return chosen(asked, FIELDS, "Comment", comment.id, lambda field: values.get(field.name))


def _commented(node: str, call: Call, scope: str) -> tuple[Account, str]:
    """The page, and the post or video that can be commented on. Raises GraphError."""
    if video := call.own("video", node):
        page, _ = call.page(video.account, needs_page_token=True, scope=scope)
        if not is_public(call, video):
            raise missing_object(call.request.method.lower(), node)
        return page, node
    if "_" not in node:
        raise GraphError(2500, "Unknown path components: /comments")
    page, post = call.post(node)
    call.page(page.id, needs_page_token=True, scope=scope)
    return page, post.id
