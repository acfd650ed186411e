"""Accounts, their posts, publishing, and what the server says of itself."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, ValidationError
from starlette.responses import JSONResponse

from sandbox import objects
from sandbox.mastodon import instance, posts
from sandbox.mastodon.calls import Call, Calling, form_or_json
from sandbox.mastodon.errors import MastodonError, failed, not_found
from sandbox.mastodon.media_routes import attachable
from sandbox.model import Account, Kind, Post

router = APIRouter(prefix="/mastodon")
KEY, KEY_S = "idempotency", 3_600.0


class Sent(BaseModel):
    """What a post is sent with; anything else is ignored."""

    status: str = ""
    media_ids: list[str] = []
    in_reply_to_id: str | None = None
    sensitive: bool = False
    spoiler_text: str = ""
    visibility: Literal["public", "unlisted", "private", "direct"] = "public"
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$")] | None = None


@router.get("/api/v2/instance")
async def about(request: Request) -> JSONResponse:
    """The server and its limits."""
    return JSONResponse(instance.told(str(request.base_url)))


@router.get("/api/v1/accounts/verify_credentials")
async def verify_credentials(call: Calling) -> JSONResponse:
    """Whose token it is."""
    call.needs("read:accounts")
    shown = posts.shown_account(call.sandbox, call.me, call.now, str(call.request.base_url))
    return call.answer({**shown, "source": {"privacy": "public", "sensitive": False, "language": None}})


@router.get("/api/v1/accounts/{account_id}")
async def account(account_id: str, call: Calling) -> JSONResponse:
    """An account."""
    call.needs("read:accounts")
    found = call.account(account_id)
    return call.answer(posts.shown_account(call.sandbox, found, call.now, str(call.request.base_url)))


@router.get("/api/v1/accounts/{account_id}/statuses")
async def statuses(account_id: str, call: Calling) -> JSONResponse:
    """An account's posts, newest first, page by page."""
    call.needs("read:statuses")
    found = call.account(account_id)
    listed = posts.visible(call.sandbox, found, call.now)
    if call.query.get("exclude_replies") == "true":
        listed = [post for post in listed if post.reply_to is None]
    limit = min(max(_number(call, "limit", 20), 1), 40)
    end = bisect_left(listed, _number(call, "max_id", 1 << 63), key=_id)
    start = bisect_right(listed, _number(call, "since_id", 0), key=_id)
    page = listed[max(end - limit, start) : end][::-1]
    links = []
    if len(page) == limit:
        links.append(_link(call, "next", max_id=page[-1].id))
    if page:
        links.append(_link(call, "prev", min_id=page[0].id))
    shown = [_shown(call, found, post) for post in page]
    return call.answer(shown, headers={"Link": ", ".join(links)} if links else None)


@router.post("/api/v1/statuses")
async def publish(call: Calling) -> JSONResponse:
    """Publish, or answer with the post that the same key made within the hour."""
    call.needs("write:statuses")
    try:
        wanted = Sent.model_validate(await form_or_json(call.request))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise failed(f"{'.'.join(map(str, first['loc']))} is not included in the list") from None
    key = call.request.headers.get("idempotency-key")
    kept = objects.get(call.sandbox, posts.NETWORK, KEY, f"{call.me.id}/{key}") if key else None
    if kept and call.now.timestamp() < kept.data["at"] + KEY_S:
        found = posts.find(call.sandbox, kept.data["status"], call.now)
        if found is None:
            raise not_found()
        return call.answer(_shown(call, *found))
    post_id = _accepted(call, wanted)
    if key:
        made = {"status": post_id, "at": call.now.timestamp()}
        objects.put(call.sandbox, posts.NETWORK, KEY, f"{call.me.id}/{key}", call.me.id, made)
    made_post = call.sandbox.timeline.find(post_id, "mastodon", call.sandbox.clock.now())
    if made_post is None:
        raise not_found()
    return call.answer(_shown(call, *made_post))


@router.get("/api/v1/statuses/{post_id}")
async def status(post_id: str, call: Calling) -> JSONResponse:
    """A post."""
    call.needs("read:statuses")
    return call.answer(_shown(call, *_found(call, post_id)))


@router.get("/api/v1/statuses/{post_id}/source")
async def source(post_id: str, call: Calling) -> JSONResponse:
    """A post's text as it was written; its author's only."""
    call.needs("read:statuses")
    owner, post = _found(call, post_id)
    if owner.id != call.me.id:
        raise MastodonError(403, "This action is not allowed")
    told = posts.sent(call.sandbox, post)
    return call.answer({"id": post.id, "text": post.text, "spoiler_text": told.get("spoiler_text") or ""})


@router.delete("/api/v1/statuses/{post_id}")
async def delete(post_id: str, call: Calling) -> JSONResponse:
    """Delete an own post; its text comes back."""
    call.needs("write:statuses")
    call.count("delete")
    owner, post = _found(call, post_id)
    if owner.id != call.me.id:
        raise not_found()
    shown = _shown(call, owner, post)
    call.sandbox.timeline.delete(post, call.now)
    return call.answer({**shown, "text": post.text})


def _accepted(call: Call, wanted: Sent) -> str:
    """Take the post; its id. Raises MastodonError in a server's words."""
    media = attachable(call, wanted.media_ids)
    if not wanted.status.strip() and not media:
        raise failed("Text can't be blank")
    if instance.length(wanted.status + wanted.spoiler_text) > instance.STATUSES["max_characters"]:
        raise failed(f"Text character limit of {instance.STATUSES['max_characters']} exceeded")
    if wanted.in_reply_to_id and posts.find(call.sandbox, wanted.in_reply_to_id, call.now) is None:
        raise MastodonError(404, "The post you are trying to reply to does not appear to exist.")
    payload = {**wanted.model_dump(), "key": call.request.headers.get("idempotency-key")}
    accepted = call.sandbox.timeline.accept(
        *(call.me, call.now, wanted.status, _kind(wanted, media), payload),
        reply_to=wanted.in_reply_to_id,
        refuse_duplicates=False,
    )
    objects.put(call.sandbox, posts.NETWORK, posts.STATUS, accepted.id, call.me.id, wanted.model_dump())
    for one in media:
        data = {**one.data, "status": accepted.id}
        objects.put(call.sandbox, posts.NETWORK, posts.MEDIA, one.id, call.me.id, data)
    return accepted.id


def _kind(wanted: Sent, media: list[objects.Thing]) -> Kind:
    if media:
        return "video" if media[0].data["mime"].startswith("video/") else "photo"
    return "link" if "://" in wanted.status else "status"


def _found(call: Call, post_id: str) -> tuple[Account, Post]:
    found = posts.find(call.sandbox, post_id, call.now)
    if found is None:
        raise not_found()
    return found


def _shown(call: Call, owner: Account, post: Post) -> dict[str, Any]:
    return posts.status(call.sandbox, owner, post, call.now, str(call.request.base_url))


def _link(call: Call, relation: str, **more: str) -> str:
    query = {
        name: value for name, value in call.query.items() if name not in ("max_id", "min_id", "since_id")
    }
    return f'<{call.request.url.replace(query=urlencode({**query, **more}))}>; rel="{relation}"'


def _number(call: Call, name: str, otherwise: int) -> int:
    text = call.query.get(name, "")
    return int(text) if text.isdecimal() else otherwise


def _id(post: Post) -> int:
    return int(post.id)
