"""The sign-in and sign-out pages, rendered on the server."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from app.web.cookies import clear_session, session_token, set_session
from app.web.origin import local_path, same_origin
from foundation.settings import Settings, get_settings
from identity.sessions import sign_in, sign_out, signed_in

SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"
REFUSED = "That address and password don't belong together."
FOREIGN = "This form was sent from another site. Please sign in here."
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=select_autoescape()
)


async def show(request: Request) -> Response:
    """The form; someone already signed in goes on to where they wanted to."""
    target = local_path(request.query_params.get("next"))
    if await run_in_threadpool(signed_in, session_token(request)) is not None:
        return RedirectResponse(target, 303)
    return _page(target)


async def submit(request: Request) -> Response:
    """Check address and password, and open a session."""
    form = await request.form()
    target = local_path(str(form.get("next", "")))
    email = str(form.get("email", ""))
    if not same_origin(request):
        return _page(target, problem=FOREIGN, status=403)
    token = await run_in_threadpool(sign_in, email, str(form.get("password", "")))
    if token is None:
        return _page(target, problem=REFUSED, email=email, status=401)
    response = RedirectResponse(target, 303)
    set_session(response, request, token)
    return response


async def leave(request: Request) -> Response:
    """End the session."""
    if not same_origin(request):
        return _page("/", problem=FOREIGN, status=403)
    await run_in_threadpool(sign_out, session_token(request))
    response = RedirectResponse(SIGN_IN, 303)
    clear_session(response)
    return response


async def confirm_leave(_request: Request) -> Response:
    """Ask before signing out: a link of another site can't do it."""
    return HTMLResponse(_TEMPLATES.get_template("sign_out.html").render(action=SIGN_OUT), headers=HEADERS)


routes = [
    Route(SIGN_IN, show, methods=["GET"]),
    Route(SIGN_IN, submit, methods=["POST"]),
    Route(SIGN_OUT, confirm_leave, methods=["GET"]),
    Route(SIGN_OUT, leave, methods=["POST"]),
]


def _page(target: str, *, problem: str = "", email: str = "", status: int = 200) -> HTMLResponse:
    body = _TEMPLATES.get_template("sign_in.html").render(
        action=SIGN_IN, target=target, problem=problem, email=email, demo=_demo_hint(get_settings())
    )
    # A form may bring back characters that UTF-8 can't write (lone surrogates).
    return HTMLResponse(body.encode(errors="replace"), status, headers=HEADERS)


def _demo_hint(settings: Settings) -> tuple[str, str] | None:
    """The demo's sign-in, shown as long as its password is the one everybody can read in the source."""
    known = Settings.model_fields["demo_password"].default
    if not settings.demo or settings.demo_password != known:
        return None
    return settings.demo_email, settings.demo_password.get_secret_value()
