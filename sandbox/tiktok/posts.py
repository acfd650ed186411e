"""A post on its way through TikTok: taken, processed, looked at, public. Its state follows the clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sandbox import objects
from sandbox.model import Account
from sandbox.objects import Thing
from sandbox.services import Services

NETWORK, PUBLISH, POST = "tiktok", "publish", "post"
PROCESSING_S, MODERATION_S = 3.0, 8.0
"""Seconds from the last byte until a post is processed, and until everyone can see it."""
UPLOAD_HOLDS_S = 3_600.0
REFUSED_WORDS = "#rejected"


def taken(sandbox: Services, account: Account, data: dict[str, Any]) -> dict[str, Any]:
    """Take a post whose media is there: it is in the timeline from now, and shown when it has been looked at.

    `data` is the publish object's; what is returned is to be kept in its place.
    """
    now = sandbox.clock.now()
    info = data["post_info"]
    fails = data.get("fail_reason") or ("spam_risk_text" if REFUSED_WORDS in data["words"] else None)
    is_public = info["privacy_level"] == "PUBLIC_TO_EVERYONE" and fails is None
    accepted = sandbox.timeline.accept(
        account,
        now,
        data["words"],
        "album" if data["media"] == "PHOTO" else "video",
        {"post_info": info, "source_info": data["source_info"], "sha256": data.get("sha256")},
        published=is_public,
        refuse_duplicates=False,
    )
    shown = {"from": now.timestamp() + MODERATION_S, "title": info["title"]}
    objects.put(sandbox, NETWORK, POST, accepted.id, account.id, shown)
    return {
        **data,
        "done_at": now.timestamp(),
        "fail_reason": fails,
        "post_id": accepted.id,
        "public": is_public,
    }


def status(thing: Thing, now: datetime) -> dict[str, Any]:
    """The answer to ``status/fetch`` about a publish object."""
    data, now_s = thing.data, now.timestamp()
    pulled = data["source_info"]["source"] == "PULL_FROM_URL"
    counted = {"downloaded_bytes" if pulled else "uploaded_bytes": data["received"]}
    if data.get("cancelled"):
        return {"status": "FAILED", "fail_reason": "publish_cancelled", **counted}
    done_at = data.get("done_at")
    if done_at is None and pulled and data.get("fail_reason"):
        return {"status": "FAILED", "fail_reason": data["fail_reason"], **counted}
    if done_at is None or now_s < done_at + PROCESSING_S:
        return {"status": "PROCESSING_DOWNLOAD" if pulled else "PROCESSING_UPLOAD", **counted}
    if data.get("fail_reason"):
        return {"status": "FAILED", "fail_reason": data["fail_reason"], **counted}
    found: dict[str, Any] = {"status": "PUBLISH_COMPLETE", **counted}
    if data["public"] and now_s >= done_at + MODERATION_S:
        found["publicaly_available_post_id"] = [int(data["post_id"])]
    return found


def is_shown(sandbox: Services, post_id: str, now: datetime) -> bool:
    """Whether a post has been looked at; the world's own ones have."""
    thing = objects.get(sandbox, NETWORK, POST, post_id)
    return thing is None or now.timestamp() >= thing.data["from"]


def title_of(sandbox: Services, post_id: str) -> str | None:
    """The title an accepted post was given, or None where the world made it."""
    thing = objects.get(sandbox, NETWORK, POST, post_id)
    return str(thing.data["title"]) if thing else None
