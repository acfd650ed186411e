"""One call to a server by a signed-in account: its token, its scopes, its limits, its body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import JSONResponse

from sandbox import grants
from sandbox.mastodon.errors import MastodonError, not_found
from sandbox.mastodon.limits import RateLimits
from sandbox.model import Account
from sandbox.services import Services, services


class Call:
    """A call with a token that works; raises MastodonError 401 otherwise."""

    def __init__(self, request: Request, sandbox: Services) -> None:
        self.request, self.sandbox, self.query = request, sandbox, request.query_params
        self.now = sandbox.clock.now()
        grant = grants.check(sandbox, "mastodon", grants.bearer(request))
        if grant is None or grant.subject not in sandbox.timeline.accounts:
            raise MastodonError(401, "The access token is invalid")
        self.grant = grant
        self.headers = limits_of(request).count("all", grant.token, self.now.timestamp())

    def needs(self, scope: str) -> None:
        """Raises MastodonError 403 when the account did not give this scope, nor the one it is part of."""
        if not {scope, scope.partition(":")[0]} & self.grant.scopes:
            raise MastodonError(403, "This action is outside the authorized scopes")

    def count(self, name: str) -> None:
        """Count the call against a limit of its own, too. Raises MastodonError 429."""
        self.headers = limits_of(self.request).count(name, self.grant.token, self.now.timestamp())

    @property
    def me(self) -> Account:
        """Whose token it is."""
        return self.sandbox.timeline.accounts[self.grant.subject]

    def account(self, account_id: str) -> Account:
        """An account of this server. Raises MastodonError 404."""
        account = self.sandbox.timeline.accounts.get(account_id)
        if account is None or account.network != "mastodon":
            raise not_found()
        return account

    def answer(
        self, document: Any, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> JSONResponse:
        """An answer, with what is left of the limit."""
        return JSONResponse(document, status, {**self.headers, **(headers or {})})


async def form_or_json(request: Request) -> dict[str, Any]:
    """What was sent, which may be either. Raises MastodonError 400."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        form = await request.form()
        lists = {name.removesuffix("[]"): form.getlist(name) for name in form if name.endswith("[]")}
        return {**{name: value for name, value in form.items() if not name.endswith("[]")}, **lists}
    try:
        found = await request.json()
    except ValueError:
        raise MastodonError(400, "Error occurred while parsing request parameters") from None
    return found if isinstance(found, dict) else {}


def limits_of(request: Request) -> RateLimits:
    """The limits' counters of this application."""
    found = getattr(request.app.state, "mastodon_limits", None)
    if isinstance(found, RateLimits):
        return found
    made = request.app.state.mastodon_limits = RateLimits()
    return made


async def call(request: Request, sandbox: Annotated[Services, Depends(services)]) -> Call:
    """The signed-in call."""
    return Call(request, sandbox)


Calling = Annotated[Call, Depends(call)]
Sandbox = Annotated[Services, Depends(services)]
