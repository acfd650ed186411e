"""Facebook Login: the dialog asks on the consent page; codes and tokens are exchanged as usual."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from sandbox import consent
from sandbox.facebook import roles, tokens
from sandbox.facebook.call import Call, Calling
from sandbox.facebook.errors import GraphError, invalid_parameter
from sandbox.facebook.tokens import APP_ID, APP_SECRET, EVERY_BRAND, LONG_S, SCOPES, SHORT_S

router = APIRouter(prefix="/facebook")
_UNKNOWN_APP = "Error validating application. Cannot get application info due to a system error."
_DENIED = {
    "error": "access_denied",
    "error_code": "200",
    "error_description": "Permissions error",
    "error_reason": "user_denied",
}


@router.get("/dialog/oauth")
async def dialog(call: Calling) -> Response:
    """Ask for the pages of one brand, or of all; `public_profile` always goes with it."""
    params = call.params
    redirect_uri = params.get("redirect_uri", "")
    if params.get("client_id") != APP_ID or not redirect_uri:
        raise GraphError(101, _UNKNOWN_APP)
    asked = [scope for scope in params.get("scope", "").replace(",", " ").split() if scope]
    unknown = sorted(set(asked) - set(SCOPES))
    if unknown:
        raise invalid_parameter(f"Invalid Scopes: {', '.join(unknown)}")
    brands = [(brand.key, brand.name) for brand in call.sandbox.world.brands]
    return consent.ask(
        call.request,
        call.sandbox,
        network="facebook",
        label="Facebook",
        redirect_uri=redirect_uri,
        state=params.get("state", ""),
        scopes=asked,
        choices=[(EVERY_BRAND, "Every page"), *brands],
        separator=",",
        denied=_DENIED,
    )


@router.get("/oauth/access_token")
@router.post("/oauth/access_token")
async def access_token(call: Calling) -> JSONResponse:
    """A code or a working user token for a new user token."""
    params = call.params
    if params.get("client_id") != APP_ID:
        raise GraphError(101, _UNKNOWN_APP)
    if params.get("client_secret") != APP_SECRET:
        raise GraphError(1, "Error validating client secret.")
    if params.get("grant_type") == "fb_exchange_token":
        user = tokens.check(call.sandbox, params.get("fb_exchange_token"))
        if user.kind != "user":
            raise invalid_parameter("param fb_exchange_token must be a user access token")
        granted: Sequence[str] = tokens.scopes(call.sandbox, user)
        issued, life = tokens.issue_user_token(call.sandbox, user.subject, LONG_S, granted), LONG_S
    else:
        subject, granted = _redeem(call)
        issued, life = tokens.issue_user_token(call.sandbox, subject, SHORT_S, granted), SHORT_S
    return call.answer({"access_token": issued.token, "token_type": "bearer", "expires_in": life})


def _redeem(call: Call) -> tuple[str, list[str]]:
    """Use up a code; the brand and the permissions it stands for. Raises GraphError 100 like the network."""
    with call.sandbox.store.transaction() as db:
        row = db.execute("SELECT * FROM codes WHERE code = ?", (call.params.get("code", ""),)).fetchone()
        if row is None or row["network"] != "facebook":
            raise GraphError(100, "Invalid verification code format.", subcode=36007)
        if row["used"]:
            raise GraphError(100, "This authorization code has been used.", subcode=36009)
        if row["expires_at"] <= call.now.timestamp():
            raise GraphError(100, "This authorization code has expired.", subcode=36007)
        if row["redirect_uri"] != call.params.get("redirect_uri"):
            raise GraphError(
                100,
                "Error validating verification code. Please make sure your redirect_uri is identical to the "
                "one you used in the OAuth dialog request",
                subcode=36008,
            )
        db.execute("UPDATE codes SET used = 1 WHERE code = ?", (row["code"],))
    granted = [scope for scope in str(row["scope"]).split(",") if scope]
    return str(row["subject"]), [*granted, "public_profile"]


@router.get("/debug_token")
async def debug_token(call: Calling) -> JSONResponse:
    """What a token is; the caller shows the app's own token "id|secret" or a user token."""
    if call.given_token() != f"{APP_ID}|{APP_SECRET}":
        call.token()
    asked = call.params.get("input_token", "")
    found = tokens.find(call.sandbox, asked)
    if found is None:
        error = {"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"}
        return call.answer({"data": {"is_valid": False, "error": error, "scopes": []}})
    now = call.now.timestamp()
    lost = found.kind == "page" and not roles.tasks(call.sandbox, found.subject)
    valid = found.subcode is None and not lost and (not found.expires_at or found.expires_at > now)
    scopes = tokens.scopes(call.sandbox, found)
    data = {
        "app_id": APP_ID,
        "type": found.kind.upper(),
        "application": "Sandbox app",
        "issued_at": int(found.issued_at),
        "expires_at": int(found.expires_at),
        "data_access_expires_at": int(found.data_expires_at),
        "is_valid": valid,
        "scopes": list(scopes),
        "granular_scopes": [{"scope": scope} for scope in scopes],
    }
    if found.kind == "page":
        data["profile_id"] = found.subject
    if not valid:
        subcode = found.subcode or (492 if lost else 463)
        data["error"] = {"code": 190, "message": "Error validating access token", "subcode": subcode}
    return call.answer({"data": data})
