"""The API's documentation under ``/api/docs``: Swagger UI from a wheel; nothing is loaded from elsewhere."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import Final

import fastapi_offline
from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from app.api.problems import PAGE, Kind

ASSETS: Final = Path(__file__).parent / "assets"
SWAGGER: Final = Path(fastapi_offline.__file__).parent / "static"
# Swagger UI draws with inline styles and icons from data: addresses.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
FILES: Final = {
    "docs.js": ASSETS,
    "docs.css": ASSETS,
    "swagger-ui-bundle.js": SWAGGER,
    "swagger-ui.css": SWAGGER,
}


async def page(_request: Request) -> Response:
    """The page."""
    return HTMLResponse(_html(), headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"})


async def file(name: str, _request: Request) -> Response:
    """A file of the page; browsers ask each time whether it is still the same."""
    return FileResponse(FILES[name] / name, headers={"Cache-Control": "no-cache"})


@cache
def _html() -> str:
    environment = Environment(loader=FileSystemLoader(ASSETS), autoescape=select_autoescape())
    return environment.get_template("docs.html").render(kinds=list(Kind))


routes: Final = [
    Route(PAGE, page),
    *(Route(f"{PAGE}/{name}", partial(file, name)) for name in FILES),
]
