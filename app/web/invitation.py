"""The link of an invitation: what it offers, and the way in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from urllib.parse import quote
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.web.cookies import session_token, set_session
from app.web.forms import Form, takes_form
from app.web.origin import origin_of
from app.web.paths import HOME, INVITATION, ORGANIZATIONS, SIGN_IN, with_token
from app.web.rendering import go_to, notice, page, refused
from identity import invitations, sessions
from identity.errors import ForbiddenError, IdentityError, LinkError
from identity.inputs import PASSWORD_RULE
from identity.invitations import Invited
from identity.permissions import Role
from identity.principal import Visitor
from identity.sessions import Admitted
from identity.work import at_the_door

State: TypeAlias = Literal["join", "sign-in", "someone-else", "new"]


@dataclass(frozen=True)
class RoleWords:
    """A role in plain words."""

    name: str
    words: str


ROLES: Final[dict[Role, RoleWords]] = {
    Role.OWNER: RoleWords("Owner", "Everything, also deleting the organization"),
    Role.ADMIN: RoleWords("Administrator", "People, brands, accounts and settings"),
    Role.EDITOR: RoleWords("Editor", "Writes and approves posts, makes reports"),
    Role.MEMBER: RoleWords("Member", "Writes posts and reads the numbers"),
    Role.VIEWER: RoleWords("Viewer", "Reads posts, numbers and reports"),
    Role.CLIENT: RoleWords("Client", "Sees and approves the posts and reports of a brand"),
}


def show(request: Request) -> Response:
    """What the link offers, and how to take it. Opening it changes nothing."""
    token = request.query_params.get("token", "")
    try:
        return _offer(request, token)
    except LinkError as error:
        return _gone(error)


def accept(request: Request, form: Form) -> Response:
    """Join, as who is signed in or with a new account; the session goes into the organization."""
    token = form.get("token", "")
    visitor = sessions.signed_in(session_token(request))
    try:
        with at_the_door(origin_of(request)) as door:
            organization_id = invitations.look(door, token).organization_id
            person_id = invitations.accept(
                door, token, visitor=visitor, name=form.get("name"), password=form.get("password")
            )
        return _let_in(request, visitor, person_id, organization_id)
    except LinkError as error:
        return _gone(error)
    except IdentityError as error:
        return _again(request, form, error)


routes = [
    Route(INVITATION, show, methods=["GET"]),
    Route(INVITATION, takes_form(accept), methods=["POST"]),
]


def _let_in(request: Request, visitor: Visitor | None, person_id: UUID, organization_id: UUID) -> Response:
    """Into the organization; where it takes nobody by password, to where it says how."""
    origin = origin_of(request)
    if visitor is None:
        response = go_to(HOME)
        set_session(response, request, sessions.open_browser(Admitted(person_id), origin))
        return response
    try:
        sessions.enter(visitor, organization_id, origin)
    except ForbiddenError:
        return go_to(ORGANIZATIONS)
    return go_to(HOME)


def _offer(request: Request, token: str) -> Response:
    return page("invitation.html", {**_values(request, token), "name": ""})


def _again(request: Request, form: Form, error: IdentityError) -> Response:
    try:
        values = _values(request, form.get("token", ""))
    except LinkError as gone:
        return _gone(gone)
    return refused("invitation.html", error, form, {**values, "name": form.get("name", "")})


def _values(request: Request, token: str) -> dict[str, object]:
    """What the page shows.

    Raises:
        LinkError: there is nothing to show any more.
    """
    with at_the_door(origin_of(request)) as door:
        invited = invitations.look(door, token)
    visitor = sessions.signed_in(session_token(request))
    here = with_token(INVITATION, token)
    return {
        "invited": invited,
        "role": ROLES[invited.role],
        "until": f"{invited.expires_at:%-d %B %Y, %H:%M} UTC",
        "state": _state(invited, visitor),
        "signed_in_as": visitor.email if visitor else "",
        "token": token,
        "here": here,
        "sign_in": f"{SIGN_IN}?next={quote(here)}",
        "password_rule": PASSWORD_RULE,
    }


def _state(invited: Invited, visitor: Visitor | None) -> State:
    if visitor is not None:
        return "join" if visitor.email == invited.email else "someone-else"
    return "sign-in" if invited.has_account else "new"


def _gone(error: LinkError) -> Response:
    return notice("This invitation no longer works", str(error), status=410, go=("Go to AllIN", HOME))
