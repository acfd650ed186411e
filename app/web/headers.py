"""The security headers of every answer: a thin ASGI middleware around pages, routes and the API.

What an answer sets itself stays as it is. Sources: the OWASP Secure Headers Project, and Content Security
Policy Level 3 (https://www.w3.org/TR/CSP3/).
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.cookies import is_secure
from app.web.paths import SIGN_IN, WELCOME

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
HTTPS_ONLY = "max-age=31536000"  # a year

# Scripts that a page itself carries: Streamlit's start page, and those of ours by which a page leaves for the
# sign-in (`app.shell.access`). Any other was put there by an intruder, and does not run.
LEAVING = tuple(f"window.location.assign('{path}')" for path in (SIGN_IN, WELCOME))
_START_PAGE = Path(streamlit.__file__).parent / "static" / "index.html"
_STARTING = re.findall(r"<script>(.*?)</script>", _START_PAGE.read_text(encoding="utf-8"), re.DOTALL)


def _hashed(script: str) -> str:
    """A script as Content-Security-Policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


_SCRIPTS = " ".join(map(_hashed, (*_STARTING, *LEAVING)))
# Streamlit styles its elements inline, and imports the scripts of our widgets from blobs. Nothing is loaded
# from or sent to another host.
PAGES = (
    f"default-src 'none'; script-src 'self' blob: {_SCRIPTS}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; connect-src 'self'; "
    "worker-src 'self' blob:; frame-src 'self'; manifest-src 'self'; form-action 'self'; "
    "frame-ancestors 'self'; base-uri 'self'"
)
# Data and files, should somebody open one as if it were a page: it draws, and does nothing.
FILES = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"


class SecurityHeaders:
    """Adds to each answer the headers that it lacks."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        https = is_secure(HTTPConnection(scope))

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _complete(message, https)
            await send(message)

        await self._app(scope, receive, send_guarded)


def _complete(message: Message, https: bool) -> None:
    headers = MutableHeaders(scope=message)
    wanted = dict(EVERYWHERE)
    if policy := _policy(headers.get("content-type", "")):
        wanted["Content-Security-Policy"] = policy
    if https:
        wanted["Strict-Transport-Security"] = HTTPS_ONLY
    for name, value in wanted.items():
        headers.setdefault(name, value)


def _policy(content_type: str) -> str | None:
    """What the browser may do with an answer of this type; scripts live by the policy of their page.

    None for an answer without contents: of a page that has not changed, the policy has not either.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "text/html":
        return PAGES
    return None if not kind or kind.endswith(("javascript", "wasm")) else FILES
