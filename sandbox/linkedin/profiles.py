"""Who a token belongs to, and which organizations that person administers."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse

from sandbox.linkedin.call import Calling, page
from sandbox.linkedin.errors import forbidden, invalid, not_found
from sandbox.linkedin.people import ORGANIZATION, PERSON, name_of

router = APIRouter(prefix="/linkedin")
ADMIN = "rw_organization_admin"


@router.get("/v2/userinfo")
async def userinfo(call: Calling) -> JSONResponse:
    """The signed-in person (OpenID Connect)."""
    call.count()
    if not {"openid", "profile"} <= call.grant.scopes:
        raise forbidden("userinfo")
    name = name_of(call.organization)
    return JSONResponse({"sub": call.sub, "name": name, "given_name": name, "family_name": ""})


@router.get("/rest/organizationAcls")
async def roles(call: Calling) -> JSONResponse:
    """The organizations with the person's roles."""
    call.count()
    call.needs(ADMIN)
    if call.query.get("q") != "roleAssignee":
        raise invalid("q", "PARAM_INVALID")
    role = {
        "role": "ADMINISTRATOR",
        "state": "APPROVED",
        "roleAssignee": PERSON + call.sub,
        "organization": call.organization.id,
    }
    return page(call, [role])


@router.get("/rest/organizations/{number}")
async def organization(number: str, call: Calling) -> JSONResponse:
    """An organization the person administers."""
    call.count()
    call.needs(ADMIN, "r_organization_social")
    account = call.organization
    if account.id != ORGANIZATION + number:
        raise not_found(number)
    return JSONResponse(
        {
            "id": int(number),
            "localizedName": account.name,
            "vanityName": account.username,
            "localizedWebsite": account.website,
            "localizedDescription": account.about,
        }
    )
