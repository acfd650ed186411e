"""One call to TikTok by a signed-in account: its token, its scopes, its limits, its body."""

from __future__ import annotations

from typing import Annotated, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, ValidationError

from sandbox import grants
from sandbox.model import Account
from sandbox.services import Services, services
from sandbox.tiktok.errors import TikTokError, invalid
from sandbox.tiktok.limits import RateLimits

T = TypeVar("T", bound=BaseModel)


class Strict(BaseModel):
    """A body of which every field is known."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Call:
    """A call with a token that works; raises TikTokError 401 otherwise."""

    def __init__(self, request: Request, sandbox: Services) -> None:
        self.request, self.sandbox = request, sandbox
        self.now = sandbox.clock.now()
        grant = grants.check(sandbox, "tiktok", grants.bearer(request))
        if grant is None or grant.subject not in sandbox.timeline.accounts:
            raise TikTokError(401, "access_token_invalid", "The access token is invalid or not found.")
        self.grant = grant

    @property
    def account(self) -> Account:
        """Whose token it is."""
        return self.sandbox.timeline.accounts[self.grant.subject]

    def count(self, endpoint: str, scope: str) -> None:
        """Count the call; raises TikTokError 401 without the scope, 429 beyond the limit."""
        self.needs(scope)
        limits_of(self.request).count(endpoint, self.grant.token, self.now.timestamp())

    def needs(self, scope: str) -> None:
        """Raises TikTokError 401 when the account did not give this scope."""
        if scope not in self.grant.scopes:
            words = f"The user did not authorize the scope required for completing this request: {scope}."
            raise TikTokError(401, "scope_not_authorized", words)

    async def body(self, model: type[T]) -> T:
        """The JSON body, checked; raises TikTokError 400."""
        try:
            return model.model_validate(await self.request.json())
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise invalid(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
        except ValueError:
            raise invalid("the body is not JSON") from None

    def fields(self, known: frozenset[str]) -> list[str]:
        """The fields asked for; raises TikTokError 400 for none or an unknown one."""
        names = [name.strip() for name in self.request.query_params.get("fields", "").split(",") if name]
        if not names or set(names) - known:
            raise invalid(f"Fields {sorted(set(names) - known)} are not valid")
        return names


def limits_of(request: Request) -> RateLimits:
    """The limits' counters of this application."""
    found = getattr(request.app.state, "tiktok_limits", None)
    if isinstance(found, RateLimits):
        return found
    made = request.app.state.tiktok_limits = RateLimits()
    return made


async def call(request: Request, sandbox: Annotated[Services, Depends(services)]) -> Call:
    """The signed-in call."""
    return Call(request, sandbox)


Calling = Annotated[Call, Depends(call)]
