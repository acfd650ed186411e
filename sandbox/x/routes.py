"""Routes of the X API v2: users, timelines, posts, publishing and deleting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

from sandbox.model import Account, Kind, Post
from sandbox.timeline import Duplicate
from sandbox.x.attachments import attach, expansion
from sandbox.x.call import Call, Calling
from sandbox.x.credits import CREDITS, LINK
from sandbox.x.errors import forbidden, invalid_request, not_found
from sandbox.x.media import attachable, used
from sandbox.x.objects import max_weight, render_post, render_user
from sandbox.x.paging import cut, next_token
from sandbox.x.publish import read_post
from sandbox.x.text import has_link, shorten

router = APIRouter(prefix="/x/2")
_DEPTH = 3_200
_DUPLICATE = "You are not allowed to create a Tweet with duplicate content."


@router.get("/users/me")
async def me(call: Calling) -> JSONResponse:
    """The signed-in account."""
    call.count("GET /2/users/me", "users.read")
    return call.answer({"data": _user(call, call.account)})


@router.get("/users/{user_id}")
async def user(user_id: str, call: Calling) -> JSONResponse:
    """An account by id."""
    call.count("GET /2/users/:id", "users.read")
    account = _account(call, user_id)
    if account is None:
        return call.answer({"errors": [not_found(user_id, "id", "user")]})
    return call.answer({"data": _user(call, account)})


@router.get("/users/{user_id}/tweets")
async def timeline(user_id: str, call: Calling) -> JSONResponse:
    """Posts of an account, newest first, at most 3,200 deep."""
    call.count("GET /2/users/:id/tweets", "tweet.read")
    account = _account(call, user_id)
    if account is None:
        return call.answer({"errors": [not_found(user_id, "id", "user")], "meta": {"result_count": 0}})
    posts = call.sandbox.timeline.posts(account, call.now)[-_DEPTH:][::-1]
    wanted, more = cut(posts, call.query)
    meta: dict[str, Any] = {"result_count": len(wanted)}
    if not wanted:
        return call.answer({"meta": meta})
    meta |= {"newest_id": wanted[0].id, "oldest_id": wanted[-1].id}
    if more:
        meta["next_token"] = next_token(wanted[-1].id)
    return call.answer({**_shown(call, [(account, post) for post in wanted]), "meta": meta})


@router.get("/tweets")
async def posts(call: Calling) -> JSONResponse:
    """Up to 100 posts by id; missing ones are reported beside the others."""
    call.count("GET /2/tweets", "tweet.read")
    ids = [text.strip() for text in call.query.get("ids", "").split(",")]
    if not 1 <= len(ids) <= 100 or not all(text.isdecimal() and len(text) <= 19 for text in ids):
        raise invalid_request(
            "The `ids` query parameter must hold 1 to 100 post ids", "ids", call.query.get("ids")
        )
    asked = call.asked
    found = {post_id: call.sandbox.timeline.find(post_id, "x", call.now) for post_id in ids}
    errors = [not_found(post_id, "ids", asked.family) for post_id, pair in found.items() if pair is None]
    body = _shown(call, [pair for pair in found.values() if pair is not None])
    return call.answer({**body, **({"errors": errors} if errors else {})})


@router.get("/tweets/{post_id}")
async def post(post_id: str, call: Calling) -> JSONResponse:
    """A post by id."""
    call.count("GET /2/tweets/:id", "tweet.read")
    asked = call.asked
    found = call.sandbox.timeline.find(post_id, "x", call.now)
    if found is None:
        return call.answer({"errors": [not_found(post_id, "id", asked.family)]})
    shown = _shown(call, [found])
    return call.answer({**shown, "data": shown["data"][0]})


@router.post("/tweets")
async def publish(call: Calling) -> JSONResponse:
    """Publish a post."""
    call.count("POST /2/tweets", "tweet.write")
    body, account = await call.json(), call.account
    wanted = read_post(body, max_weight(account))
    CREDITS.spend(LINK if has_link(wanted.text) else 0.0)
    media = attachable(call.sandbox, account.id, wanted.media.media_ids) if wanted.media else []
    reply_to = wanted.reply.in_reply_to_tweet_id if wanted.reply else None
    for referenced in (reply_to, wanted.quote_tweet_id):
        found = call.sandbox.timeline.find(referenced, "x", call.now) if referenced else None
        if referenced and found is None:
            raise forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")
        if referenced and found is not None and referenced == reply_to and found[0].id != account.id:
            raise forbidden("Reply to this conversation is not allowed because you have not been mentioned.")
    try:
        accepted = call.sandbox.timeline.accept(
            *(account, call.now, wanted.text, _kind(wanted.text, media), body),
            reply_to=reply_to,
            quote_of=wanted.quote_tweet_id,
            # Other media make another post of the same words.
            refuse_duplicates=not media or any(one.get("attached") for one in media),
        )
    except Duplicate:
        raise forbidden(_DUPLICATE) from None
    attach(call.sandbox, account, accepted.id, media)
    used(call.sandbox, account.id, media)
    text, _ = shorten(accepted.text)
    return call.answer({"data": {"id": accepted.id, "text": text, call.asked.ids: [accepted.id]}}, 201)


@router.delete("/tweets/{post_id}")
async def delete(post_id: str, call: Calling) -> JSONResponse:
    """Delete an own post."""
    call.count("DELETE /2/tweets/:id", "tweet.write")
    found = call.sandbox.timeline.find(post_id, "x", call.now)
    if found is not None and found[0].id != call.grant.account:
        raise forbidden("You are not allowed to delete this Tweet.")
    if found is not None:
        call.sandbox.timeline.delete(found[1], call.now)
    return call.answer({"data": {"deleted": found is not None}})


def _kind(text: str, media: list[dict[str, Any]]) -> Kind:
    if media:
        return "photo" if media[0]["type"] == "photo" else "video"
    return "link" if has_link(text) else "status"


def _user(call: Call, account: Account) -> dict[str, Any]:
    count = len(call.sandbox.timeline.posts(account, call.now))
    base_url = str(call.request.base_url)
    return render_user(call.sandbox.timeline, account, call.asked, call.now, count, base_url)


def _shown(call: Call, pairs: Sequence[tuple[Account, Post]]) -> dict[str, Any]:
    """Posts as data, with what was asked to be expanded; nothing at all without posts."""
    asked, me = call.asked, call.grant.account
    body: dict[str, Any] = {}
    if pairs:
        body["data"] = [
            render_post(call.sandbox, account, post, asked, call.now, account.id == me)
            for account, post in pairs
        ]
    includes: dict[str, Any] = {}
    if "attachments.media_keys" in asked.expansions:
        includes = expansion(call.sandbox, (post for _, post in pairs), asked.media_fields)
    return {**body, **({"includes": includes} if includes else {})}


def _account(call: Call, user_id: str) -> Account | None:
    if not user_id.isdecimal() or len(user_id) > 19:
        raise invalid_request("The `id` query parameter value is not valid", "id", user_id)
    account = call.sandbox.timeline.accounts.get(user_id)
    return account if account is not None and account.network == "x" else None
