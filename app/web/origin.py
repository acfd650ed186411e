"""Where a request comes from, and where it may be sent on to."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

DEFAULT_PAGE = "/"


def same_origin(connection: HTTPConnection) -> bool:
    """Whether a state-changing request was made by our own pages.

    Browsers send ``Origin`` with every POST; a client that sends neither it nor ``Sec-Fetch-Site`` is not a
    browser and carries nobody's cookies.
    """
    origin = connection.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc == connection.headers.get("host")
    return connection.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


def local_path(target: str | None) -> str:
    """The path to go to after signing in, or the first page when `target` would leave this site.

    Only a plain absolute path passes: browsers read ``//host`` and ``/\\host`` as other sites.
    """
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return DEFAULT_PAGE
    if any(ord(character) < 0x20 or character == "\\" for character in target):
        return DEFAULT_PAGE
    if any("\ud800" <= character <= "\udfff" for character in target):  # no address can hold a surrogate
        return DEFAULT_PAGE
    return target
