"""Google's consent and tokens: a refresh token that stays, and dies when nobody uses it for half a year."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from sandbox import consent, grants
from sandbox.grants import Issued, Lives, Refused
from sandbox.services import Services, services
from sandbox.youtube.errors import bad_request

router = APIRouter(prefix="/youtube")
Sandbox = Annotated[Services, Depends(services)]

NETWORK = "youtube"
_SCOPE = "https://www.googleapis.com/auth/"
SCOPES = tuple(
    _SCOPE + name
    for name in (
        "youtube",
        "youtube.force-ssl",
        "youtube.readonly",
        "youtube.upload",
        "yt-analytics.readonly",
    )
)
IDLE_S = 182 * 86_400.0
LIVES = Lives(access_s=3_599, refresh_s=IDLE_S, prefix="ya29.")


@router.get("/o/oauth2/v2/auth")
async def authorize(request: Request, sandbox: Sandbox) -> Response:
    """The consent page. The sandbox gives a refresh token whatever `access_type` and `prompt` say."""
    query = request.query_params
    for name in ("client_id", "redirect_uri", "scope", "state"):
        if not query.get(name):
            raise bad_request(f"Missing required parameter: {name}", "invalid_request")
    scopes = query["scope"].split()
    if query["client_id"] != grants.client_of(NETWORK)[0] or query.get("response_type") != "code":
        raise bad_request("The OAuth client was not found.", "invalid_client")
    if set(scopes) - set(SCOPES):
        raise bad_request("Some requested scopes were invalid.", "invalid_scope")
    if query.get("code_challenge") and query.get("code_challenge_method") != "S256":
        raise bad_request("code_challenge_method", "invalid_request")
    accounts = sandbox.timeline.accounts_of("youtube")
    return consent.ask(
        request,
        sandbox,
        network=NETWORK,
        label="YouTube",
        redirect_uri=query["redirect_uri"],
        state=query["state"],
        scopes=scopes,
        choices=[(account.id, account.name) for account in accounts],
        challenge=query.get("code_challenge"),
        more={"scope": query["scope"]},
    )


@router.post("/token")
async def token(request: Request, sandbox: Sandbox) -> JSONResponse:
    """Codes and refresh tokens for tokens."""
    form = await request.form()
    if not grants.is_client(request, form, NETWORK):
        return _refusal(401, "invalid_client", "The OAuth client was not found.")
    kind = form.get("grant_type")
    try:
        if kind == "authorization_code":
            code, address = str(form.get("code", "")), str(form.get("redirect_uri", ""))
            verifier = str(form.get("code_verifier", ""))
            issued = grants.redeem(sandbox, NETWORK, code, address, LIVES, verifier)
        elif kind == "refresh_token":
            issued = _refreshed(sandbox, str(form.get("refresh_token", "")))
        else:
            return _refusal(400, "unsupported_grant_type", f"Invalid grant_type: {kind}")
    except Refused as refusal:
        return _refusal(400, str(refusal), "Token has been expired or revoked.")
    return JSONResponse(told(issued))


@router.post("/revoke")
async def revoke(request: Request, sandbox: Sandbox) -> JSONResponse:
    """Stop a consent by any of its tokens."""
    form = await request.form()
    if not grants.revoke(sandbox, str(form.get("token") or request.query_params.get("token", ""))):
        return _refusal(400, "invalid_token", "Token expired or revoked")
    return JSONResponse({})


def _refreshed(sandbox: Services, refresh_token: str) -> Issued:
    """A new access token; the refresh token's half year begins again."""
    issued = grants.refresh(sandbox, NETWORK, refresh_token, LIVES)
    alive_until = sandbox.clock.now().timestamp() + IDLE_S
    sandbox.store.run("UPDATE tokens SET expires_at = ? WHERE token = ?", alive_until, refresh_token)
    return issued


def told(issued: Issued) -> dict[str, Any]:
    """Tokens as Google gives them."""
    answer = {
        "access_token": issued.access_token,
        "expires_in": int(LIVES.access_s or 0),
        "scope": issued.scope,
        "token_type": "Bearer",
    }
    return {**answer, "refresh_token": issued.refresh_token} if issued.refresh_token else answer


def _refusal(status: int, error: str, description: str) -> JSONResponse:
    return JSONResponse({"error": error, "error_description": description}, status)
