"""Forgotten passwords: ask for a link, and choose a new one behind it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.web.cookies import clear_session
from app.web.forms import Form, takes_form
from app.web.origin import local_path, origin_of
from app.web.paths import FORGOT, HOME, RESET, SIGN_IN, onward
from app.web.rendering import go_to, look_into_your_mailbox, notice, page, refused
from identity import password_reset
from identity.errors import IdentityError, LinkError
from identity.inputs import PASSWORD_RULE
from identity.links import Purpose, look
from identity.work import at_the_door


def show(request: Request) -> Response:
    """The form that asks for the address."""
    return page("forgot.html", _typed(local_path(request.query_params.get("next"))))


def ask(request: Request, form: Form) -> Response:
    """Send the link to whoever has an account; the answer is the same for all."""
    target, email = local_path(form.get("next")), form.get("email", "")
    try:
        with at_the_door(origin_of(request)) as door:
            password_reset.ask(door, email)
    except IdentityError as error:
        return refused("forgot.html", error, form, _typed(target, email))
    return look_into_your_mailbox(
        f"If {email.strip()} has an account here, a link to choose a new password is on its way."
    )


def show_new_password(request: Request) -> Response:
    """The form behind the link. Opening it changes nothing."""
    token = request.query_params.get("token", "")
    try:
        with at_the_door() as door:
            look(door, Purpose.RESET_PASSWORD, token)
    except LinkError as error:
        return _gone(error)
    return page("reset.html", _new(token))


def reset(request: Request, form: Form) -> Response:
    """Save the new password; all sessions end, this browser's too."""
    token = form.get("token", "")
    try:
        with at_the_door(origin_of(request)) as door:
            password_reset.reset(door, token, form.get("password", ""))
    except LinkError as error:
        return _gone(error)
    except IdentityError as error:
        return refused("reset.html", error, form, _new(token))
    response = go_to(f"{SIGN_IN}?done=password")
    clear_session(response, request)
    return response


routes = [
    Route(FORGOT, show, methods=["GET"]),
    Route(FORGOT, takes_form(ask), methods=["POST"]),
    Route(RESET, show_new_password, methods=["GET"]),
    Route(RESET, takes_form(reset), methods=["POST"]),
]


def _typed(target: str, email: str = "") -> dict[str, object]:
    return {"next": "" if target == HOME else target, "onward": onward(target), "email": email}


def _gone(error: LinkError) -> Response:
    return notice("This link no longer works", str(error), status=410, go=("Ask for a new link", FORGOT))


def _new(token: str) -> dict[str, object]:
    return {"token": token, "password_rule": PASSWORD_RULE}
