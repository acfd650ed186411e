"""The cookies: the one session that pages and routes share, and what a sign-in carries between its steps.

Under https their names begin with ``__Host-``: browsers take such a cookie from this very host alone, so no
neighbouring subdomain can slip somebody its own session (RFC 6265bis, section 4.1.3.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from starlette.requests import HTTPConnection
from starlette.responses import Response

from foundation.settings import get_settings
from identity.sessions import COOKIE_LIFETIME

COOKIE = "allin_session"
HOST_PREFIX = "__Host-"
STEP_LIFETIME = timedelta(minutes=10)


class Step(StrEnum):
    """What a sign-in carries from one step to the next, out of addresses and of scripts' reach."""

    SECOND_FACTOR = "allin_second_factor"  # the challenge to answer
    PROVIDER = "allin_provider"  # sealed: what was asked of an identity provider


def session_token(connection: HTTPConnection) -> str | None:
    """The session's token that the browser sent, if any."""
    return token_among(connection.cookies)


def token_among(cookies: Mapping[str, str]) -> str | None:
    """The same from a browser's cookies by name, for pages that have no connection at hand."""
    return _read(cookies, COOKIE)


def set_session(response: Response, connection: HTTPConnection, token: str) -> None:
    """Hand the browser its session: out of scripts' reach, and not sent along by other sites' forms."""
    _set(response, connection, COOKIE, token, COOKIE_LIFETIME)


def clear_session(response: Response, connection: HTTPConnection) -> None:
    """Make the browser forget its session."""
    _clear(response, connection, COOKIE)


def carried(connection: HTTPConnection, step: Step) -> str | None:
    """What the browser carries of a sign-in under way."""
    return _read(connection.cookies, step.value)


def carry(response: Response, connection: HTTPConnection, step: Step, value: str) -> None:
    """Let the browser carry something to the next step, which is to come within 10 minutes."""
    _set(response, connection, step.value, value, STEP_LIFETIME)


def drop(response: Response, connection: HTTPConnection, step: Step) -> None:
    """Make the browser forget it: the step is done."""
    _clear(response, connection, step.value)


def is_secure(connection: HTTPConnection) -> bool:
    """Whether people reach the app over https: this connection says so, or the settings do."""
    return connection.scope.get("scheme") in ("https", "wss") or _public_is_https()


def _public_is_https() -> bool:
    return get_settings().public_url.startswith("https://")


def _read(cookies: Mapping[str, str], name: str) -> str | None:
    found = cookies.get(HOST_PREFIX + name)
    return found if found or _public_is_https() else cookies.get(name)


def _name(connection: HTTPConnection, name: str) -> str:
    return HOST_PREFIX + name if is_secure(connection) else name


def _set(response: Response, connection: HTTPConnection, name: str, value: str, lifetime: timedelta) -> None:
    response.set_cookie(
        _name(connection, name),
        value,
        max_age=int(lifetime.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_secure(connection),
    )


def _clear(response: Response, connection: HTTPConnection, name: str) -> None:
    response.delete_cookie(
        _name(connection, name), path="/", httponly=True, samesite="lax", secure=is_secure(connection)
    )
