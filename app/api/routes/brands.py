"""The brands of the organization."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Body, Response

from app import branding
from app.api.callers import member
from app.api.route import Router
from app.api.schemas.brands import Brand, BrandChanges, NewBrand
from app.api.schemas.common import Cursor, Limit, Listed, listed
from identity import brands, logos
from identity.errors import NotFoundError
from identity.paging import DEFAULT_LIMIT
from identity.permissions import Permission
from identity.work import Work

router = Router("brands")
Reading = Annotated[Work, member(Permission.BRANDS_READ)]
Updating = Annotated[Work, member(Permission.BRANDS_UPDATE)]

_PICTURE: Final = {"schema": {"type": "string", "format": "binary"}}
_LOGO: dict[int | str, dict[str, Any]] = {
    200: {"description": "The picture.", "content": {"image/png": _PICTURE, "image/svg+xml": _PICTURE}}
}
_PICTURES: Final = {
    "requestBody": {
        "required": True,
        "content": dict.fromkeys(("image/png", "image/jpeg", "image/webp", "image/svg+xml"), _PICTURE),
    }
}


@router.get("/brands", summary="List the brands")
def list_all(work: Reading, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Listed[Brand]:
    """By name, those you see."""
    return listed(brands.listed(work, limit=limit, cursor=cursor), Brand)


@router.post("/brands", status_code=201, summary="Make a brand")
def create(new: NewBrand, work: Annotated[Work, member(Permission.BRANDS_CREATE)]) -> Brand:
    """It gets a plain generated logo."""
    return Brand.model_validate(brands.get(work, brands.create(work, **new.model_dump())))


@router.get("/brands/{brand_id:uuid}", summary="One brand")
def get(brand_id: UUID, work: Reading) -> Brand:
    """How it looks and speaks."""
    return Brand.model_validate(brands.get(work, brand_id))


@router.patch("/brands/{brand_id:uuid}", summary="Change a brand")
def update(brand_id: UUID, changes: Annotated[BrandChanges, Body()], work: Updating) -> Brand:
    """Changes what is sent."""
    branding.update(work, brand_id, **changes)
    return Brand.model_validate(brands.get(work, brand_id))


@router.delete("/brands/{brand_id:uuid}", status_code=204, summary="Delete a brand")
def delete(brand_id: UUID, work: Annotated[Work, member(Permission.BRANDS_DELETE)]) -> None:
    """Only one that no account or post hangs on."""
    brands.delete(work, brand_id)


@router.get(
    "/brands/{brand_id:uuid}/logo", summary="A brand's logo", responses=_LOGO, response_class=Response
)
def get_logo(brand_id: UUID, work: Reading) -> Response:
    """PNG or SVG."""
    logo = brands.get(work, brand_id).logo
    if logo is None:
        raise NotFoundError("This brand has no logo.")
    return Response(logo, media_type=logos.media_type(logo))


@router.put(
    "/brands/{brand_id:uuid}/logo", status_code=204, summary="Give a brand a logo", openapi_extra=_PICTURES
)
def put_logo(brand_id: UUID, picture: Annotated[bytes, Body(media_type="image/png")], work: Updating) -> None:
    """PNG, JPEG or WebP of at most 512 KB and 4096 pixels a side, or an SVG of at most 100 KB."""
    brands.update(work, brand_id, logo=picture)


@router.delete("/brands/{brand_id:uuid}/logo", status_code=204, summary="Take a brand's logo away")
def delete_logo(brand_id: UUID, work: Updating) -> None:
    """It has none then."""
    brands.update(work, brand_id, logo=None)
