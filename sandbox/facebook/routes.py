"""Routes of the Graph API: reading pages, posts and insights, publishing and deleting."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse

from sandbox.facebook import tokens
from sandbox.facebook.errors import DUPLICATE, GraphError, invalid_parameter, invalid_token, missing_object
from sandbox.facebook.insights import page_insights, post_insights
from sandbox.facebook.objects import View, render_page, render_posts
from sandbox.facebook.paging import cut, links, whole_number
from sandbox.facebook.publish import read_post
from sandbox.facebook.tokens import Token
from sandbox.facebook.usage import Usage
from sandbox.model import Account, Post
from sandbox.services import Services, services
from sandbox.timeline import Duplicate

router = APIRouter(prefix="/facebook")
_LISTS = ("published_posts", "posts", "feed")
_USER_ID = "100000000000017"


class Call:
    """One call: its parameters from query and body, its token, the page it counts for."""

    def __init__(self, request: Request, sandbox: Services, params: dict[str, str]) -> None:
        self.request, self.sandbox, self.params = request, sandbox, params
        self.now = sandbox.clock.now()
        self.view = View(sandbox.timeline, self.now, str(request.base_url))
        self.headers: dict[str, str] = {}

    def token(self, *, about_me: bool = False) -> Token:
        """The checked token of the call."""
        scheme, _, bearer = self.request.headers.get("authorization", "").partition(" ")
        text = self.params.get("access_token") or (bearer if scheme.lower() in ("bearer", "oauth") else None)
        return tokens.check(self.sandbox, text, about_me=about_me)

    def count(self, page_id: str) -> None:
        """Count the call for a page; raises GraphError 32 when its hour is used up."""
        usage: Usage = self.request.app.state.facebook_usage
        self.headers = usage.count(page_id, self.now.timestamp())

    def page(self, node: str, *, needs_page_token: bool) -> tuple[Account, Token]:
        """The page `node` for this token; raises GraphError when the token does not reach it."""
        token = self.token(about_me=node == "me")
        if node == "me":
            node = token.subject
        page = self.sandbox.timeline.accounts.get(node)
        if page is None or page.network != "facebook" or not self._reaches(token, page):
            raise missing_object(self.request.method.lower(), node)
        if needs_page_token and token.kind != "page":
            raise invalid_token(
                2069032, "User Access Token Is Not Supported. A Page access token is required."
            )
        self.count(page.id)
        return page, token

    def post(self, node: str) -> tuple[Account, Post]:
        """The post `node` for this token; raises GraphError when there is none it reaches."""
        token = self.token()
        found = self.sandbox.timeline.find(node, "facebook", self.now)
        if found is None or not self._reaches(token, found[0]):
            raise missing_object(self.request.method.lower(), node)
        self.count(found[0].id)
        return found

    def _reaches(self, token: Token, page: Account) -> bool:
        if token.kind == "page":
            return token.subject == page.id
        return token.subject in (tokens.EVERY_BRAND, page.brand)

    def answer(self, data: dict[str, Any]) -> JSONResponse:
        """The answer with the usage headers."""
        return JSONResponse(data, headers=self.headers)

    def url(self, page: Account, edge: str) -> str:
        """Address of an edge, for paging links."""
        return f"{self.request.base_url}facebook/v26.0/{page.id}/{edge}"


async def call(request: Request, sandbox: Annotated[Services, Depends(services)]) -> Call:
    """Read the parameters wherever they are: query, form or JSON body."""
    params = dict(request.query_params)
    kind = request.headers.get("content-type", "")
    if request.method == "POST" and kind.startswith("application/json"):
        try:
            body = json.loads(await request.body() or b"{}")
        except ValueError as error:
            raise invalid_parameter("The request body is not JSON") from error
        if not isinstance(body, Mapping):
            raise invalid_parameter("The request body is not a JSON object")
        params |= {k: v if isinstance(v, str) else json.dumps(v) for k, v in body.items()}
    elif request.method == "POST":
        form = await request.form()
        params |= {k: v for k, v in form.items() if not isinstance(v, UploadFile)}
    return Call(request, sandbox, params)


Calling = Annotated[Call, Depends(call)]


@router.get("/me/accounts")
async def my_accounts(call: Calling) -> JSONResponse:
    """Pages of a user, with their tokens."""
    token = call.token(about_me=True)
    if token.kind != "user":
        raise missing_object("get", "me/accounts")
    fields = call.params.get("fields") or "access_token,category,name,id,tasks"
    pages = tokens.pages(call.sandbox, token)
    start = whole_number(call.params, "after", 0, 0, len(pages))
    stop = start + whole_number(call.params, "limit", 25, 1, 100)
    data = [
        render_page(call.view, page, fields, partial(tokens.page_token, call.sandbox, token, page))
        for page in pages[start:stop]
    ]
    paging: dict[str, Any] = {"cursors": {"before": str(start), "after": str(min(stop, len(pages)))}}
    if stop < len(pages):
        query = urlencode({**call.params, "access_token": token.token, "after": stop})
        paging["next"] = f"{call.request.base_url}facebook/v26.0/me/accounts?{query}"
    return call.answer({"data": data, "paging": paging})


@router.get("/{node}")
async def read_node(node: str, call: Calling) -> JSONResponse:
    """A page, a post, or the user behind a token."""
    if "_" in node:
        page, post = call.post(node)
        return call.answer(render_posts(call.view, page, [post], call.params.get("fields"))[0])
    if node == "me":
        token = call.token(about_me=True)
        if token.kind == "user":
            return call.answer({"id": _USER_ID, "name": "Sandbox agency"})
    page, token = call.page(node, needs_page_token=False)
    own = partial(tokens.page_token, call.sandbox, token, page) if token.kind == "user" else lambda: token
    return call.answer(render_page(call.view, page, call.params.get("fields"), own))


@router.get("/{node}/insights")
async def read_insights(node: str, call: Calling) -> JSONResponse:
    """Insights of a post or a page."""
    if "_" in node:
        _, post = call.post(node)
        counts = call.sandbox.timeline.counts(post, call.now)
        return call.answer({"data": post_insights(post, counts, call.params.get("metric"))})
    page, _ = call.page(node, needs_page_token=True)
    data = page_insights(call.sandbox.timeline, page, call.params, call.now)
    return call.answer({"data": data})


@router.get("/{node}/{edge}")
async def read_edge(node: str, edge: str, call: Calling) -> JSONResponse:
    """Posts of a page, newest first."""
    if edge not in _LISTS:
        raise GraphError(2500, f"Unknown path components: /{edge}")
    page, token = call.page(node, needs_page_token=True)
    posts = [post for post in call.sandbox.timeline.posts(page, call.now) if post.published]
    found = cut(posts, call.params, page.zone)
    data = render_posts(call.view, page, found.posts, call.params.get("fields"))
    if not data:
        return call.answer({"data": []})
    # The real network, too, writes the token into its paging links.
    query = {**call.params, "access_token": token.token}
    return call.answer({"data": data, "paging": links(found, call.url(page, edge), query)})


@router.post("/{node}/feed")
async def publish(node: str, call: Calling) -> JSONResponse:
    """Publish a text or link post."""
    page, _ = call.page(node, needs_page_token=True)
    draft = read_post(call.params, call.now)
    payload = {name: value for name, value in call.params.items() if name != "access_token"}
    try:
        accepted = call.sandbox.timeline.accept(
            *(page, call.now, draft.text, draft.kind, payload, draft.link, draft.public_at, draft.published)
        )
    except Duplicate:
        raise DUPLICATE from None
    return call.answer({"id": accepted.id})


@router.delete("/{node}")
async def delete(node: str, call: Calling) -> JSONResponse:
    """Delete a post."""
    _, post = call.post(node)
    if call.token().kind != "page":
        raise invalid_token(2069032, "User Access Token Is Not Supported. A Page access token is required.")
    call.sandbox.timeline.delete(post, call.now)
    return call.answer({"success": True})
