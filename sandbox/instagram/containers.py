"""Containers: made from a call's parameters, worked on for some seconds, published once, gone after a day."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox import objects
from sandbox.facebook.errors import GraphError, invalid_parameter
from sandbox.ids import milliseconds
from sandbox.instagram import files
from sandbox.instagram.limits import DAY_S, LIMITS
from sandbox.model import Account, Kind
from sandbox.objects import Thing
from sandbox.services import Services

NETWORK, KIND = "instagram", "container"
IMAGE_S, VIDEO_S = 0.0, 6.0
REJECTED = "#rejected"
SPAM, CAROUSEL, TAGS = 2207051, 2207028, 2207040
# Parameters of POST /{ig-user}/media of Graph v26.
KNOWN = frozenset(
    {
        *("alt_text", "audio_configuration", "audio_name", "caption", "children", "collaborators"),
        *("cover_url", "image_url", "is_ai_generated", "is_carousel_item", "location_id", "media_type"),
        *("product_tags", "share_to_feed", "thumb_offset", "trial_params", "upload_type", "user_tags"),
        *("video_url", "access_token"),
    }
)
FACEBOOK_ONLY = frozenset(
    {
        *("branded_content_sponsor_ids", "cross_post_to_threads", "is_comment_prompt_used"),
        *("is_paid_partnership", "is_poll_duration_extended", "poll_attachment", "show_ig_link", "title"),
    }
)
TYPES = ("REELS", "STORIES", "CAROUSEL", "VIDEO")


async def make(
    services: Services, account: Account, params: Mapping[str, str], now: datetime, *, by_page: bool
) -> Thing:
    """A new container. Raises GraphError as the network refuses."""
    unknown = set(params) - KNOWN - (FACEBOOK_ONLY if by_page else set())
    if unknown:
        raise invalid_parameter(f"param {min(unknown)} is not known")
    made = objects.of_account(services, NETWORK, KIND, account.id)
    if sum(now.timestamp() - thing.made_at < DAY_S for thing in made) >= LIMITS.containers:
        raise GraphError(9, "Application request limit reached", subcode=2207042)
    caption(params.get("caption", ""))
    data: dict[str, Any] = {"params": {k: v for k, v in params.items() if k != "access_token"}}
    data |= await _content(services, account, params, now, by_page)
    if REJECTED in params.get("caption", ""):
        data["problem"] = SPAM
    container = f"1790{milliseconds(now)}{secrets.randbelow(1000):03d}"
    objects.put(services, NETWORK, KIND, container, account.id, data)
    thing = objects.get(services, NETWORK, KIND, container)
    assert thing is not None  # noqa: S101 - it was put there a line ago
    return thing


def caption(text: str) -> None:
    """Raises GraphError for what a caption can't be."""
    if len(text) > 2_200:
        raise GraphError(36004, "The caption was too long.", subcode=2207010)
    if text.count("#") > 30:
        raise invalid_parameter("The post has too many tags.", subcode=TAGS)


async def _content(
    services: Services, account: Account, params: Mapping[str, str], now: datetime, by_page: bool
) -> dict[str, Any]:
    """Kind, what is wrong, and when it is ready; by what the call brings."""
    kind = params.get("media_type", "")
    if kind and kind not in TYPES:
        raise invalid_parameter("The media type is unknown.", subcode=2207023)
    item = params.get("is_carousel_item") == "true"
    if kind == "CAROUSEL":
        return {"kind": "album", "ready_at": now.timestamp(), **_children(services, account, params, now)}
    if kind == "VIDEO" and not item:
        raise invalid_parameter("The media type VIDEO is for carousels; use REELS.", subcode=2207023)
    if params.get("cover_url"):
        await files.photo(params["cover_url"], any_shape=True)
    story = kind == "STORIES"
    if params.get("image_url"):
        if kind in ("REELS", "VIDEO"):
            raise invalid_parameter("The parameter video_url is required", subcode=2207023)
        await files.photo(params["image_url"], any_shape=story)
        ready_at = now.timestamp() + IMAGE_S
        return {"kind": "story" if story else "photo", "ready_at": ready_at, "type": "IMAGE"}
    film: dict[str, Any] = {"kind": "story" if story else "reel", "type": "VIDEO"}
    if params.get("upload_type") == "resumable":
        if not by_page:
            raise GraphError(10, "(#10) Uploads need Facebook Login for Business", status=403)
        return film | {"ready_at": None, "received": 0}
    if not params.get("video_url"):
        raise invalid_parameter("The parameter image_url or video_url is required")
    problem = await files.film_problem(params["video_url"], largest_mib=100 if story else 300)
    return film | {"ready_at": now.timestamp() + VIDEO_S, "problem": problem}


