"""The link that confirms somebody's new e-mail address."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.web.cookies import session_token
from app.web.forms import Form, takes_form
from app.web.origin import origin_of
from app.web.paths import HOME, NEW_ADDRESS, SIGN_IN
from app.web.rendering import go_to, notice, page, refused
from identity import profile
from identity.errors import IdentityError, LinkError
from identity.links import Purpose, look
from identity.sessions import signed_in
from identity.work import at_the_door


def show(request: Request) -> Response:
    """What the link does, with a button that does it. Opening it changes nothing."""
    token = request.query_params.get("token", "")
    try:
        with at_the_door() as door:
            email = look(door, Purpose.CHANGE_EMAIL, token).email
    except LinkError as error:
        return _gone(error)
    return page("new_address.html", {"token": token, "email": email or ""})


def confirm(request: Request, form: Form) -> Response:
    """Take the new address."""
    token = form.get("token", "")
    try:
        with at_the_door(origin_of(request)) as door:
            profile.confirm_new_address(door, token, form.get("password", ""))
    except LinkError as error:
        return _gone(error)
    except IdentityError as error:
        return refused("new_address.html", error, form, {"token": token, "email": form.get("email", "")})
    if signed_in(session_token(request)) is None:
        return go_to(f"{SIGN_IN}?done=address")
    return notice(
        "Your new address is confirmed",
        "Sign in with it from now on. Our e-mails go there too.",
        kind="done",
        go=("Go on", HOME),
    )


routes = [
    Route(NEW_ADDRESS, show, methods=["GET"]),
    Route(NEW_ADDRESS, takes_form(confirm), methods=["POST"]),
]


def _gone(error: LinkError) -> Response:
    return notice("This link no longer works", str(error), status=410, go=("Go on", HOME))
