"""Routes of the Graph API: reading pages, posts and insights, publishing and deleting."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import JSONResponse

from sandbox.facebook import comments, photos, roles, tokens, videos
from sandbox.facebook.call import Calling, unknown_path
from sandbox.facebook.errors import DUPLICATE, invalid_token, missing_object, not_permitted
from sandbox.facebook.insights import page_insights, post_insights
from sandbox.facebook.objects import render_page, render_posts
from sandbox.facebook.paging import cut, links, whole_number
from sandbox.facebook.publish import read_post
from sandbox.timeline import Duplicate

router = APIRouter(prefix="/facebook")
_LISTS = ("published_posts", "posts", "feed")
_ELSEWHERE = ("reel", "story")  # they have lists of their own
_USER_ID = "100000000000017"


@router.get("/me/accounts")
async def my_accounts(call: Calling) -> JSONResponse:
    """Pages of a user, with their tokens."""
    token = call.token(about_me=True)
    if token.kind != "user":
        raise missing_object("get", "me/accounts")
    fields = call.params.get("fields") or "access_token,category,name,id,tasks"
    if "pages_show_list" not in tokens.scopes(call.sandbox, token):
        raise not_permitted("pages_show_list")
    pages = tokens.pages(call.sandbox, token)
    start = whole_number(call.params, "after", 0, 0, len(pages))
    stop = start + whole_number(call.params, "limit", 25, 1, 100)
    data = [
        render_page(
            *(call.view, page, fields, partial(tokens.page_token, call.sandbox, token, page)),
            roles.tasks(call.sandbox, page.id),
        )
        for page in pages[start:stop]
    ]
    paging: dict[str, Any] = {"cursors": {"before": str(start), "after": str(min(stop, len(pages)))}}
    if stop < len(pages):
        query = urlencode({**call.params, "access_token": token.token, "after": stop})
        paging["next"] = f"{call.request.base_url}facebook/v26.0/me/accounts?{query}"
    return call.answer({"data": data, "paging": paging})


@router.get("/{node}")
async def read_node(node: str, call: Calling) -> JSONResponse:
    """A page, a post, a comment, or the user behind a token."""
    if comment := comments.read(node, call):
        return comment
    if "_" in node:
        page, post = call.post(node)
        return call.answer(render_posts(call.view, page, [post], call.params.get("fields"))[0])
    if node == "me":
        token = call.token(about_me=True)
        if token.kind == "user":
            return call.answer({"id": _USER_ID, "name": "Sandbox agency"})
    if video := call.own("video", node):
        return call.answer(videos.render(call, video, call.params.get("fields")))
    if photo := call.own("photo", node):
        return call.answer(photos.render(photo, call.params.get("fields")))
    page, token = call.page(node, needs_page_token=False)
    own = partial(tokens.page_token, call.sandbox, token, page) if token.kind == "user" else lambda: token
    tasks = roles.tasks(call.sandbox, page.id)
    return call.answer(render_page(call.view, page, call.params.get("fields"), own, tasks))


@router.get("/{node}/insights")
async def read_insights(node: str, call: Calling) -> JSONResponse:
    """Insights of a post or a page."""
    if "_" in node:
        _, post = call.post(node)
        counts = call.sandbox.timeline.counts(post, call.now)
        return call.answer({"data": post_insights(post, counts, call.params.get("metric"))})
    page, _ = call.page(node, needs_page_token=True, scope="read_insights")
    data = page_insights(call.sandbox.timeline, page, call.params, call.now)
    return call.answer({"data": data})


@router.get("/{node}/{edge}")
async def read_edge(node: str, edge: str, call: Calling) -> JSONResponse:
    """Posts of a page, newest first."""
    if edge not in _LISTS:
        raise unknown_path(edge)
    page, token = call.page(node, needs_page_token=True)
    posts = [
        post
        for post in call.sandbox.timeline.posts(page, call.now)
        if post.published and post.kind not in _ELSEWHERE and not call.taken_back(post)
    ]
    found = cut(posts, call.params, page.zone)
    data = render_posts(call.view, page, found.posts, call.params.get("fields"))
    if not data:
        return call.answer({"data": []})
    # The real network, too, writes the token into its paging links.
    query = {**call.params, "access_token": token.token}
    return call.answer({"data": data, "paging": links(found, call.url(page, edge), query)})


@router.post("/{node}/feed")
async def publish(node: str, call: Calling) -> JSONResponse:
    """Publish a text or link post, or one of photos uploaded before."""
    page, _ = call.page(node, needs_page_token=True, scope="pages_manage_posts")
    draft = read_post(call.params, call.now)
    attached = [photos.unused(call, page, photo) for photo in draft.photos]
    try:
        accepted = call.sandbox.timeline.accept(
            *(page, call.now, draft.text, draft.kind, call.payload(), draft.link, draft.public_at),
            published=draft.published,
            refuse_duplicates=not attached,
        )
    except Duplicate:
        raise DUPLICATE from None
    photos.attach(call, attached, accepted.id)
    return call.answer({"id": accepted.id})


@router.delete("/{node}")
async def delete(node: str, call: Calling) -> JSONResponse:
    """Delete a post."""
    _, post = call.post(node)
    if call.token().kind != "page":
        raise invalid_token(2069032, "User Access Token Is Not Supported. A Page access token is required.")
    call.sandbox.timeline.delete(post, call.now)
    return call.answer({"success": True})


@router.delete("/me/permissions")
@router.delete("/me/permissions/{scope}")
async def take_back(call: Calling, scope: str | None = None) -> JSONResponse:
    """Take one permission back, or without a name the whole consent."""
    token = call.token(about_me=True)
    if token.kind != "user":
        raise missing_object("delete", "me/permissions")
    if scope is None:
        tokens.deauthorize(call.sandbox, token)
    else:
        left = [one for one in tokens.scopes(call.sandbox, token) if one != scope]
        tokens.grant(call.sandbox, token, left)
    return call.answer({"success": True})


@router.post("/_role")
async def change_role(call: Calling) -> JSONResponse:
    """Not of the Graph API: give the person's role on `page_id` these `tasks`; none takes the role away."""
    roles.change(call.sandbox, call.params["page_id"], call.params.get("tasks", "").split())
    return call.answer({"success": True})
