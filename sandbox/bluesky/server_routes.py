"""com.atproto.server.* and com.atproto.identity.*: sessions, tokens for other services, handles."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import JSONResponse, Response

from sandbox import grants
from sandbox.bluesky import tokens
from sandbox.bluesky.calls import Calling, Sandbox, limits_of, read
from sandbox.bluesky.errors import XrpcError, invalid
from sandbox.grants import Refused
from sandbox.model import Account

router = APIRouter(prefix="/bluesky/xrpc")
_LONGEST_S, _SHORT_S = 3_600, 60


class Entering(BaseModel):
    """Who comes in."""

    model_config = ConfigDict(strict=True)
    identifier: str
    password: str
    authFactorToken: str | None = None  # noqa: N815 - the lexicon's name
    allowTakendown: bool | None = None  # noqa: N815 - the lexicon's name


@router.post("/com.atproto.server.createSession")
async def create_session(request: Request, sandbox: Sandbox) -> JSONResponse:
    """Come in with a handle and an app password."""
    body = await read(request, Entering)
    limits, now_s = limits_of(request), sandbox.clock.now().timestamp()
    limits.spend("createSession a day", body.identifier, now_s)
    headers = limits.spend("createSession", body.identifier, now_s)
    for account in sandbox.timeline.accounts_of("bluesky"):
        known = body.identifier.lower() in (account.id, tokens.handle_of(account))
        if known and body.password == tokens.APP_PASSWORD:
            opened = tokens.open_session(sandbox, account)
            told = {**_tokens(opened), **_about(request, account)}
            return JSONResponse(told, headers=headers)
    raise XrpcError(401, "AuthenticationRequired", "Invalid identifier or password", headers)


@router.post("/com.atproto.server.refreshSession")
async def refresh_session(request: Request, sandbox: Sandbox) -> JSONResponse:
    """New tokens for a refresh token, which works on for a while."""
    token = _refresh_token(request)
    try:
        subject, opened = tokens.renew(sandbox, token)
    except Refused:
        raise _dead(tokens.is_over(sandbox, token)) from None
    return JSONResponse({**_tokens(opened), **_about(request, sandbox.timeline.accounts[subject])})


@router.post("/com.atproto.server.deleteSession")
async def delete_session(request: Request, sandbox: Sandbox) -> Response:
    """End a session."""
    token = _refresh_token(request)
    try:
        tokens.end(sandbox, token)
    except Refused:
        raise _dead(tokens.is_over(sandbox, token)) from None
    return Response(status_code=200)


@router.get("/com.atproto.server.getSession")
async def get_session(call: Calling) -> JSONResponse:
    """Whose session it is."""
    return call.answer(_about(call.request, call.account))


@router.get("/com.atproto.server.getServiceAuth")
async def service_auth(call: Calling) -> JSONResponse:
    """A token for another service."""
    now_s = call.now.timestamp()
    exp = call.query.get("exp", str(int(now_s) + _SHORT_S))
    if not call.asked("aud").startswith("did:"):
        raise invalid("aud must be a DID")
    # The clock of a sandbox may be ahead of the caller's.
    if not exp.isdecimal() or int(exp) > now_s + _LONGEST_S or int(exp) < now_s - call.sandbox.clock.offset_s:
        raise XrpcError(400, "BadExpiration", "expiration is not valid")
    life_s = int(exp) + call.sandbox.clock.offset_s
    made = tokens.service_token(call.account.id, call.asked("aud"), call.query.get("lxm", ""), life_s)
    return call.answer({"token": made})


@router.get("/com.atproto.identity.resolveHandle")
async def resolve_handle(request: Request, sandbox: Sandbox) -> JSONResponse:
    """The DID of a handle."""
    wanted = request.query_params.get("handle", "").lower()
    for account in sandbox.timeline.accounts_of("bluesky"):
        if tokens.handle_of(account) == wanted:
            return JSONResponse({"did": account.id})
    raise invalid("Unable to resolve handle")


def _refresh_token(request: Request) -> str:
    token = grants.bearer(request)
    if not token:
        raise XrpcError(401, "AuthMissing", "Authentication Required")
    if tokens.claims(token).get("scope") != "com.atproto.refresh":
        raise XrpcError(400, "InvalidToken", "Bad token scope")
    return token


def _dead(was_good: bool) -> XrpcError:
    if was_good:
        return XrpcError(400, "ExpiredToken", "Token has been revoked")
    return XrpcError(400, "InvalidToken", "Token could not be verified")


def _tokens(opened: tokens.Session) -> dict[str, str]:
    return {"accessJwt": opened.access, "refreshJwt": opened.refresh}


def _about(request: Request, account: Account) -> dict[str, Any]:
    service = {
        "id": "#atproto_pds",
        "type": "AtprotoPersonalDataServer",
        "serviceEndpoint": f"{request.base_url}bluesky",
    }
    handle = tokens.handle_of(account)
    document = {
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": account.id,
        "alsoKnownAs": [f"at://{handle}"],
        "service": [service],
    }
    return {"did": account.id, "handle": handle, "didDoc": document, "active": True}
