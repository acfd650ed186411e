"""Comment threads of videos: writing one, and listing those of a video or by id.

A text with "#spam" in it is taken and then stands among what is likely spam.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import JSONResponse

from sandbox import comments
from sandbox.model import Account
from sandbox.store import Accepted
from sandbox.youtube import videos
from sandbox.youtube.calls import COMMENT, Call, Calling
from sandbox.youtube.errors import GoogleError, bad_request, not_found
from sandbox.youtube.render import etag, written

router = APIRouter(prefix="/youtube/youtube/v3")
NETWORK: Final = "youtube"
LONGEST = 10_000
SPAM = "#spam"
_STATUSES = ("published", "heldForReview", "likelySpam", "rejected")


@router.post("/commentThreads")
async def insert(call: Calling) -> JSONResponse:
    """Put a comment below a video."""
    call.needs(COMMENT)
    call.takes("part")
    call.spend("rest", 50)
    call.parts(("snippet",))
    snippet = _only(await call.body(), "snippet")["snippet"]
    said = _only(snippet, "channelId", "videoId", "topLevelComment")
    top = _only(_only(said.get("topLevelComment"), "snippet").get("snippet"), "textOriginal")
    text, video_id = top.get("textOriginal"), str(said.get("videoId") or "")
    if not isinstance(text, str) or not text.strip():
        raise bad_request("The comment resource must have a text.", "commentTextRequired")
    if len(text) > LONGEST:
        raise bad_request("The comment has too many characters.", "commentTextTooLong")
    if not video_id:
        raise bad_request("Each comment thread must be linked to a video.", "channelOrVideoIdMissing")
    _commented(call, video_id)
    number = comments.number(call.sandbox, NETWORK, call.now)
    accepted = comments.accept(
        *(call.sandbox, call.account, call.now, text),
        below=video_id,
        comment_id=f"Ugx{hashlib.sha256(number.encode()).hexdigest()[:20]}AaABAg",
        payload={"snippet": snippet},
    )
    return JSONResponse(render(call.account, accepted))


@router.get("/commentThreads")
async def list_threads(call: Calling) -> JSONResponse:
    """The threads of a video, newest first, or threads by id."""
    call.needs(COMMENT)
    call.takes(
        *("part", "id", "videoId", "order", "moderationStatus", "textFormat", "maxResults", "pageToken")
    )
    call.spend("rest")
    call.parts(("id", "snippet"))
    if ("id" in call.query) == ("videoId" in call.query):
        raise bad_request("Exactly one filter is needed.", "incompatibleParameters")
    if "id" in call.query:
        ids = call.listed("id")
        found = [one for name in ids if (one := comments.find(call.sandbox, NETWORK, name))]
        return _page(call, found, 0, len(found))
    video_id, status = call.query["videoId"], call.query.get("moderationStatus", "published")
    if status not in _STATUSES:
        raise bad_request("moderationStatus", "invalidValue")
    account = _commented(call, video_id)
    if status != "published" and account.id != call.account.id:
        raise GoogleError(403, "forbidden", "The moderation status filter is for the owner only.")
    found = [one for one in comments.below(call.sandbox, NETWORK, video_id) if _status(one) == status]
    start = int(call.query.get("pageToken") or 0)
    return _page(call, found, start, start + call.number("maxResults", 20, 1, 100))


def render(account: Account, comment: Accepted) -> dict[str, Any]:
    """A thread of one comment."""
    at = written(comment.created_at)
    said = {
        "channelId": account.id,
        "videoId": comment.reply_to,
        "textDisplay": comment.text,
        "textOriginal": comment.text,
        "authorDisplayName": account.name,
        "authorChannelId": {"value": account.id},
        "canRate": True,
        "viewerRating": "none",
        "likeCount": 0,
        "publishedAt": at,
        "updatedAt": at,
    }
    top = {"kind": "youtube#comment", "etag": etag(at), "id": comment.id, "snippet": said}
    snippet = {
        "channelId": account.id,
        "videoId": comment.reply_to,
        "topLevelComment": top,
        "canReply": True,
        "totalReplyCount": 0,
        "isPublic": _status(comment) == "published",
    }
    tag = etag(comment.id)
    return {"kind": "youtube#commentThread", "etag": tag, "id": comment.id, "snippet": snippet}


def _status(comment: Accepted) -> str:
    return "likelySpam" if SPAM in comment.text else "published"


def _commented(call: Call, video_id: str) -> Account:
    """Whose video it is, if it can be commented on. Raises GoogleError 403 and 404."""
    found = videos.find(call.sandbox, video_id, call.now)
    if found is None or (found[1].privacy == "private" and found[0].id != call.account.id):
        raise not_found("videoNotFound", "video")
    if found[1].privacy == "private" or found[1].status.get("selfDeclaredMadeForKids"):
        words = "The video identified by the <code>videoId</code> parameter has disabled comments."
        raise GoogleError(403, "commentsDisabled", words, "youtube.commentThread")
    return found[0]


def _page(call: Call, found: list[Accepted], start: int, stop: int) -> JSONResponse:
    accounts = call.sandbox.timeline.accounts
    items = [render(accounts[one.account], one) for one in found[start:stop]]
    body: dict[str, Any] = {
        "kind": "youtube#commentThreadListResponse",
        "etag": etag(f"{start}/{len(found)}"),
    }
    if stop < len(found):
        body["nextPageToken"] = str(stop)
    return JSONResponse(
        body | {"pageInfo": {"totalResults": len(found), "resultsPerPage": stop - start}, "items": items}
    )


def _only(value: object, *names: str) -> Mapping[str, Any]:
    """An object without other fields than these. Raises GoogleError 400."""
    if not isinstance(value, dict) or set(value) - set(names):
        raise bad_request("Invalid JSON payload received. Unknown name.", "invalidCommentThreadMetadata")
    return value
