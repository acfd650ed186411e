"""Routes of the Threads API: reading, containers, publishing, deleting."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

from sandbox import objects
from sandbox.facebook.errors import GraphError, missing_object
from sandbox.facebook.fields import parse_fields
from sandbox.facebook.paging import cut, links
from sandbox.model import Account, Post
from sandbox.threads import containers, render
from sandbox.threads.call import (
    BASIC,
    DAY_S,
    DELETE,
    INSIGHTS,
    LIMITS,
    MANAGE_REPLIES,
    NETWORK,
    PUBLISH,
    READ_REPLIES,
    Call,
    Calling,
)
from sandbox.threads.insights import post_insights, profile_insights

router = APIRouter(prefix="/threads")
_EDGES = {"threads": (BASIC, False), "replies": (READ_REPLIES, True)}


@router.get("/{node}/threads_insights")
async def read_profile_insights(node: str, call: Calling) -> JSONResponse:
    """Insights of a profile."""
    account = call.account(node, INSIGHTS)
    return call.answer({"data": profile_insights(call.sandbox.timeline, account, call.params, call.now)})


@router.get("/{node}/insights")
async def read_post_insights(node: str, call: Calling) -> JSONResponse:
    """Insights of a post."""
    _, post = _post(node, call, INSIGHTS)
    counts = call.sandbox.timeline.counts(post, call.now)
    return call.answer({"data": post_insights(post, counts, call.params.get("metric"))})


@router.get("/{node}/threads_publishing_limit")
async def publishing_limit(node: str, call: Calling) -> JSONResponse:
    """How many posts and replies of the day are used."""
    account = call.account(node, PUBLISH)
    posts = containers.used(call.sandbox, account, call.now, replies=False)
    replies = containers.used(call.sandbox, account, call.now, replies=True)
    data = {
        "quota_usage": posts,
        "config": {"quota_total": LIMITS.posts, "quota_duration": DAY_S},
        "reply_quota_usage": replies,
        "reply_config": {"quota_total": LIMITS.replies, "quota_duration": DAY_S},
    }
    asked = [field.name for field in parse_fields(call.params.get("fields") or "quota_usage,config")]
    return call.answer({"data": [{name: data[name] for name in asked if name in data}]})


@router.get("/{node}/{edge}")
async def read_edge(node: str, edge: str, call: Calling) -> JSONResponse:
    """Posts or replies of a profile, newest first."""
    if edge not in _EDGES:
        raise GraphError(2500, f"Unknown path components: /{edge}")
    scope, replies = _EDGES[edge]
    account = call.account(node, scope)
    page = cut(render.shown(call.sandbox, account, call.now, replies=replies), call.params, account.zone)
    data = render.posts(call.sandbox, account, page.posts, call.now, call.params.get("fields"))
    if not page.posts:
        return call.answer({"data": []})
    # The real network, too, writes the token into its paging links.
    query = {**call.params, "access_token": call.given_token()}
    return call.answer({"data": data, "paging": links(page, call.url(f"{account.id}/{edge}"), query)})


@router.get("/{node}")
async def read_node(node: str, call: Calling) -> JSONResponse:
    """A profile, a container or a post."""
    fields = call.params.get("fields")
    if node.startswith("1791"):
        return call.answer(_container(node, call))
    if node.startswith("18"):
        account, post = _post(node, call, BASIC)
        return call.answer(render.posts(call.sandbox, account, [post], call.now, fields)[0])
    return call.answer(render.profile(call.account(node), fields))


@router.post("/{node}/threads")
async def make_container(node: str, call: Calling) -> JSONResponse:
    """A new container; a text is published at once where that is asked for."""
    account = call.account(node, PUBLISH)
    if call.params.get("reply_to_id"):
        call.account(node, MANAGE_REPLIES)
    thing = await containers.make(call.sandbox, account, call.params, call.now)
    if call.params.get("auto_publish_text") == "true":
        return call.answer({"id": containers.publish(call.sandbox, account, thing.id, call.now)})
    return call.answer({"id": thing.id})


@router.post("/{node}/threads_publish")
async def publish(node: str, call: Calling) -> JSONResponse:
    """Make a container public."""
    account = call.account(node, PUBLISH)
    created = containers.publish(call.sandbox, account, call.params.get("creation_id", ""), call.now)
    return call.answer({"id": created})


@router.delete("/{node}")
async def delete(node: str, call: Calling) -> JSONResponse:
    """Delete a post."""
    _, post = _post(node, call, DELETE)
    call.sandbox.timeline.delete(post, call.now)
    return call.answer({"success": True, "deleted_id": node})


def _container(node: str, call: Call) -> dict[str, Any]:
    account = call.account("me", PUBLISH)
    thing = objects.get(call.sandbox, NETWORK, containers.KIND, node)
    if thing is None or thing.account != account.id:
        raise missing_object("get", node)
    status, problem = containers.state(thing, call.now)
    values = {"id": node, "status": status, "error_message": problem}
    asked = [field.name for field in parse_fields(call.params.get("fields") or "id")]
    for name in asked:
        if name not in values:
            raise GraphError(100, f"(#100) Tried accessing nonexisting field ({name})")
    return {name: values[name] for name in {*asked, "id"} if values[name] is not None}


def _post(node: str, call: Call, scope: str) -> tuple[Account, Post]:
    account = call.account("me", scope)
    found = call.sandbox.timeline.find(node, NETWORK, call.now)
    if found is None or found[0].id != account.id:
        raise missing_object(call.request.method.lower(), node)
    return found
