"""Which organization to be in: for who is in none, and for who wants to go to another."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.web.cookies import session_token
from app.web.forms import Form, takes_form
from app.web.invitation import ROLES
from app.web.origin import origin_of
from app.web.paths import HOME, NEW_ORGANIZATION, ORGANIZATIONS, SIGN_IN, WELCOME, onward
from app.web.rendering import go_to, page, refused
from identity import organizations, sessions
from identity.errors import IdentityError, NotFoundError
from identity.models import IdentityProvider
from identity.organizations import OrganizationInfo
from identity.permissions import Role
from identity.principal import Principal, Visitor
from identity.providers import enforced_for
from identity.work import at_the_door


def welcome(request: Request) -> Response:
    """For who is signed in, but in no organization: the ways into one."""
    visitor = sessions.signed_in(session_token(request))
    if visitor is None:
        return go_to(SIGN_IN)
    return go_to(HOME) if isinstance(visitor, Principal) else page("organizations.html", _values(visitor))


def show(request: Request) -> Response:
    """One's organizations, to go to another."""
    visitor = sessions.signed_in(session_token(request))
    if visitor is None:
        return go_to(SIGN_IN + onward(ORGANIZATIONS))
    return page("organizations.html", _values(visitor))


def enter(request: Request, form: Form) -> Response:
    """Go to another organization; every open page of the session goes along."""
    visitor = sessions.signed_in(session_token(request))
    if visitor is None:
        return go_to(SIGN_IN + onward(ORGANIZATIONS))
    try:
        sessions.enter(visitor, _id(form.get("organization", "")), origin_of(request))
    except IdentityError as error:
        return refused("organizations.html", error, {}, _values(visitor))
    return go_to(HOME)


def create(request: Request, form: Form) -> Response:
    """Make an organization, and go there."""
    visitor, origin = sessions.signed_in(session_token(request)), origin_of(request)
    if visitor is None:
        return go_to(SIGN_IN + onward(ORGANIZATIONS))
    try:
        organization_id = organizations.create(visitor, form.get("name", ""), origin)
        sessions.enter(visitor, organization_id, origin)
    except IdentityError as error:
        return refused("organizations.html", error, form, _values(visitor, form.get("name", "")))
    return go_to(HOME)


routes = [
    Route(WELCOME, welcome, methods=["GET"]),
    Route(ORGANIZATIONS, show, methods=["GET"]),
    Route(ORGANIZATIONS, takes_form(enter), methods=["POST"]),
    Route(NEW_ORGANIZATION, takes_form(create), methods=["POST"]),
]


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFoundError("There is no such organization.") from None


@dataclass(frozen=True)
class Place:
    """An organization to go to. `provider` is what lets its members in, where the password does not."""

    id: UUID
    name: str
    role: str
    is_here: bool
    provider: IdentityProvider | None


def _values(visitor: Visitor, name: str = "") -> dict[str, object]:
    here = visitor.organization_id if isinstance(visitor, Principal) else None
    places = _places(visitor, here)
    title, words = _heading(here is not None, places)
    return {
        "title": title,
        "words": words,
        "places": places,
        "may_create": not visitor.confined,
        "is_member": here is not None,
        "email": visitor.email,
        "name": name,
    }


def _places(visitor: Visitor, here: UUID | None) -> list[Place]:
    with at_the_door() as door:
        return [
            Place(
                id=place.id,
                name=place.name,
                role=ROLES[place.role].name + _part(place),
                is_here=place.id == here,
                provider=None if place.role is Role.OWNER else enforced_for(door, place.id),
            )
            for place in organizations.of(visitor)
        ]


def _part(place: OrganizationInfo) -> str:
    if not place.limited:
        return ""
    return " of one brand" if place.role is Role.CLIENT else " of some brands"


def _heading(is_member: bool, places: list[Place]) -> tuple[str, str]:
    if is_member:
        return "Your organizations", "Choose where to go. Every open page of this browser goes along."
    if any(place.provider for place in places):
        return (
            "Welcome back",
            "Choose the organization to go to. One that names a provider asks you to sign in there.",
        )
    if places:
        return "Welcome back", "Choose the organization to go to."
    return (
        "Welcome to AllIN",
        "Everything here belongs to an organization, and you are in none at present. Create yours to begin.",
    )
