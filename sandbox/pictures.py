"""Pictures the networks would serve: a disc with an initial, drawn as SVG."""

from __future__ import annotations

from html import escape
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from starlette.responses import Response

from sandbox.services import Services, services

router = APIRouter(prefix="/pictures")


@router.get("/{name}.svg")
async def picture(name: str, sandbox: Annotated[Services, Depends(services)]) -> Response:
    """The picture of an account, or of a post in its page's colour."""
    account = sandbox.timeline.accounts.get(name.partition("_")[0])
    if account is None:
        raise HTTPException(404, "no such picture")
    shape = '<rect width="200" height="200"' if "_" in name else '<circle cx="100" cy="100" r="100"'
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" width="200" height="200">'
        f'{shape} fill="{account.colour}"/><text x="100" y="132" font-family="sans-serif" font-size="92" '
        f'text-anchor="middle" fill="#fff">{escape(account.name[0])}</text></svg>'
    )
    return Response(svg, media_type="image/svg+xml")
