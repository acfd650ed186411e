"""Signing in, the second step, and signing out."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.web.cookies import Step, carried, carry, clear_session, drop, session_token, set_session
from app.web.forms import Form, takes_form
from app.web.origin import local_path, origin_of
from app.web.paths import HOME, SECOND_FACTOR, SIGN_IN, SIGN_OUT, onward
from app.web.rendering import go_to, page, refused
from foundation.settings import Settings, get_settings
from identity import sessions
from identity.errors import IdentityError
from identity.opening import AGAIN, Admitted

NOTICES = {
    "password": "Your new password is saved. Please sign in with it.",
    "address": "Your new address is confirmed. Please sign in with it.",
}


def show(request: Request) -> Response:
    """The form; someone already signed in goes on to where they wanted to."""
    target = local_path(request.query_params.get("next"))
    if sessions.signed_in(session_token(request)) is not None:
        return go_to(target)
    done = NOTICES.get(request.query_params.get("done", ""), "")
    return page("sign_in.html", _around(target, done=done))


def submit(request: Request, form: Form) -> Response:
    """Check address and password, and open a session or ask for the second step."""
    target, email = local_path(form.get("next")), form.get("email", "")
    try:
        admitted = sessions.sign_in(email, form.get("password", ""), origin_of(request))
        return let_in(request, admitted, target)
    except IdentityError as error:
        return refused("sign_in.html", error, form, _around(target, email=email))


def let_in(request: Request, admitted: Admitted, target: str) -> Response:
    """What follows once someone has shown who they are: a session, or first the second step.

    Raises:
        SignInError: what they have shown does not hold any more.
    """
    if admitted.needs_second_factor is not None:
        response: Response = go_to(SECOND_FACTOR + onward(target))
        carry(response, request, Step.SECOND_FACTOR, admitted.needs_second_factor)
        return response
    response = go_to(target)
    set_session(response, request, sessions.open_browser(admitted, origin_of(request)))
    return response


def show_second_step(request: Request) -> Response:
    """The form for the code; without a sign-in under way, back to the first step."""
    target = local_path(request.query_params.get("next"))
    if carried(request, Step.SECOND_FACTOR) is None:
        return go_to(SIGN_IN + onward(target))
    return page("second_factor.html", {"next": target, "onward": onward(target)})


def submit_second_step(request: Request, form: Form) -> Response:
    """Check the code, and open a session."""
    target, challenge = local_path(form.get("next")), carried(request, Step.SECOND_FACTOR)
    if challenge is None:
        return go_to(SIGN_IN + onward(target))
    try:
        admitted = sessions.pass_second_factor(challenge, form.get("code", ""), origin_of(request))
        response = let_in(request, admitted, target)
    except IdentityError as error:
        if str(error) != AGAIN:
            return refused("second_factor.html", error, form, {"next": target, "onward": onward(target)})
        response = refused("sign_in.html", error, form, _around(target))
    drop(response, request, Step.SECOND_FACTOR)
    return response


def ask_before_leaving(request: Request) -> Response:
    """Ask before signing out: a link of another site can't do it."""
    return page("sign_out.html", {"next": local_path(request.query_params.get("next"), SIGN_IN)})


def leave(request: Request, form: Form) -> Response:
    """End the session, and go where the form says."""
    sessions.sign_out(session_token(request), origin_of(request))
    response = go_to(local_path(form.get("next"), SIGN_IN))
    clear_session(response, request)
    return response


routes = [
    Route(SIGN_IN, show, methods=["GET"]),
    Route(SIGN_IN, takes_form(submit), methods=["POST"]),
    Route(SECOND_FACTOR, show_second_step, methods=["GET"]),
    Route(SECOND_FACTOR, takes_form(submit_second_step), methods=["POST"]),
    Route(SIGN_OUT, ask_before_leaving, methods=["GET"]),
    Route(SIGN_OUT, takes_form(leave), methods=["POST"]),
]


def _around(target: str, *, email: str = "", done: str = "") -> dict[str, object]:
    """What the sign-in page shows beside the form."""
    settings = get_settings()
    return {
        "next": "" if target == HOME else target,
        "onward": onward(target),
        "email": email,
        "done": done,
        "provider": settings.oidc_issuer and (settings.oidc_name or "single sign-on"),
        "open": settings.registration == "open",
        "demo": _demo_hint(settings),
    }


def _demo_hint(settings: Settings) -> tuple[str, str] | None:
    """The demo's sign-in, shown as long as its password is the one everybody can read in the source."""
    known = Settings.model_fields["demo_password"].default
    if not settings.demo or settings.demo_password != known:
        return None
    return settings.demo_email, settings.demo_password.get_secret_value()
