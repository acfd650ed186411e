"""Instagram's own login: consent, a code for an hour's token, that one for 60 days, and 60 days more."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from sandbox import consent, grants
from sandbox.facebook.errors import GraphError, invalid_parameter, invalid_token
from sandbox.grants import Lives, Refused, client_of
from sandbox.instagram import render
from sandbox.instagram.call import NETWORK, SCOPES, Call, Calling
from sandbox.services import Services, services

router = APIRouter(prefix="/instagram")
Sandbox = Annotated[Services, Depends(services)]
SHORT = Lives(3_600, None, prefix="IGAA")
LONG = Lives(5_184_000, None, prefix="IGAA")
DAY_S = 86_400
DENIED = {
    "error": "access_denied",
    "error_reason": "user_denied",
    "error_description": "The user denied your request",
}


@router.get("/oauth/authorize")
async def authorize(request: Request, sandbox: Sandbox) -> Response:
    """The consent page."""
    query = request.query_params
    if query.get("client_id") != client_of(NETWORK)[0] or not query.get("redirect_uri"):
        return _refused("Invalid platform app")
    scopes = query.get("scope", "").replace(" ", ",").split(",")
    if query.get("response_type") != "code" or set(scopes) - set(SCOPES):
        return _refused("Invalid scope or response_type")
    return consent.ask(
        request,
        sandbox,
        network=NETWORK,
        label="Instagram",
        redirect_uri=query["redirect_uri"],
        state=query.get("state", ""),
        scopes=scopes,
        choices=[(account.id, account.name) for account in sandbox.timeline.accounts_of(NETWORK)],
        separator=",",
        code_s=3_600,
        denied=DENIED,
    )


@router.post("/oauth/access_token")
async def access_token(request: Request, sandbox: Sandbox) -> Response:
    """A code, once, for a token of an hour."""
    form = await request.form()
    if not grants.is_client(request, form, NETWORK):
        return _refused("Error validating client secret.")
    code = str(form.get("code", ""))
    if form.get("grant_type") != "authorization_code" or code.endswith("#_"):
        return _refused("Invalid authorization code")
    try:
        issued = grants.redeem(sandbox, NETWORK, code, str(form.get("redirect_uri", "")), SHORT)
    except Refused:
        return _refused("Matching code was not found or was already used")
    scopes = issued.scope.split(",") if issued.scope else []
    return JSONResponse(
        {"access_token": issued.access_token, "user_id": int(issued.subject), "permissions": scopes}
    )


@router.get("/access_token")
async def exchange(call: Calling) -> JSONResponse:
    """A token of an hour for one of 60 days."""
    if call.params.get("grant_type") != "ig_exchange_token":
        raise invalid_parameter("grant_type must be ig_exchange_token")
    if call.params.get("client_secret") != client_of(NETWORK)[1]:
        raise GraphError(1, "Error validating client secret.")
    return _longer(call, oldest_s=0.0)


@router.get("/refresh_access_token")
async def refresh(call: Calling) -> JSONResponse:
    """60 days more for a token that is a day old and still works."""
    if call.params.get("grant_type") != "ig_refresh_token":
        raise invalid_parameter("grant_type must be ig_refresh_token")
    return _longer(call, oldest_s=DAY_S)


@router.get("/me")
async def me(call: Calling) -> JSONResponse:
    """Whose token this is."""
    account = call.account("me")
    fields = call.params.get("fields")
    return call.answer(render.user(call.sandbox, account, call.now, fields, by_page=False))


def _longer(call: Call, *, oldest_s: float) -> JSONResponse:
    grant = grants.check(call.sandbox, NETWORK, call.given_token())
    if grant is None:
        raise invalid_token(463, "Error validating access token: Session has expired.")
    if call.now.timestamp() - grant.issued_at < oldest_s:
        raise invalid_parameter("The token is not 24 hours old yet")
    scope = ",".join(sorted(grant.scopes))
    issued = grants.issue(call.sandbox, NETWORK, grant.subject, scope, LONG, family=grant.family)
    body = {
        "access_token": issued.access_token,
        "token_type": "bearer",
        "expires_in": int(LONG.access_s or 0),
    }
    return call.answer({**body, "permissions": scope})


def _refused(message: str) -> JSONResponse:
    return JSONResponse({"error_type": "OAuthException", "code": 400, "error_message": message}, 400)
