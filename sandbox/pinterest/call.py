"""One call of Pinterest's API: its token, its scopes, its limit, its pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.responses import JSONResponse

from sandbox import grants
from sandbox.model import Account
from sandbox.pinterest.errors import forbidden, invalid, unauthorized
from sandbox.pinterest.limits import RateLimits
from sandbox.pinterest.oauth import NETWORK
from sandbox.services import Services, services

Body = TypeVar("Body", bound=BaseModel)


class Strict(BaseModel):
    """A body that refuses fields it does not know."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Call:
    """A call with a token that works. Raises PinterestError 401."""

    def __init__(self, request: Request, sandbox: Services) -> None:
        self.request, self.sandbox, self.query = request, sandbox, dict(request.query_params)
        self.now = sandbox.clock.now()
        grant = grants.check(sandbox, NETWORK, grants.bearer(request))
        if grant is None or grant.subject not in sandbox.timeline.accounts:
            raise unauthorized()
        self.grant = grant
        self.headers: dict[str, str] = {}

    @property
    def account(self) -> Account:
        """The account the token belongs to."""
        return self.sandbox.timeline.accounts[self.grant.subject]

    def count(self, category: str, *scopes: str) -> None:
        """Count the call. Raises PinterestError 403 without the scopes, 429 beyond the limit."""
        if not set(scopes) <= self.grant.scopes:
            raise forbidden()
        state = self.request.app.state
        if not hasattr(state, "pinterest_limits"):
            state.pinterest_limits = RateLimits()
        limits: RateLimits = state.pinterest_limits
        self.headers = limits.count(category, self.grant.token, self.now.timestamp())

    async def body(self, shape: type[Body]) -> Body:
        """The JSON body. Raises PinterestError 400 for anything but the shape."""
        try:
            return shape.model_validate_json(await self.request.body())
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise invalid(f"Invalid request: {place}: {first['msg']}") from None

    def answer(self, body: dict[str, Any], status: int = 200) -> JSONResponse:
        """The answer with what is left of the limit."""
        return JSONResponse(body, status, self.headers)

    def page(self, items: Sequence[Any]) -> tuple[Sequence[Any], str | None]:
        """The part of a list that was asked for, and the bookmark of what follows."""
        size, bookmark = self.query.get("page_size", "25"), self.query.get("bookmark", "")
        if not size.isdecimal() or not 1 <= int(size) <= 250:
            raise invalid("page_size must be between 1 and 250.")
        start = 0
        if bookmark:
            keys = [str(getattr(item, "id", item)) for item in items]
            last = bookmark.removeprefix("Y2JVSG8")
            if last not in keys:
                raise invalid("Invalid bookmark.")
            start = keys.index(last) + 1
        wanted = items[start : start + int(size)]
        more = start + int(size) < len(items)
        return wanted, f"Y2JVSG8{getattr(wanted[-1], 'id', wanted[-1])}" if more and wanted else None

    def listed(self, name: str) -> list[str]:
        """A parameter that holds commas."""
        return [item for item in self.query.get(name, "").split(",") if item]


async def call(request: Request, sandbox: Annotated[Services, Depends(services)]) -> Call:
    """The signed-in call."""
    return Call(request, sandbox)


Calling = Annotated[Call, Depends(call)]
