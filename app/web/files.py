"""Kept files under addresses that nobody guesses: networks fetch them here, and pages show them.

There is no session and no list. Who has the whole address has the file, and no other.
"""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from foundation.settings import get_settings
from platforms.media import folder_of
from platforms.media_links import ENDINGS, PATH, is_genuine

KEY: Final = re.compile(r"[0-9a-f]{64}")
TYPES: Final = {ending: mime for mime, ending in ENDINGS.items()}
HEADERS: Final = {
    # Opened as if it were a page it shows itself, and does nothing.
    "Content-Security-Policy": "default-src 'none'; img-src 'self' data:; media-src 'self'; "
    "style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, max-age=31536000, immutable",  # the address names what is in it
    "X-Robots-Tag": "noindex",
}


def file(request: Request) -> Response:
    """The file, or a piece of it (`Range`). Whatever is wrong with the address, there is nothing here."""
    organization, key, name = (request.path_params[part] for part in ("organization", "key", "name"))
    mime = TYPES.get(name.partition(".")[2])
    settings = get_settings()
    try:
        organization_id = UUID(organization)
    except ValueError:
        return _nothing()
    if mime is None or not KEY.fullmatch(key) or not is_genuine(organization_id, key, name, settings):
        return _nothing()
    path = folder_of(organization_id, settings) / key
    if not path.is_file():
        return _nothing()
    # Keeping a file again touches it: what is named by its content has that as its tag.
    return FileResponse(path, media_type=mime, headers={**HEADERS, "ETag": f'"{key}"'})


def nothing(_request: Request) -> Response:
    """No other address below has anything, and there is no list."""
    return _nothing()


def _nothing() -> Response:
    return Response(status_code=404, headers={"Cache-Control": "no-store"})


routes = [
    Route(f"{PATH}/{{organization}}/{{key}}/{{name}}", file, methods=["GET"]),  # and HEAD
    Route(f"{PATH}/{{rest:path}}", nothing, methods=["GET"]),
]
