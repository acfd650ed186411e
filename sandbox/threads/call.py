"""One call of the Threads API: its parameters, whose token it brings, and what that is permitted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from starlette.responses import JSONResponse

from sandbox import grants
from sandbox.facebook.errors import GraphError, invalid_parameter, invalid_token, missing_object
from sandbox.model import Account
from sandbox.services import Services, services

NETWORK: Final = "threads"
BASIC, PUBLISH, INSIGHTS = "threads_basic", "threads_content_publish", "threads_manage_insights"
READ_REPLIES, MANAGE_REPLIES, DELETE = "threads_read_replies", "threads_manage_replies", "threads_delete"
SCOPES = (
    *(BASIC, PUBLISH, INSIGHTS, MANAGE_REPLIES, READ_REPLIES, DELETE),
    *("threads_location_tagging", "threads_keyword_search", "threads_manage_mentions"),
)
DAY_S = 86_400


@dataclass
class Limits:
    """Posts, replies and deletions of one profile in a sliding day. Generous; tests lower them."""

    posts: int = 2_500
    replies: int = 10_000
    deletes: int = 1_000


LIMITS = Limits()


class Call:
    """One call."""

    def __init__(self, request: Request, sandbox: Services, params: dict[str, str]) -> None:
        self.request, self.sandbox, self.params = request, sandbox, params
        self.now = sandbox.clock.now()

    def given_token(self) -> str:
        """The token as it was sent, unchecked."""
        return self.params.get("access_token") or grants.bearer(self.request)

    def grant(self) -> grants.Grant:
        """What the token stands for. Raises GraphError 190."""
        grant = grants.check(self.sandbox, NETWORK, self.given_token())
        if grant is None:
            raise invalid_token(463, "Error validating access token: Session has expired.")
        return grant

    def account(self, node: str = "me", scope: str = BASIC) -> Account:
        """The profile `node`, if it is the token's and the permission was given."""
        grant = self.grant()
        if node not in ("me", grant.subject):
            raise missing_object(self.request.method.lower(), node)
        if scope not in grant.scopes:
            raise GraphError(10, "(#10) Application does not have permission for this action", status=403)
        return self.sandbox.timeline.accounts[grant.subject]

    def answer(self, data: Mapping[str, Any]) -> JSONResponse:
        """The answer; Threads sends no usage headers."""
        return JSONResponse(data)

    def url(self, path: str) -> str:
        """Address of an edge, for paging links."""
        return f"{self.request.base_url}threads/v1.0/{path}"


async def call(request: Request, sandbox: Annotated[Services, Depends(services)]) -> Call:
    """Read the parameters wherever they are: query, form or JSON body."""
    params: dict[str, str] = dict(request.query_params)
    kind = request.headers.get("content-type", "")
    if request.method == "POST" and kind.startswith("application/json"):
        try:
            body = json.loads(await request.body() or b"{}")
        except ValueError as error:
            raise invalid_parameter("The request body is not JSON") from error
        if not isinstance(body, Mapping):
            raise invalid_parameter("The request body is not a JSON object")
        params |= {k: v if isinstance(v, str) else json.dumps(v) for k, v in body.items()}
    elif request.method == "POST" and "form" in kind:
        params |= {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    return Call(request, sandbox, params)


Calling = Annotated[Call, Depends(call)]
