"""Where a request comes from, and where it may be sent on to."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from foundation.settings import get_settings
from identity.principal import Origin

DEFAULT_PAGE = "/"
MAX_USER_AGENT = 400  # characters
MAX_TARGET = 2000  # characters


def same_origin(connection: HTTPConnection) -> bool:
    """Whether a state-changing request was made by our own pages.

    Browsers say so with every POST: in ``Sec-Fetch-Site``, which no page can forge, or (over plain HTTP)
    in ``Origin``. Who says neither is no browser, and has no business with forms.
    """
    site = connection.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")  # none: a person's own doing, such as a reload
    origin = urlsplit(connection.headers.get("origin", ""))
    here = connection.headers.get("host"), urlsplit(get_settings().public_url).netloc
    return origin.scheme in ("http", "https") and origin.netloc in here


def origin_of(connection: HTTPConnection) -> Origin:
    """The caller's machine and program, for limits and the audit trail.

    The connection's address is that of the caller even behind a proxy that is named in the settings: uvicorn
    puts it there (see `app.server.serve`). What others write into X-Forwarded-For counts for nothing.
    """
    ip = connection.client.host if connection.client else None
    program = connection.headers.get("user-agent")
    return Origin(ip, program and "".join(filter(str.isprintable, program))[:MAX_USER_AGENT])


def local_path(target: str | None, default: str = DEFAULT_PAGE) -> str:
    """The path to go to afterwards, or the default when `target` would leave this site.

    Only a plain absolute path passes: browsers read ``//host`` and ``/\\host`` as other sites.
    """
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return default
    if len(target) > MAX_TARGET or any(ord(character) < 0x20 or character == "\\" for character in target):
        return default
    if any("\ud800" <= character <= "\udfff" for character in target):  # no address can hold a surrogate
        return default
    return target
