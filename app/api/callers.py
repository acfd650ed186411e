"""Who calls: someone with an access token or API key, the browser of someone signed in, or nobody yet.

What a handler is given (its parameters marked here) decides who may call it, and in which transaction it
works.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Any, Final
from uuid import UUID

from starlette.requests import Request

from app.api import limits
from app.api.problems import Kind, Refused
from app.web.cookies import session_token
from app.web.origin import same_origin
from foundation.settings import Settings, get_settings
from identity.errors import SignInError
from identity.limits import network_of
from identity.permissions import Permission, require
from identity.principal import Origin, Principal, Visitor
from identity.sessions import authenticate, signed_in
from identity.work import Door, Work, at_the_door, working

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_USER_AGENT: Final = 400  # characters
SIGN_IN: Final = "Send an access token or an API key: Authorization: Bearer …"
CHOOSE: Final = "Create an organization, or enter one of yours with PUT /me/organization."
FOREIGN: Final = "With a browser's session only our own pages may change anything. Send a token instead."


class Needs(IntEnum):
    """Whom a route lets in."""

    NOBODY = 0  # who calls makes no difference
    ANYBODY = 1  # signed in or not
    SOMEBODY = 2  # signed in


@dataclass(frozen=True)
class Caller:
    """Who a request is from. `name` is what limits and idempotency keys go by."""

    visitor: Visitor | None
    origin: Origin
    name: str
    settings: Settings

    @property
    def organization_id(self) -> UUID | None:
        """The organization they act in, if they do in one."""
        return self.visitor.organization_id if isinstance(self.visitor, Principal) else None


@dataclass(frozen=True)
class Given:
    """Marks a parameter of a handler: it does not come from the request, but from who calls.

    `opens`: it is a transaction, which begins before the handler and commits after it. `of_member`: it is in
    the caller's organization, and needs `permission` there (None: every member has it).
    """

    of: Callable[[Caller], Any]
    needs: Needs
    opens: bool = False
    of_member: bool = False
    permission: Permission | None = None


def admit(request: Request, needs: Needs) -> Caller:
    """Find out who calls, and count the request. Who is not let in is counted by their address.

    Raises:
        SignInError: the route is for those who are signed in, or the token opens nothing.
        Refused: a browser's session, used by another site.
        TooManyTriesError: too many requests.
    """
    settings, origin = get_settings(), _origin(request)
    nobody = f"anon:{network_of(origin.ip)}"
    try:
        visitor = None if needs is Needs.NOBODY else _visitor(request, settings)
        if visitor is None and needs is Needs.SOMEBODY:
            raise SignInError(SIGN_IN)
    except SignInError:
        limits.count(request, nobody, settings)
        raise
    name = nobody if visitor is None else _name(visitor)
    limits.count(request, name, settings)
    return Caller(visitor, origin, name, settings)


def member(permission: Permission | None = None) -> Given:
    """The mark of a handler's `Work`, for members who have this permission (None: for every member)."""

    def work(caller: Caller) -> AbstractContextManager[Work]:
        principal = _signed_in(caller)
        if not isinstance(principal, Principal):
            raise Refused(Kind.NO_ORGANIZATION, CHOOSE)
        return working(principal, caller.origin, needs=permission, settings=caller.settings)

    return Given(work, Needs.SOMEBODY, opens=True, of_member=True, permission=permission)


def acting(permission: Permission) -> Given:
    """The mark of a handler's `Principal`, who has this permission; for work that waits for others outside
    of any transaction.
    """

    def principal(caller: Caller) -> Principal:
        found = _signed_in(caller)
        if not isinstance(found, Principal):
            raise Refused(Kind.NO_ORGANIZATION, CHOOSE)
        require(found, permission)
        return found

    return Given(principal, Needs.SOMEBODY, of_member=True, permission=permission)


def _signed_in(caller: Caller) -> Visitor:
    if caller.visitor is None:
        raise SignInError(SIGN_IN)
    return caller.visitor


def _door(caller: Caller) -> AbstractContextManager[Door]:
    return at_the_door(caller.origin, settings=caller.settings)


SignedIn = Annotated[Visitor, Given(_signed_in, Needs.SOMEBODY)]
MaybeSignedIn = Annotated[Visitor | None, Given(lambda caller: caller.visitor, Needs.ANYBODY)]
AtTheDoor = Annotated[Door, Given(_door, Needs.NOBODY, opens=True)]
From = Annotated[Caller, Given(lambda caller: caller, Needs.NOBODY)]


def _visitor(request: Request, settings: Settings) -> Visitor | None:
    authorization = request.headers.get("authorization")
    if authorization is not None:
        scheme, _, credentials = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise SignInError(SIGN_IN)
        return authenticate(credentials.strip(), settings=settings)
    found = signed_in(session_token(request), settings=settings)
    if found is not None and request.method not in SAFE and not _is_our_page(request):
        raise Refused(Kind.FOREIGN_ORIGIN, FOREIGN)
    return found


def _is_our_page(request: Request) -> bool:
    """Every browser of today says where an unsafe request comes from; one that does not say is refused."""
    says = "origin" in request.headers or "sec-fetch-site" in request.headers
    return says and same_origin(request)


def _origin(request: Request) -> Origin:
    agent = request.headers.get("user-agent")
    if agent is not None:
        agent = "".join(sign for sign in agent if sign.isprintable())[:MAX_USER_AGENT]
    return Origin(request.client.host if request.client else None, agent)


def _name(visitor: Visitor) -> str:
    return visitor.caller if isinstance(visitor, Principal) else f"person:{visitor.person_id}"
