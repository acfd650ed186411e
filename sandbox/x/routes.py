"""Routes of the X API v2: users, timelines, posts, publishing and deleting."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse

from sandbox.model import Account, Post
from sandbox.services import Services, services
from sandbox.timeline import Duplicate
from sandbox.x import tokens
from sandbox.x.errors import forbidden, invalid_request, not_found, unauthorized
from sandbox.x.limits import RateLimits
from sandbox.x.objects import Asked, read_asked, render_post, render_user
from sandbox.x.paging import cut, next_token
from sandbox.x.publish import read_post
from sandbox.x.text import has_link, shorten

router = APIRouter(prefix="/x/2")
_DEPTH = 3_200
_DUPLICATE = "You are not allowed to create a Tweet with duplicate content."


class Call:
    """One call by a signed-in account, counted against its rate limit."""

    def __init__(self, request: Request, sandbox: Services) -> None:
        self.request, self.sandbox, self.query = request, sandbox, dict(request.query_params)
        self.now = sandbox.clock.now()
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        grant = tokens.check(sandbox, token) if scheme.lower() == "bearer" else None
        if grant is None:
            raise unauthorized()
        self.grant = grant
        self.headers: dict[str, str] = {}

    def count(self, endpoint: str, scope: str) -> None:
        """Count the call; raises XProblem 403 without the scope, 429 beyond the limit."""
        if scope not in self.grant.scopes:
            raise forbidden("You are not permitted to perform this action.")
        limits: RateLimits = self.request.app.state.x_limits
        self.headers = limits.count(endpoint, self.grant.account, self.now.timestamp())

    @property
    def asked(self) -> Asked:
        """The naming family and fields of the call."""
        return read_asked(self.query)

    def user(self, account: Account) -> dict[str, Any]:
        """A rendered account."""
        count = len(self.sandbox.timeline.posts(account, self.now))
        base_url = str(self.request.base_url)
        return render_user(self.sandbox.timeline, account, self.asked, self.now, count, base_url)

    def post(self, account: Account, post: Post, asked: Asked) -> Any:
        """A rendered post."""
        own = account.id == self.grant.account
        return render_post(self.sandbox.timeline, account, post, asked, self.now, own)

    def answer(self, body: dict[str, Any], status: int = 200) -> JSONResponse:
        """The answer with the rate headers."""
        return JSONResponse(body, status, {**self.headers, "api-version": "2.167"})


async def call(request: Request, sandbox: Annotated[Services, Depends(services)]) -> Call:
    """The signed-in call; raises XProblem 401."""
    return Call(request, sandbox)


Calling = Annotated[Call, Depends(call)]


@router.get("/users/me")
async def me(call: Calling) -> JSONResponse:
    """The signed-in account."""
    call.count("GET /2/users/me", "users.read")
    return call.answer({"data": call.user(call.sandbox.timeline.accounts[call.grant.account])})


@router.get("/users/{user_id}")
async def user(user_id: str, call: Calling) -> JSONResponse:
    """An account by id."""
    call.count("GET /2/users/:id", "users.read")
    account = _account(call, user_id)
    if account is None:
        return call.answer({"errors": [not_found(user_id, "id", "user")]})
    return call.answer({"data": call.user(account)})


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
    asked = call.asked
    return call.answer({"data": [call.post(account, post, asked) for post in wanted], "meta": meta})


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
    data = [call.post(*pair, asked) for pair in found.values() if pair is not None]
    errors = [not_found(post_id, "ids", asked.family) for post_id, pair in found.items() if pair is None]
    return call.answer({**({"data": data} if data else {}), **({"errors": errors} if errors else {})})


@router.get("/tweets/{post_id}")
async def post(post_id: str, call: Calling) -> JSONResponse:
    """A post by id."""
    call.count("GET /2/tweets/:id", "tweet.read")
    asked = call.asked
    found = call.sandbox.timeline.find(post_id, "x", call.now)
    if found is None:
        return call.answer({"errors": [not_found(post_id, "id", asked.family)]})
    return call.answer({"data": call.post(*found, asked)})


@router.post("/tweets")
async def publish(call: Calling) -> JSONResponse:
    """Publish a post."""
    call.count("POST /2/tweets", "tweet.write")
    try:
        body = await call.request.json()
    except ValueError as error:
        raise invalid_request("$: the request body is not JSON") from error
    wanted = read_post(body)
    account = call.sandbox.timeline.accounts[call.grant.account]
    reply_to = wanted.reply.in_reply_to_tweet_id if wanted.reply else None
    for referenced in (reply_to, wanted.quote_tweet_id):
        found = call.sandbox.timeline.find(referenced, "x", call.now) if referenced else None
        if referenced and found is None:
            raise forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")
        if referenced and found is not None and referenced == reply_to and found[0].id != account.id:
            raise forbidden("Reply to this conversation is not allowed because you have not been mentioned.")
    try:
        accepted = call.sandbox.timeline.accept(
            *(account, call.now, wanted.text, "link" if has_link(wanted.text) else "status", body),
            reply_to=reply_to,
            quote_of=wanted.quote_tweet_id,
        )
    except Duplicate:
        raise forbidden(_DUPLICATE) from None
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


def _account(call: Call, user_id: str) -> Account | None:
    if not user_id.isdecimal() or len(user_id) > 19:
        raise invalid_request("The `id` query parameter value is not valid", "id", user_id)
    account = call.sandbox.timeline.accounts.get(user_id)
    return account if account is not None and account.network == "x" else None
