"""Making an account: the form, the e-mail's link, and the first sign-in."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.web.cookies import set_session
from app.web.forms import Form, takes_form
from app.web.origin import origin_of
from app.web.paths import CONFIRM, HOME, REGISTER, SIGN_IN
from app.web.rendering import go_to, look_into_your_mailbox, notice, page, refused
from foundation.settings import get_settings
from identity import registration, sessions
from identity.errors import IdentityError, LinkError
from identity.inputs import PASSWORD_RULE
from identity.links import Purpose, look
from identity.sessions import Admitted
from identity.work import at_the_door

FIELDS = ("name", "email", "organization")


def show(_request: Request) -> Response:
    """The form, where anyone may make an account."""
    if get_settings().registration == "closed":
        return _closed()
    return page("register.html", _typed({}))


def submit(request: Request, form: Form) -> Response:
    """Send the link. Who has an account already gets the same answer, and another e-mail."""
    if get_settings().registration == "closed":
        return _closed()
    name, email, organization = (form.get(field, "") for field in FIELDS)
    try:
        with at_the_door(origin_of(request)) as door:
            registration.register(door, email, name, form.get("password", ""), organization)
    except IdentityError as error:
        return refused("register.html", error, form, _typed(form))
    return look_into_your_mailbox(
        f"To finish, open the link in the e-mail that we have sent to {email.strip()}."
    )


def show_confirmation(request: Request) -> Response:
    """The form behind the link. Opening it changes nothing."""
    token = request.query_params.get("token", "")
    try:
        with at_the_door() as door:
            return page("confirm.html", _behind(token, look(door, Purpose.REGISTER, token).email))
    except LinkError as error:
        return _gone(error)


def confirm(request: Request, form: Form) -> Response:
    """Make the account, and sign in to it."""
    origin = origin_of(request)
    try:
        with at_the_door(origin) as door:
            person_id = registration.confirm(door, form.get("token", ""), form.get("password", ""))
        session = sessions.open_browser(Admitted(person_id), origin)
    except LinkError as error:
        return _gone(error)
    except IdentityError as error:
        return refused("confirm.html", error, form, _behind(form.get("token", ""), form.get("email")))
    response = go_to(HOME)
    set_session(response, request, session)
    return response


routes = [
    Route(REGISTER, show, methods=["GET"]),
    Route(REGISTER, takes_form(submit), methods=["POST"]),
    Route(CONFIRM, show_confirmation, methods=["GET"]),
    Route(CONFIRM, takes_form(confirm), methods=["POST"]),
]


def _closed() -> Response:
    return notice(
        "By invitation only",
        "Accounts here are made by invitation. Ask an administrator of your organization to invite you.",
        status=403,
        go=("Sign in", SIGN_IN),
    )


def _gone(error: LinkError) -> Response:
    return notice(
        "This link no longer works",
        f"{error}\nIf you have confirmed your address before, simply sign in.",
        status=410,
        go=("Sign in", SIGN_IN),
        also=("Create an account", REGISTER) if get_settings().registration == "open" else None,
    )


def _behind(token: str, email: str | None) -> dict[str, object]:
    return {"token": token, "email": email or ""}


def _typed(form: Form) -> dict[str, object]:
    return {"password_rule": PASSWORD_RULE, **{field: form.get(field, "") for field in FIELDS}}
