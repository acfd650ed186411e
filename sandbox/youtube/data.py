"""Routes of the YouTube Data API v3: channels, the list of uploads, videos."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_left
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

from sandbox.ids import milliseconds
from sandbox.model import Account, Post
from sandbox.objects import Thing
from sandbox.youtube import videos
from sandbox.youtube.calls import READ, WRITE, Call, Calling
from sandbox.youtube.errors import GoogleError, bad_request, not_found
from sandbox.youtube.render import PARTS, channel, entry, etag, rendered, seconds, statistics, uploads_of
from sandbox.youtube.shapes import read_video
from sandbox.youtube.uploading import own

router = APIRouter(prefix="/youtube/youtube/v3")
_ITEM_PARTS = ("snippet", "contentDetails", "status", "id")
_CHANNEL_PARTS = ("snippet", "contentDetails", "statistics", "id", "status", "brandingSettings")


@router.get("/channels")
async def channels(call: Calling) -> JSONResponse:
    """The signed-in channel, or channels by id."""
    call.needs(READ)
    call.takes("part", "id", "mine", "maxResults", "pageToken", "hl")
    call.spend("rest")
    parts = call.parts(_CHANNEL_PARTS)
    if ("mine" in call.query) == ("id" in call.query):
        raise bad_request("Exactly one filter is needed.", "incompatibleParameters")
    ids = [call.account.id] if call.query.get("mine") == "true" else call.listed("id")
    known = [account for name in ids if (account := _channel(call, name))]
    base_url = str(call.request.base_url)
    items = [channel(call.sandbox, account, parts, _count(call, account), base_url) for account in known]
    return _page("youtube#channelListResponse", items, len(items), None)


@router.get("/playlistItems")
async def playlist_items(call: Calling) -> JSONResponse:
    """The uploads of a channel, newest first; a channel without any has no such list."""
    call.needs(READ)
    call.takes("part", "playlistId", "maxResults", "pageToken", "id", "videoId")
    call.spend("rest")
    parts, size = call.parts(_ITEM_PARTS), call.number("maxResults", 5, 0, 50)
    wanted = call.query.get("playlistId", "")
    accounts = call.sandbox.timeline.accounts_of("youtube")
    account = next((account for account in accounts if uploads_of(account) == wanted), None)
    if account is None:
        raise not_found("playlistNotFound", "playlist")
    all_of_it = videos.of_channel(call.sandbox, account, call.now)
    if not all_of_it:
        raise not_found("playlistNotFound", "playlist")
    before = _read_token(call.query.get("pageToken"))
    # Newest first: what is older than the last page's end stands behind it.
    first = bisect_left(all_of_it, 1, key=lambda entry: _is_older(entry, before)) if before else 0
    page = [
        (first + number, videos.shown(call.sandbox, account, source, call.now))
        for number, (_, _, source) in enumerate(all_of_it[first : first + size])
    ]
    shown = [(place, video) for place, video in page if _may_see(call, account, video)]
    base_url = str(call.request.base_url)
    items = [entry(account, video, place, parts, base_url) for place, video in shown]
    last = page[-1][1] if page and first + size < len(all_of_it) else None
    token = f"{milliseconds(last.published_at)}/{last.id}" if last else None
    return _page("youtube#playlistItemListResponse", items, len(all_of_it), token)


@router.get("/videos")
async def list_videos(call: Calling) -> JSONResponse:
    """Up to 50 videos by id; those that are not there, or not for this channel's eyes, are left out."""
    call.needs(READ)
    call.takes("part", "id", "hl", "maxResults", "pageToken")
    call.spend("rest")
    parts, ids = call.parts(PARTS), call.listed("id")
    if not ids or len(ids) > 50:
        raise bad_request("The request specifies an invalid filter parameter.", "invalidFilters")
    if "maxResults" in call.query:
        raise bad_request("maxResults is not supported with id.", "incompatibleParameters")
    base_url = str(call.request.base_url)
    found = videos.several(call.sandbox, call.account, ids, call.now)
    items = [rendered(call.sandbox, *pair, parts, base_url) for pair in found if _may_see(call, *pair)]
    return _page("youtube#videoListResponse", items, len(items), None)


@router.put("/videos")
async def update_video(call: Calling) -> JSONResponse:
    """Put parts of a video in the place of those there were: what is left out is as if never said."""
    call.needs(WRITE)
    call.takes("part")
    call.spend("rest", 50)
    parts = call.parts(("snippet", "status"))
    body = await call.body()
    said = read_video(body, parts, with_id=True)
    thing = own(call.sandbox, call.account.id, str(body.get("id", "")))
    videos.update(call.sandbox, call.account, thing, said)
    found = videos.find(call.sandbox, thing.id, call.now)
    if found is None:
        raise not_found("videoNotFound", "video")
    return JSONResponse(rendered(call.sandbox, *found, parts, str(call.request.base_url)))


@router.get("/videos:batchGetStats")
async def batch_get_stats(call: Calling) -> JSONResponse:
    """Counters of up to 50 videos, from a bucket of their own."""
    call.needs(READ)
    call.takes("part", "id")
    call.spend("batch")
    parts, ids = call.parts(("id", "snippet", "statistics", "contentDetails")), call.listed("id")
    if not ids or len(ids) > 50:
        raise bad_request("The request specifies an invalid filter parameter.", "invalidFilters")
    items = []
    for pair in videos.several(call.sandbox, call.account, ids, call.now):
        if not _may_see(call, *pair):
            continue
        name = pair[1].id
        counted = statistics(call.sandbox, pair[1])
        whole = rendered(call.sandbox, *pair, ["snippet"], str(call.request.base_url))
        made: dict[str, Any] = {
            "snippet": {"publishTime": whole["snippet"]["publishedAt"]},
            "statistics": {key: counted[key] for key in ("viewCount", "likeCount", "commentCount")},
            "contentDetails": {"duration": f"{seconds(pair[1])}s"},
        }
        items.append(
            {"kind": "youtube#videoStat", "etag": etag(name), "id": name}
            | {part: made[part] for part in parts if part in made}
        )
    return JSONResponse({"kind": "youtube#batchGetStatsResponse", "etag": etag("stats"), "items": items})


def _is_older(entry: tuple[datetime, str, Post | Thing], end: tuple[int, str]) -> bool:
    at, name, _ = entry
    return (milliseconds(at), name) < end


def _channel(call: Call, name: str) -> Account | None:
    account = call.sandbox.timeline.accounts.get(name)
    return account if account is not None and account.network == "youtube" else None


def _count(call: Call, account: Account) -> int:
    """How many videos everyone can see."""
    return sum(
        isinstance(source, Post) or source.data["status"]["privacyStatus"] == "public"
        for _, _, source in videos.of_channel(call.sandbox, account, call.now)
    )


def _may_see(call: Call, account: Account, video: videos.Video) -> bool:
    return video.privacy != "private" or account.id == call.account.id


def _page(kind: str, items: list[dict[str, Any]], total: int, last: str | None) -> JSONResponse:
    body: dict[str, Any] = {"kind": kind, "etag": etag(f"{kind}{total}{last}")}
    if last is not None:
        body["nextPageToken"] = base64.urlsafe_b64encode(last.encode()).decode().rstrip("=")
    return JSONResponse(body | {"items": items, "pageInfo": {"totalResults": total, "resultsPerPage": 50}})


def _read_token(token: str | None) -> tuple[int, str] | None:
    if not token:
        return None
    try:
        at, _, name = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode().partition("/")
        return int(at), name
    except (ValueError, binascii.Error):
        raise GoogleError(400, "invalidPageToken", "The request specifies an invalid page token.") from None
