"""Comments of an account below its posts, as Graph objects."""

from __future__ import annotations

from typing import Any, Final

from sandbox import comments
from sandbox.facebook.errors import GraphError, invalid_parameter, missing_object
from sandbox.facebook.fields import Field, parse_fields
from sandbox.facebook.objects import chosen
from sandbox.facebook.paging import whole_number
from sandbox.facebook.times import graph_time
from sandbox.instagram import render
from sandbox.instagram.call import COMMENTS, NETWORK, Call
from sandbox.instagram.containers import caption
from sandbox.model import Account, Post
from sandbox.store import Accepted

PREFIX: Final = "1787"
# Fields of Graph v26's IGComment.
FIELDS = frozenset(
    {
        *("from", "hidden", "id", "legacy_instagram_comment_id", "like_count", "media", "parent_id", "text"),
        *("timestamp", "user", "username", "replies"),
    }
)
TAKEN = frozenset({"message", "access_token", "ad_id"})
MOST = 50


def write(call: Call, account: Account, post: Post) -> str:
    """Keep a comment below a post; its id. Raises GraphError."""
    unknown = set(call.params) - TAKEN
    if unknown:
        raise invalid_parameter(f"param {min(unknown)} is not known")
    text = call.params.get("message", "")
    if not text.strip():
        raise invalid_parameter("The parameter message is required")
    if post.kind == "story":
        raise GraphError(10, "(#10) This media does not support comments", status=403)
    caption(text)
    number = comments.number(call.sandbox, NETWORK, call.now)
    payload = {**call.payload(), "media": post.id}
    accepted = comments.accept(
        *(call.sandbox, account, call.now, text),
        below=post.id,
        comment_id=f"{PREFIX}{number}",
        payload=payload,
    )
    return accepted.id


def listed(call: Call, post: Post) -> dict[str, Any]:
    """The comments of a post, newest first, at most fifty at a time."""
    found = comments.below(call.sandbox, NETWORK, post.id)
    start = whole_number(call.params, "after", 0, 0, len(found))
    stop = start + min(whole_number(call.params, "limit", 50, 1, 100), MOST)
    fields = call.params.get("fields") or "id,text,timestamp"
    body: dict[str, Any] = {"data": [_rendered(call, one, fields) for one in found[start:stop]]}
    if stop < len(found):
        url = call.url(f"{post.id}/comments?after={stop}")
        body["paging"] = {"cursors": {"after": str(stop)}, "next": url}
    return body


def read(node: str, call: Call) -> dict[str, Any]:
    """A comment by its id. Raises GraphError 100."""
    account = call.account("me", COMMENTS)
    found = comments.find(call.sandbox, NETWORK, node)
    if found is None or found.account != account.id:
        raise missing_object("get", node)
    return _rendered(call, found, call.params.get("fields") or "id")


def _rendered(call: Call, comment: Accepted, fields: str) -> dict[str, Any]:
    account = call.sandbox.timeline.accounts[comment.account]
    values: dict[str, Any] = {
        "id": comment.id,
        "text": comment.text,
        "timestamp": graph_time(comment.created_at),
        "username": account.username,
        "from": {"id": account.id, "username": account.username},
        "user": {"id": account.id},
        "like_count": 0,
        "hidden": False,
    }

    def value(field: Field) -> Any:
        return _media(call, comment, field) if field.name == "media" else values.get(field.name)

    return chosen(parse_fields(fields), FIELDS, "IGComment", comment.id, value)


def _media(call: Call, comment: Accepted, field: Field) -> dict[str, Any] | None:
    found = call.sandbox.timeline.find(comment.reply_to or "", NETWORK, call.now)
    if found is None:
        return None
    fields = ",".join(["id", *(sub.name for sub in field.fields)])
    return render.media(call.sandbox, found[0], [found[1]], call.now, fields, by_page=call.by_page)[0]
