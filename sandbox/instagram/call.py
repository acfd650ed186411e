"""One call of Instagram's API: its parameters, whose token it brings, and the account it is for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from starlette.convertors import Convertor, register_url_convertor
from starlette.responses import JSONResponse

from sandbox import grants
from sandbox.facebook import tokens as page_tokens
from sandbox.facebook.errors import GraphError, invalid_parameter, invalid_token, missing_object
from sandbox.facebook.versions import served
from sandbox.instagram.limits import LIMITS
from sandbox.model import Account
from sandbox.services import Services, services

NETWORK: Final = "instagram"
# The permissions by their names in Instagram's login; `SAME` are Facebook's names of them.
BASIC = "instagram_business_basic"
PUBLISH = "instagram_business_content_publish"
INSIGHTS = "instagram_business_manage_insights"
COMMENTS = "instagram_business_manage_comments"
SAME = {
    "instagram_basic": BASIC,
    "instagram_content_publish": PUBLISH,
    "instagram_manage_insights": INSIGHTS,
    "instagram_manage_comments": COMMENTS,
}
SCOPES = (
    *(BASIC, PUBLISH, INSIGHTS, COMMENTS),
    "instagram_business_manage_messages",
)


class InstagramId(Convertor[str]):
    """Ids of accounts, containers, media and comments, told from Facebook's own under its host."""

    regex = r"17841400\d{9}|1790\d{16}|1787\d{16}|18\d{18}"

    def convert(self, value: str) -> str:
        """As it is."""
        return value

    def to_string(self, value: str) -> str:
        """As it is."""
        return value


register_url_convertor("instagram", InstagramId())


class Call:
    """One call."""

    def __init__(self, request: Request, sandbox: Services, params: dict[str, str]) -> None:
        self.request, self.sandbox, self.params = request, sandbox, params
        self.now = sandbox.clock.now()
        self.headers = {"facebook-api-version": served(request, self.now)}

    @property
    def by_page(self) -> bool:
        """Whether it came to Facebook's host, with a Page's token."""
        return str(self.request.url.path).startswith("/facebook/")

    def given_token(self) -> str:
        """The token as it was sent, unchecked."""
        scheme, _, bearer = self.request.headers.get("authorization", "").partition(" ")
        return self.params.get("access_token") or (bearer if scheme.lower() in ("bearer", "oauth") else "")

    def whose(self) -> tuple[Account, frozenset[str]]:
        """The account of the token, and the permissions given. Raises GraphError 190."""
        if self.by_page:
            page = page_tokens.check(self.sandbox, self.given_token() or None)
            brand = getattr(self.sandbox.timeline.accounts.get(page.subject), "brand", None)
            for account in self.sandbox.timeline.accounts_of(NETWORK):
                if page.kind == "page" and account.brand == brand:
                    return account, frozenset(
                        SAME.get(scope, scope) for scope in page_tokens.scopes(self.sandbox, page)
                    )
            raise GraphError(10, "(#10) The Page has no Instagram account linked to it", status=403)
        grant = grants.check(self.sandbox, NETWORK, self.given_token())
        if grant is None:
            raise invalid_token(463, "Error validating access token: Session has expired.")
        return self.sandbox.timeline.accounts[grant.subject], grant.scopes

    def account(self, node: str, scope: str = BASIC) -> Account:
        """The account `node`, if it is the token's and the permission was given. Counts the call."""
        account, scopes = self.whose()
        if node not in ("me", account.id):
            raise missing_object(self.request.method.lower(), node)
        if scope not in scopes:
            raise GraphError(10, "(#10) Application does not have permission for this action", status=403)
        self.headers |= LIMITS.count(account.id, self.now.timestamp())
        return account

    def payload(self) -> dict[str, Any]:
        """What was sent, without the token."""
        return {name: value for name, value in self.params.items() if name != "access_token"}

    def answer(self, data: Mapping[str, Any]) -> JSONResponse:
        """The answer with the usage headers."""
        return JSONResponse(data, headers=self.headers)

    def url(self, path: str) -> str:
        """Address of an edge, for paging links."""
        prefix = "facebook" if self.by_page else NETWORK
        return f"{self.request.base_url}{prefix}/v26.0/{path}"


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
