"""Videos, channels and list entries as YouTube renders them. Counts are strings."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from sandbox.model import Account
from sandbox.services import Services
from sandbox.youtube.videos import Video

PARTS = ("snippet", "status", "statistics", "contentDetails", "processingDetails", "id")
HIDDEN_PARTS = frozenset({"processingDetails"})  # for the owner only


def uploads_of(account: Account) -> str:
    """The id of a channel's list of uploads."""
    return f"UU{account.id.removeprefix('UC')}"


def etag(text: str) -> str:
    """A tag of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:27]


def written(moment: datetime) -> str:
    """A moment as YouTube writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rendered(
    sandbox: Services, account: Account, video: Video, parts: list[str], base_url: str
) -> dict[str, Any]:
    """A video with the wanted parts."""
    made: dict[str, Any] = {
        "snippet": _snippet(account, video, base_url),
        "status": {**video.status, "madeForKids": bool(video.status.get("selfDeclaredMadeForKids"))},
        "statistics": statistics(sandbox, video),
        "contentDetails": {
            **{
                "duration": f"PT{seconds(video) // 60}M{seconds(video) % 60}S",
                "dimension": "2d",
                "definition": "hd",
                "caption": "false",
            },
            **{"licensedContent": False, "projection": "rectangular"},
            "hasCustomThumbnail": video.has_cover,
        },
        "processingDetails": _processing(video),
    }
    found = {"kind": "youtube#video", "etag": etag(video.id), "id": video.id}
    return found | {part: made[part] for part in parts if part in made}


def statistics(sandbox: Services, video: Video) -> dict[str, str]:
    """A video's counters; none for what nobody but the owner has seen."""
    if video.post is None:
        return {"viewCount": "0", "likeCount": "0", "favoriteCount": "0", "commentCount": "0"}
    counts = sandbox.timeline.counts(video.post, sandbox.clock.now())
    return {
        "viewCount": str(counts.views or 0),
        "likeCount": str(counts.reacted),
        "favoriteCount": "0",
        "commentCount": str(counts.comments),
    }


def entry(account: Account, video: Video, position: int, parts: list[str], base_url: str) -> dict[str, Any]:
    """A video in the list of uploads."""
    playlist = uploads_of(account)
    made: dict[str, Any] = {
        "snippet": {
            **_snippet(account, video, base_url),
            "publishedAt": written(video.published_at),
            "playlistId": playlist,
            "position": position,
            "resourceId": {"kind": "youtube#video", "videoId": video.id},
            "videoOwnerChannelTitle": account.name,
            "videoOwnerChannelId": account.id,
        },
        "contentDetails": {"videoId": video.id, "videoPublishedAt": written(video.published_at)},
        "status": {"privacyStatus": video.privacy},
    }
    for name in ("categoryId", "tags", "liveBroadcastContent"):
        made["snippet"].pop(name, None)
    found = {"kind": "youtube#playlistItem", "etag": etag(playlist + video.id), "id": etag(f"item{video.id}")}
    return found | {part: made[part] for part in parts if part in made}


def channel(
    sandbox: Services, account: Account, parts: list[str], videos: int, base_url: str
) -> dict[str, Any]:
    """A channel with the wanted parts. Subscribers are rounded down to three digits."""
    now = sandbox.clock.now()
    posts = sandbox.timeline.posts(account, now)
    views = (
        sum(sandbox.timeline.counts(post, now).views or 0 for post in posts) if "statistics" in parts else 0
    )
    made: dict[str, Any] = {
        "snippet": {
            "title": account.name,
            "description": account.about,
            "customUrl": f"@{account.username}",
            "publishedAt": written(account.created_at),
            "thumbnails": _pictures(f"{base_url}pictures/{account.id}.svg"),
        },
        "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": uploads_of(account)}},
        "statistics": {
            "viewCount": str(views),
            "subscriberCount": str(three_digits(sandbox.timeline.followers(account, now) or 0)),
            "hiddenSubscriberCount": False,
            "videoCount": str(videos),
        },
    }
    found = {"kind": "youtube#channel", "etag": etag(account.id), "id": account.id}
    return found | {part: made[part] for part in parts if part in made}


def three_digits(number: int) -> int:
    """A number rounded down to three significant digits."""
    unit: int = 10 ** max(len(str(number)) - 3, 0)
    return number // unit * unit


def _snippet(account: Account, video: Video, base_url: str) -> dict[str, Any]:
    return {
        "publishedAt": written(video.published_at),
        "channelId": account.id,
        "title": video.snippet["title"],
        "description": video.snippet.get("description", ""),
        "thumbnails": _pictures(f"{base_url}pictures/{account.id}_{video.id}.svg"),
        "channelTitle": account.name,
        "categoryId": str(video.snippet.get("categoryId", "22")),
        "liveBroadcastContent": "none",
        **({"tags": video.snippet["tags"]} if video.snippet.get("tags") else {}),
    }


def _pictures(url: str) -> dict[str, Any]:
    return {"default": {"url": url, "width": 120, "height": 90}}


def seconds(video: Video) -> int:
    """How long a video is, in seconds."""
    return 42 if video.post is not None and video.post.kind == "short" else 253


def _processing(video: Video) -> dict[str, Any]:
    state = {"uploaded": "processing", "processed": "succeeded", "rejected": "terminated"}
    found: dict[str, Any] = {"processingStatus": state.get(str(video.status.get("uploadStatus")), "failed")}
    if found["processingStatus"] == "failed":
        found["processingFailureReason"] = "transcodeFailed"
    return found