def _children(
    services: Services, account: Account, params: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    names = [name.strip(' "') for name in params.get("children", "").strip("[]").split(",") if name.strip()]
    if not 2 <= len(names) <= 10 or len(set(names)) < len(names):
        raise invalid_parameter("A carousel needs 2 to 10 items.", subcode=CAROUSEL)
    found = [objects.get(services, NETWORK, KIND, name) for name in names]
    for thing in found:
        if thing is None or thing.account != account.id:
            raise GraphError(24, "The requested resource does not exist", subcode=2207006)
        if thing.data["params"].get("is_carousel_item") != "true":
            raise invalid_parameter("An item of the carousel is none.", subcode=CAROUSEL)
        if state(thing, now)[0] != "FINISHED":
            raise GraphError(9007, "Media ID is not available", subcode=2207027)
    return {"children": [thing.data["params"] for thing in found if thing], "type": "CAROUSEL_ALBUM"}


def state(thing: Thing, now: datetime) -> tuple[str, str]:
    """Its status_code and status."""
    data, at = thing.data, now.timestamp()
    if data.get("published"):
        return "PUBLISHED", "Published: Media has been successfully published."
    if at > thing.made_at + DAY_S:
        return "EXPIRED", "Expired: The container was not published within 24 hours."
    if data["ready_at"] is None or at < data["ready_at"]:
        return "IN_PROGRESS", "In Progress: Media is still being processed."
    if data.get("problem"):
        return "ERROR", f"Error: Media upload has failed with error code {data['problem']}"
    return "FINISHED", "Finished: Media has been uploaded and it is ready to be published."


def publish(services: Services, account: Account, container: str, now: datetime) -> str:
    """Make a container public; the id of the post. Raises GraphError as the network refuses."""
    thing = objects.get(services, NETWORK, KIND, container)
    if thing is None or thing.account != account.id or thing.data["params"].get("is_carousel_item"):
        raise GraphError(24, "The requested resource does not exist", subcode=2207006)
    if used(services, account, now) >= LIMITS.posts:
        raise GraphError(9, "Application request limit reached", subcode=2207042)
    code, words = state(thing, now)
    if code == "PUBLISHED":
        raise GraphError(24, "The requested resource does not exist", subcode=2207006)
    if code == "EXPIRED":
        raise GraphError(-2, words, subcode=2207020)
    if code != "FINISHED":
        raise GraphError(9007, "Media ID is not available", subcode=2207027)
    data, kind = thing.data, thing.data["kind"]
    payload = {**data["params"], "creation_id": container}
    payload |= {"children_params": data["children"]} if "children" in data else {}
    text: str = data["params"].get("caption", "")
    post_kind: Kind = kind
    accepted = services.timeline.accept(account, now, text, post_kind, payload, refuse_duplicates=False)
    published = {"published": accepted.id, "published_at": now.timestamp()}
    objects.put(services, NETWORK, KIND, container, account.id, {**data, **published})
    objects.put(services, NETWORK, "media", accepted.id, account.id, {"type": data["type"]})
    return accepted.id


def used(services: Services, account: Account, now: datetime) -> int:
    """Posts published in the last 24 hours."""
    made = objects.of_account(services, NETWORK, KIND, account.id)
    return sum(now.timestamp() - thing.data.get("published_at", 0.0) < DAY_S for thing in made)
