"""The style sheet of the pages people come in by, and the font that it shares with the pages behind them.

It is a file of its own, not written into the pages: browsers tell the server of a font the address of what
asks for it, and that of a page may hold a token. (Chromium does so whatever the page's Referrer-Policy says.)
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import streamlit
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_MEDIA = Path(streamlit.__file__).parent / "static" / "static" / "media"
# Where Streamlit serves it; its name changes with each release.
_FONTS = [f"/static/media/{file.name}" for file in sorted(_MEDIA.glob("SourceSansVF-Upright*.woff2"))]
_FACE = '@font-face{font-family:"Source Sans";src:url("%s");font-weight:200 900;font-display:swap}'
_SHEET = "\n".join(
    [*(_FACE % font for font in _FONTS), (Path(__file__).parent / "pages.css").read_text(encoding="utf-8")]
)

PATH = "/brand/pages.css"
ADDRESS = f"{PATH}?v={hashlib.sha256(_SHEET.encode()).hexdigest()[:12]}"  # another one for other contents


async def sheet(_request: Request) -> Response:
    """The style sheet, to be kept for as long as its address stays."""
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(_SHEET, media_type="text/css", headers=headers)


route = Route(PATH, sheet)
