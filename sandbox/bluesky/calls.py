"""One call to a host by a signed-in account: its session, its limits, its body."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from starlette.responses import JSONResponse

from sandbox import grants
from sandbox.bluesky import tokens
from sandbox.bluesky.errors import XrpcError, invalid
from sandbox.bluesky.limits import RateLimits
from sandbox.model import Account
from sandbox.services import Services, services

T = TypeVar("T", bound=BaseModel)


class Call:
    """A call with an access token that works; raises XrpcError otherwise."""

    def __init__(self, request: Request, sandbox: Services) -> None:
        self.request, self.sandbox, self.query = request, sandbox, request.query_params
        self.now = sandbox.clock.now()
        token = grants.bearer(request)
        if not token:
            raise XrpcError(401, "AuthMissing", "Authentication Required")
        grant = tokens.check(sandbox, token)
        if grant is None or grant.subject not in sandbox.timeline.accounts:
            expired = tokens.is_over(sandbox, token)
            words = "Token has expired" if expired else "Token could not be verified"
            raise XrpcError(400, "ExpiredToken" if expired else "InvalidToken", words)
        self.account: Account = sandbox.timeline.accounts[grant.subject]
        self.headers = self.spend("all")

    def spend(self, name: str, points: int = 1) -> dict[str, str]:
        """Spend points of one of the account's limits. Raises XrpcError 429."""
        self.headers = limits_of(self.request).spend(name, self.account.id, self.now.timestamp(), points)
        return self.headers

    def asked(self, name: str) -> str:
        """A query parameter that has to be there. Raises XrpcError 400."""
        value = self.query.get(name)
        if not value:
            raise invalid(f'Error: Params must have the property "{name}"')
        return value

    def actor(self, name: str = "actor") -> Account:
        """The account that a parameter names by handle or DID. Raises XrpcError 400."""
        wanted = self.asked(name)
        for account in self.sandbox.timeline.accounts_of("bluesky"):
            if wanted in (account.id, tokens.handle_of(account)):
                return account
        raise invalid("Profile not found")

    async def body(self, model: type[T]) -> T:
        """The JSON body, checked. Raises XrpcError 400."""
        return await read(self.request, model)

    def answer(self, document: dict[str, Any]) -> JSONResponse:
        """A success, with what is left of the limit."""
        return JSONResponse(document, headers=self.headers)


async def read(request: Request, model: type[T]) -> T:
    """The JSON body of any call, checked. Raises XrpcError 400."""
    try:
        return model.model_validate(await request.json())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise invalid(f"Error: Input/{'/'.join(map(str, first['loc']))}: {first['msg']}") from None
    except ValueError:
        raise invalid("Unable to parse the body as JSON") from None


def limits_of(request: Request) -> RateLimits:
    """The limits' counters of this application."""
    found = getattr(request.app.state, "bluesky_limits", None)
    if isinstance(found, RateLimits):
        return found
    made = request.app.state.bluesky_limits = RateLimits()
    return made


async def call(request: Request, sandbox: Annotated[Services, Depends(services)]) -> Call:
    """The signed-in call."""
    return Call(request, sandbox)


Calling = Annotated[Call, Depends(call)]
Sandbox = Annotated[Services, Depends(services)]
