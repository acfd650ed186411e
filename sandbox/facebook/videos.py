"""Videos on their way: uploaded, finished, processed and public, or refused. What Graph shows of them.

A video is one object: `edge` (videos, video_reels, video_stories), `size` and `session` where known,
and once it is finished `finished_at` (Unix seconds), `fails` and `post`.
"""

from __future__ import annotations

from typing import Any

from sandbox import objects
from sandbox.facebook.call import Call
from sandbox.facebook.fields import Field, parse_fields
from sandbox.facebook.objects import chosen
from sandbox.facebook.times import graph_time
from sandbox.ids import from_milliseconds
from sandbox.objects import Thing
from sandbox.services import Services

PROCESSING_S = 8.0
POST_LATER_S = 2.0  # a video's post is known this long after the video is public
EXPIRY_S = 24 * 3600.0
_FIELDS = frozenset({"id", "status", "post_id", "permalink_url", "created_time", "published"})
_LISTED = frozenset(
    {"title", "description", "updated_time", "length", "views", "likes", "comments", "source"}
)
NOT_STARTED = {"status": "not_started"}


def save(call: Call, video: Thing, **changes: Any) -> Thing:
    """The video with changes, kept."""
    changed = Thing(video.id, video.account, video.made_at, {**video.data, **changes})
    objects.put(call.sandbox, "facebook", "video", video.id, video.account, changed.data)
    return changed


def received(sandbox: Services, video: Thing) -> int:
    """How many of its bytes are there."""
    path = objects.bytes_path(sandbox, "facebook", video.id)
    return path.stat().st_size if path.exists() else 0


def is_whole(sandbox: Services, video: Thing) -> bool:
    """Whether all its bytes are there."""
    return video.data["size"] is not None and received(sandbox, video) >= video.data["size"]


def post_number(post_id: str) -> str:
    """The number of a video's post; a reel is listed by its own id and has a post of another one."""
    return post_id.rpartition("_")[2] if "_" in post_id else f"12{post_id[1:]}"


def is_public(call: Call, video: Thing) -> bool:
    """Whether people see it."""
    return _public_for(call, video) is not None


def _public_for(call: Call, video: Thing) -> float | None:
    """How long (seconds) people have seen it, or None while they do not."""
    finished_at = video.data.get("finished_at")
    if finished_at is None or video.data["fails"]:
        return None
    seconds = call.now.timestamp() - float(finished_at) - PROCESSING_S
    return seconds if seconds >= 0 else None


def render(call: Call, video: Thing, fields: str | None) -> dict[str, Any]:
    """A video as a Graph object. Raises GraphError 100 and 2500."""
    asked = parse_fields(fields) if fields else [Field("created_time"), Field("id")]
    public_for = _public_for(call, video)
    reel = video.data["edge"] == "video_reels"
    post = str(video.data.get("post") or "")
    values: dict[str, Any] = {
        "status": _status(call, video),
        "post_id": post_number(post) if (public_for or 0.0) >= POST_LATER_S else None,
        "permalink_url": f"/reel/{video.id}/" if reel else f"/{video.account}/videos/{video.id}/",
        "created_time": graph_time(from_milliseconds(int(video.made_at * 1000))),
        "published": public_for is not None,
        **_counted(call, post),
        "title": video.data.get("title") or None,
        "description": video.data.get("description") or None,
    }
    return chosen(asked, _FIELDS | _LISTED, "Video", video.id, lambda field: values.get(field.name))


def _counted(call: Call, post_id: str) -> dict[str, Any]:
    """The numbers of a video's post, once it is public."""
    found = call.sandbox.timeline.find(post_id, "facebook", call.now)
    if found is None:
        return {}
    counts = call.sandbox.timeline.counts(found[1], call.now)
    edges = {"likes": counts.reacted, "comments": counts.comments}
    summaries = {name: {"data": [], "summary": {"total_count": n}} for name, n in edges.items()}
    return {"views": counts.views, **summaries}


def _status(call: Call, video: Thing) -> dict[str, Any]:
    """VideoStatus; the documents of reels and the SDK spell the received bytes apart, and so do these."""
    spelling = "bytes_transferred" if video.data["edge"] == "videos" else "bytes_transfered"
    whole, now = is_whole(call.sandbox, video), call.now.timestamp()
    arrived = received(call.sandbox, video)
    uploading = {"status": "complete" if whole else "in_progress", spelling: arrived}
    finished_at = video.data.get("finished_at")
    if finished_at is None:
        word = "upload_complete" if whole else "uploading"
        if now - video.made_at > EXPIRY_S:
            word = "expired"
        return _phases(word, uploading, NOT_STARTED, NOT_STARTED)
    if now - finished_at < PROCESSING_S:
        return _phases("processing", uploading, {"status": "in_progress"}, {"status": "in_progress"})
    if video.data["fails"]:
        broken = {"status": "error", "errors": [{"code": 1363128, "message": video.data["fails"]}]}
        return _phases("error", uploading, broken, NOT_STARTED)
    public_at = graph_time(from_milliseconds(int((finished_at + PROCESSING_S) * 1000)))
    publishing = {"status": "complete", "publish_status": "published", "publish_time": public_at}
    return _phases("ready", uploading, {"status": "complete"}, publishing)


def _phases(
    word: str, uploading: dict[str, Any], processing: dict[str, Any], publishing: dict[str, Any]
) -> dict[str, Any]:
    return {
        "video_status": word,
        "uploading_phase": uploading,
        "processing_phase": processing,
        "publishing_phase": publishing,
    }
