"""LinkedIn's consent and tokens: no PKCE, a refresh token that stays, and one set of scopes a person."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from sandbox import consent, grants
from sandbox.grants import Issued, Lives, Refused
from sandbox.linkedin.errors import invalid
from sandbox.linkedin.people import NETWORK, name_of, person_of
from sandbox.services import Services, services

router = APIRouter(prefix="/linkedin")
Sandbox = Annotated[Services, Depends(services)]

SCOPES = (
    "openid",
    "profile",
    "email",
    "w_member_social",
    "r_organization_social",
    "w_organization_social",
    "rw_organization_admin",
    "r_organization_social_feed",
    "w_organization_social_feed",
    "w_member_social_feed",
    "r_organization_followers",
    "r_member_postAnalytics",
    "r_member_profileAnalytics",
)
LIVES = Lives(access_s=5_184_000, refresh_s=365 * 86_400)
CODE_S = 1_800
DENIED = {
    "error": "user_cancelled_authorize",
    "error_description": "The user cancelled the authorization",
}


@router.get("/oauth/v2/authorization")
async def authorize(request: Request, sandbox: Sandbox) -> Response:
    """The consent page."""
    query = request.query_params
    for name in ("client_id", "redirect_uri", "state", "scope"):
        if not query.get(name):
            raise invalid(name, "MISSING_FIELD")
    if query["client_id"] != grants.client_of(NETWORK)[0] or query.get("response_type") != "code":
        raise invalid("client_id")
    scopes = query["scope"].split()
    if set(scopes) - set(SCOPES):
        raise invalid("scope")
    organizations = sandbox.timeline.accounts_of("linkedin")
    return consent.ask(
        request,
        sandbox,
        network=NETWORK,
        label="LinkedIn",
        redirect_uri=query["redirect_uri"],
        state=query["state"],
        scopes=scopes,
        choices=[(person_of(one.id), name_of(one)) for one in organizations],
        code_s=CODE_S,
        denied=DENIED,
    )


@router.post("/oauth/v2/accessToken")
async def token(request: Request, sandbox: Sandbox) -> JSONResponse:
    """Codes and refresh tokens for tokens."""
    form = await request.form()
    if not grants.is_client(request, form, NETWORK):
        return _refusal("invalid_client", "Client authentication failed", 401)
    kind, refresh_token = form.get("grant_type"), str(form.get("refresh_token", ""))
    try:
        if kind == "authorization_code":
            code, address = str(form.get("code", "")), str(form.get("redirect_uri", ""))
            issued = grants.redeem(sandbox, NETWORK, code, address, LIVES)
            _end_other_scopes(sandbox, issued)
            return JSONResponse(told(issued, issued.refresh_token or "", LIVES.refresh_s or 0))
        if kind == "refresh_token":
            issued = grants.refresh(sandbox, NETWORK, refresh_token, LIVES)
            return JSONResponse(told(issued, refresh_token, _left_s(sandbox, refresh_token)))
    except Refused:
        words = "Unable to retrieve access token: the authorization code or refresh token is invalid, expired"
        return _refusal("invalid_grant", f"{words} or revoked")
    return _refusal("invalid_request", 'A required parameter "grant_type" is missing or unknown')


def told(issued: Issued, refresh_token: str, left_s: float) -> dict[str, Any]:
    """Tokens as LinkedIn gives them; the refresh token's life is what is left of it."""
    return {
        "access_token": issued.access_token,
        "expires_in": int(LIVES.access_s or 0),
        "refresh_token": refresh_token,
        "refresh_token_expires_in": int(left_s),
        "scope": issued.scope.replace(" ", ","),
        "token_type": "Bearer",
    }


def _left_s(sandbox: Services, refresh_token: str) -> float:
    row = sandbox.store.row("SELECT expires_at FROM tokens WHERE token = ?", refresh_token)
    return float(row["expires_at"]) - sandbox.clock.now().timestamp() if row else 0.0


def _end_other_scopes(sandbox: Services, issued: Issued) -> None:
    """A consent to other scopes ends the tokens of earlier ones."""
    rows = sandbox.store.rows(
        "SELECT DISTINCT family, scope FROM tokens WHERE network = ? AND subject = ? AND NOT revoked",
        *(NETWORK, issued.subject),
    )
    for row in rows:
        if set(str(row["scope"]).split()) != set(issued.scope.split()):
            grants.revoke_family(sandbox, str(row["family"]))


def _refusal(error: str, description: str, status: int = 400) -> JSONResponse:
    return JSONResponse({"error": error, "error_description": description}, status)
