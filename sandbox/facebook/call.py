"""One call of the Graph API: its parameters and files, its token, and what that may do."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse

from sandbox import objects
from sandbox.facebook import roles, tokens
from sandbox.facebook.errors import (
    GraphError,
    invalid_parameter,
    invalid_token,
    missing_object,
    not_permitted,
)
from sandbox.facebook.objects import View
from sandbox.facebook.tokens import Token
from sandbox.facebook.usage import Usage
from sandbox.facebook.versions import served
from sandbox.model import Account, Post
from sandbox.services import Services, services

REVIEW_S = 30
REJECTED = "#rejected"


class Call:
    """One call: its parameters from query and body, its token, the page it counts for."""

    def __init__(
        self, request: Request, sandbox: Services, params: dict[str, str], files: dict[str, UploadFile]
    ) -> None:
        self.request, self.sandbox, self.params, self.files = request, sandbox, params, files
        self.now = sandbox.clock.now()
        self.view = View(sandbox.timeline, self.now, str(request.base_url), self._photos_of)
        self.headers = {"facebook-api-version": served(request, self.now)}

    def token(self, *, about_me: bool = False) -> Token:
        """The checked token of the call."""
        return tokens.check(self.sandbox, self.given_token(), about_me=about_me)

    def given_token(self) -> str | None:
        """The token as it was sent, unchecked."""
        scheme, _, bearer = self.request.headers.get("authorization", "").partition(" ")
        return self.params.get("access_token") or (bearer if scheme.lower() in ("bearer", "oauth") else None)

    def count(self, page_id: str) -> None:
        """Count the call for a page; raises GraphError 32 when its hour is used up."""
        usage: Usage = self.request.app.state.facebook_usage
        self.headers |= usage.count(page_id, self.now.timestamp())

    def page(self, node: str, *, needs_page_token: bool, scope: str | None = None) -> tuple[Account, Token]:
        """The page `node` for this token; raises GraphError when the token does not reach it.

        `scope` is the permission the call needs; with it go the tasks of the person's role.
        """
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
        if scope and scope not in tokens.scopes(self.sandbox, token):
            raise not_permitted(scope)
        if scope and not roles.allows(self.sandbox, page.id, scope):
            raise not_permitted(scope)
        self.count(page.id)
        return page, token

    def post(self, node: str) -> tuple[Account, Post]:
        """The post `node` for this token; raises GraphError when there is none it reaches.

        Stories are no posts: only their list shows them.
        """
        token = self.token()
        found = self.sandbox.timeline.find(node, "facebook", self.now)
        if (
            found is None
            or found[1].kind == "story"
            or not self._reaches(token, found[0])
            or self.taken_back(found[1])
        ):
            raise missing_object(self.request.method.lower(), node)
        self.count(found[0].id)
        return found

    def own(self, kind: str, node: str) -> objects.Thing | None:
        """A photo or video of a page that this token reaches, or None."""
        thing = objects.get(self.sandbox, "facebook", kind, node)
        if thing is None or not self._reaches(self.token(), self.sandbox.timeline.accounts[thing.account]):
            return None
        self.count(thing.account)
        return thing

    def taken_back(self, post: Post) -> bool:
        """Whether the network's review has removed the post."""
        return REJECTED in post.text and (self.now - post.created_at).total_seconds() >= REVIEW_S

    def _reaches(self, token: Token, page: Account) -> bool:
        if token.kind == "page":
            return token.subject == page.id
        return token.subject in (tokens.EVERY_BRAND, page.brand)

    def _photos_of(self, post_id: str) -> list[str]:
        thing = objects.get(self.sandbox, "facebook", "attached", post_id)
        return list(thing.data["photos"]) if thing else []

    def payload(self) -> dict[str, Any]:
        """What was sent, without the token."""
        return {name: value for name, value in self.params.items() if name != "access_token"}

    def answer(self, data: dict[str, Any]) -> JSONResponse:
        """The answer with the usage headers."""
        return JSONResponse(data, headers=self.headers)

    def url(self, page: Account, edge: str) -> str:
        """Address of an edge, for paging links."""
        return f"{self.request.base_url}facebook/v26.0/{page.id}/{edge}"


async def call(request: Request, sandbox: Annotated[Services, Depends(services)]) -> AsyncIterator[Call]:
    """Read the parameters wherever they are: query, form or JSON body; files are there until the answer."""
    params: dict[str, str] = dict(request.query_params)
    files: dict[str, UploadFile] = {}
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
        for name, value in (await request.form()).items():
            if isinstance(value, UploadFile):
                files[name] = value
            else:
                params[name] = value
    try:
        yield Call(request, sandbox, params, files)
    finally:
        await request.close()


Calling = Annotated[Call, Depends(call)]


def truthy(value: str) -> bool:
    """A flag as the Graph API reads one. Raises GraphError 100 for anything else."""
    if value.lower() not in ("true", "false", "1", "0"):
        raise invalid_parameter(f"param must be a boolean: {value!r}")
    return value.lower() in ("true", "1")


def unknown_path(edge: str) -> GraphError:
    """Code 2500: there is no such edge."""
    return GraphError(2500, f"Unknown path components: /{edge}")
