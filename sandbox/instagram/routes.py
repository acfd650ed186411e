"""Routes of Instagram's API, under its own host and under Facebook's: reading, containers, publishing."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

from sandbox import objects
from sandbox.facebook.errors import GraphError, missing_object
from sandbox.facebook.fields import parse_fields
from sandbox.facebook.paging import cut, links
from sandbox.instagram import comments, containers, render
from sandbox.instagram.call import COMMENTS, INSIGHTS, NETWORK, PUBLISH, Call, Calling
from sandbox.instagram.insights import account_insights, media_insights
from sandbox.instagram.limits import DAY_S, LIMITS
from sandbox.model import Account, Post

_CONTAINER_FIELDS = frozenset({"id", "status", "status_code", "video_status", "copyright_check_status"})
_LISTS = ("media", "stories")


async def read_node(node: str, call: Calling) -> JSONResponse:
    """An account, a container, a comment or a post."""
    if node.startswith(comments.PREFIX):
        return call.answer(comments.read(node, call))
    if node.startswith("1790"):
        return call.answer(_container(node, call))
    if node.startswith("18"):
        account, post = _post(node, call)
        fields = call.params.get("fields")
        found = render.media(call.sandbox, account, [post], call.now, fields, by_page=call.by_page)
        return call.answer(found[0])
    account = call.account(node)
    fields = call.params.get("fields")
    return call.answer(render.user(call.sandbox, account, call.now, fields, by_page=call.by_page))


async def read_insights(node: str, call: Calling) -> JSONResponse:
    """Insights of a post or an account."""
    if node.startswith("18"):
        account, post = _post(node, call, INSIGHTS)
        counts = call.sandbox.timeline.counts(post, call.now)
        found = media_insights(post, counts, render.product_of(post), call.params.get("metric"))
        return call.answer({"data": found})
    account = call.account(node, INSIGHTS)
    return call.answer({"data": account_insights(call.sandbox.timeline, account, call.params, call.now)})


async def publishing_limit(node: str, call: Calling) -> JSONResponse:
    """How many posts of the day are used."""
    account = call.account(node, PUBLISH)
    config = {"quota_total": LIMITS.posts, "quota_duration": DAY_S}
    usage = containers.used(call.sandbox, account, call.now)
    return call.answer({"data": [{"config": config, "quota_usage": usage}]})


async def read_edge(node: str, edge: str, call: Calling) -> JSONResponse:
    """Posts of an account, or its stories, newest first."""
    account = call.account(node)
    if edge not in _LISTS:
        raise GraphError(2500, f"Unknown path components: /{edge}")
    posts = render.shown(call.sandbox, account, call.now, stories=edge == "stories")
    page = cut(posts, call.params, account.zone)
    fields = call.params.get("fields")
    data = render.media(call.sandbox, account, page.posts, call.now, fields, by_page=call.by_page)
    if not page.posts:
        return call.answer({"data": []})
    # The real network, too, writes the token into its paging links.
    query = {**call.params, "access_token": call.given_token()}
    return call.answer({"data": data, "paging": links(page, call.url(f"{account.id}/{edge}"), query)})


async def make_container(node: str, call: Calling) -> JSONResponse:
    """A new container; for uploads with the address its bytes go to."""
    account = call.account(node, PUBLISH)
    thing = await containers.make(call.sandbox, account, call.params, call.now, by_page=call.by_page)
    answer: dict[str, Any] = {"id": thing.id}
    if "received" in thing.data:
        answer["uri"] = f"{call.request.base_url}facebook/rupload/ig-api-upload/v26.0/{thing.id}"
    return call.answer(answer)


async def publish(node: str, call: Calling) -> JSONResponse:
    """Make a container public."""
    account = call.account(node, PUBLISH)
    created = containers.publish(call.sandbox, account, call.params.get("creation_id", ""), call.now)
    return call.answer({"id": created})


async def write_comment(node: str, call: Calling) -> JSONResponse:
    """Put a comment below a post."""
    account, post = _post(node, call, COMMENTS)
    return call.answer({"id": comments.write(call, account, post)})


async def read_comments(node: str, call: Calling) -> JSONResponse:
    """The comments of a post, newest first."""
    _, post = _post(node, call, COMMENTS)
    return call.answer(comments.listed(call, post))


def _container(node: str, call: Call) -> dict[str, Any]:
    account = call.account("me", PUBLISH)
    thing = objects.get(call.sandbox, NETWORK, containers.KIND, node)
    if thing is None or thing.account != account.id:
        raise missing_object("get", node)
    code, words = containers.state(thing, call.now)
    values: dict[str, Any] = {"id": node, "status_code": code, "status": words}
    if "received" in thing.data:
        done = thing.data["ready_at"] is not None
        phase = {"status": "complete" if done else "in_progress", "bytes_transferred": thing.data["received"]}
        values["video_status"] = {"uploading_phase": phase, "processing_phase": {"status": "not_started"}}
    asked = [field.name for field in parse_fields(call.params.get("fields") or "id")]
    for name in asked:
        if name not in _CONTAINER_FIELDS:
            words = f"(#100) Tried accessing nonexisting field ({name}) on node type (ShadowIGMediaBuilder)"
            raise GraphError(100, words)
    return {name: values[name] for name in {*asked, "id"} if name in values}


def _post(node: str, call: Call, scope: str | None = None) -> tuple[Account, Post]:
    account = call.account("me", scope) if scope else call.account("me")
    found = call.sandbox.timeline.find(node, "instagram", call.now)
    if found is None or found[0].id != account.id:
        raise missing_object(call.request.method.lower(), node)
    post = found[1]
    if post.kind == "story" and call.now - post.created_at >= render.STORY_LIVES:
        raise missing_object(call.request.method.lower(), node)
    return found


def _router(prefix: str) -> APIRouter:
    router = APIRouter(prefix=prefix)
    node = "/{node:instagram}"  # under Facebook's host only ids of this kind are ours
    router.get(f"{node}/insights")(read_insights)
    router.get(f"{node}/content_publishing_limit")(publishing_limit)
    router.post(f"{node}/media")(make_container)
    router.post(f"{node}/media_publish")(publish)
    router.post(f"{node}/comments")(write_comment)
    router.get(f"{node}/comments")(read_comments)
    router.get(f"{node}/{{edge}}")(read_edge)
    router.get(node)(read_node)
    return router


own = _router("/instagram")
by_page = _router("/facebook")
