"""One call of the X API by a signed-in account."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import JSONResponse

from sandbox.model import Account
from sandbox.services import Services, services
from sandbox.x import tokens
from sandbox.x.credits import CREDITS
from sandbox.x.errors import forbidden, invalid_request, unauthorized
from sandbox.x.limits import RateLimits
from sandbox.x.objects import Asked, read_asked


class Call:
    """The call, counted against its rate limit and paid for."""

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
        """Count the call; raises XProblem 403 without the scope, 402 without credit, 429 beyond the limit."""
        if scope not in self.grant.scopes:
            raise forbidden("You are not permitted to perform this action.")
        limits: RateLimits = self.request.app.state.x_limits
        self.headers = limits.count(endpoint, self.grant.account, self.now.timestamp())
        CREDITS.pay(endpoint)

    @property
    def account(self) -> Account:
        """The signed-in account."""
        return self.sandbox.timeline.accounts[self.grant.account]

    @property
    def asked(self) -> Asked:
        """The naming family and fields of the call."""
        return read_asked(self.query)

    async def json(self) -> Any:
        """The body; raises XProblem 400 when it is no JSON."""
        try:
            return await self.request.json()
        except ValueError as error:
            raise invalid_request("$: the request body is not JSON") from error

    def answer(self, body: dict[str, Any], status: int = 200) -> JSONResponse:
        """The answer with the rate headers."""
        return JSONResponse(body, status, {**self.headers, "api-version": "2.167"})


async def call(request: Request, sandbox: Annotated[Services, Depends(services)]) -> Call:
    """The signed-in call; raises XProblem 401."""
    return Call(request, sandbox)


Calling = Annotated[Call, Depends(call)]
