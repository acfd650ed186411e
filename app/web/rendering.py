"""Pages rendered on the server: they need no script, ask no other host for anything, and are never cached."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse, RedirectResponse

from app.web import style
from app.web.paths import SIGN_IN
from identity import errors
from identity.errors import IdentityError, TooManyTriesError

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "media-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # The address of a page may hold a token. Where it came from is told without the address; not at all
    # (no-referrer) would make browsers send forms with "Origin: null".
    "Referrer-Policy": "strict-origin",
}
_STATUS: dict[type[IdentityError], int] = {
    errors.InvalidError: 422,
    errors.ForbiddenError: 403,
    errors.NotFoundError: 404,
    errors.ConflictError: 409,
    errors.LinkError: 410,
    errors.SignInError: 401,
    errors.TooManyTriesError: 429,
}
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template: str, values: Mapping[str, object], *, status: int = 200) -> HTMLResponse:
    """A page; `problem` (above the form) and `errors` (by field) are empty unless they are given."""
    filling = {"style": style.ADDRESS, "problem": "", "errors": {}, **values}
    body = _TEMPLATES.get_template(template).render(filling)
    # What people typed may hold characters that UTF-8 can't write (lone surrogates).
    return HTMLResponse(body.encode(errors="replace"), status, headers=HEADERS)


def refused(
    template: str, error: IdentityError, form: Mapping[str, str], values: Mapping[str, object]
) -> HTMLResponse:
    """The page of a form again, with what went wrong: beside the field that it is about, or above all."""
    beside = {error.field: str(error)} if error.field in form else {}
    wrong = {"errors": beside, "problem": "" if beside else str(error)}
    return with_patience(page(template, {**values, **wrong}, status=status_of(error)), error)


def notice(
    title: str,
    words: str,
    *,
    status: int = 200,
    kind: Literal["done", "mail", "key", "warn"] = "warn",
    go: tuple[str, str] | None = None,
    also: tuple[str, str] | None = None,
) -> HTMLResponse:
    """A page that only says something; `go` and `also` are what to do next: (words, local address)."""
    values = {"title": title, "words": words, "kind": kind, "go": go, "also": also}
    return page("notice.html", values, status=status)


def look_into_your_mailbox(words: str) -> HTMLResponse:
    """The answer to every address alike, known here or not."""
    return notice(
        "Look into your mailbox",
        f"{words}\nNothing there after a few minutes? Look among unwanted mail, and check that the address "
        "is right.",
        kind="mail",
        also=("Back to signing in", SIGN_IN),
    )


def status_of(error: IdentityError) -> int:
    """The HTTP status of a page that tells of the error."""
    return _STATUS.get(type(error), 400)


def with_patience(answer: HTMLResponse, error: IdentityError) -> HTMLResponse:
    """The same answer, telling programs too how long to wait, in seconds."""
    if isinstance(error, TooManyTriesError):
        answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


def go_to(target: str) -> RedirectResponse:
    """On to another page, with GET."""
    return RedirectResponse(target, 303, headers={"Cache-Control": "no-store"})
