"""Threads' login: consent, a code for an hour's token, that one for 60 days, and 60 days more."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from sandbox import consent, grants
from sandbox.facebook.errors import GraphError, invalid_parameter
from sandbox.grants import Lives, Refused, client_of
from sandbox.services import Services, services
from sandbox.threads.call import BASIC, DAY_S, NETWORK, SCOPES, Call, Calling

router = APIRouter(prefix="/threads")
Sandbox = Annotated[Services, Depends(services)]
SHORT = Lives(3_600, None, prefix="THAA")
LONG = Lives(5_184_000, None, prefix="THAA")
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
    if query.get("response_type") != "code" or set(scopes) - set(SCOPES) or BASIC not in scopes:
        return _refused("Invalid scope or response_type")
    return consent.ask(
        request,
        sandbox,
        network=NETWORK,
        label="Threads",
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
    """A code, once, for a token of an hour. The app's parameters may be in the address, too."""
    form = await request.form()
    given = {**request.query_params, **{k: v for k, v in form.items() if isinstance(v, str)}}
    if (given.get("client_id"), given.get("client_secret")) != client_of(NETWORK):
        return _refused("Error validating client secret.")
    code = given.get("code", "")
    if given.get("grant_type") != "authorization_code" or code.endswith("#_"):
        return _refused("Invalid authorization code")
    try:
        issued = grants.redeem(sandbox, NETWORK, code, given.get("redirect_uri", ""), SHORT)
    except Refused:
        return _refused("Matching code was not found or was already used")
    return JSONResponse({"access_token": issued.access_token, "user_id": issued.subject})


@router.get("/access_token")
async def exchange(call: Calling) -> JSONResponse:
    """A token of an hour for one of 60 days."""
    if call.params.get("grant_type") != "th_exchange_token":
        raise invalid_parameter("grant_type must be th_exchange_token")
    if call.params.get("client_secret") != client_of(NETWORK)[1]:
        raise GraphError(1, "Error validating client secret.")
    return _longer(call, oldest_s=0.0)


@router.get("/refresh_access_token")
async def refresh(call: Calling) -> JSONResponse:
    """60 days more for a token that is a day old and still works."""
    if call.params.get("grant_type") != "th_refresh_token":
        raise invalid_parameter("grant_type must be th_refresh_token")
    return _longer(call, oldest_s=DAY_S)


@router.get("/debug_token")
async def debug_token(call: Calling) -> JSONResponse:
    """What a token of the same profile is."""
    call.grant()
    found = grants.check(call.sandbox, NETWORK, call.params.get("input_token", ""))
    if found is None:
        error = {"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"}
        return call.answer({"data": {"is_valid": False, "error": error, "scopes": []}})
    data = {
        "type": "USER",
        "application": "Sandbox app",
        "is_valid": True,
        "issued_at": int(found.issued_at),
        "expires_at": int(found.expires_at or 0),
        "scopes": sorted(found.scopes),
        "user_id": found.subject,
    }
    return call.answer({"data": data})


def _longer(call: Call, *, oldest_s: float) -> JSONResponse:
    grant = call.grant()
    if call.now.timestamp() - grant.issued_at < oldest_s:
        raise invalid_parameter("The token is not 24 hours old yet")
    scope = ",".join(sorted(grant.scopes))
    issued = grants.issue(call.sandbox, NETWORK, grant.subject, scope, LONG, family=grant.family)
    life = int(LONG.access_s or 0)
    return call.answer({"access_token": issued.access_token, "token_type": "bearer", "expires_in": life})


def _refused(message: str) -> JSONResponse:
    return JSONResponse({"error_type": "OAuthException", "code": 400, "error_message": message}, 400)
