"""What went wrong, as every answer that is not a success tells it: ``application/problem+json`` (RFC 9457).

The words of `identity.errors` are for people, so they are the detail. What a person typed is never repeated.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from foundation.postgres import PostgresError
from identity import errors
from identity.errors import IdentityError, TooManyTriesError
from publishing import editing
from publishing.changes import DraftError, NotAllowedError

MEDIA_TYPE: Final = "application/problem+json"
PAGE: Final = "/api/docs"
SEE_ERRORS: Final = "See errors."  # the form is wrong, which the description of the API could have told
UNREACHABLE: Final = (OperationalError, InterfaceError, PoolTimeoutError, PostgresError)
RETRY_S: Final = 5  # when the database does not answer
MAX_POINTER: Final = 200  # characters: names of fields come from the request

log = logging.getLogger(__name__)


class Kind(Enum):
    """The kinds of problems: the last part of their `type`, the HTTP status, the title."""

    UNREADABLE = ("unreadable", 400, "The request can't be read")
    NOT_SIGNED_IN = ("not-signed-in", 401, "Nobody is signed in")
    FORBIDDEN = ("forbidden", 403, "Not allowed")
    FOREIGN_ORIGIN = ("foreign-origin", 403, "Sent from another site")
    NOT_FOUND = ("not-found", 404, "There is none")
    METHOD = ("method-not-allowed", 405, "This address takes other methods")
    CONFLICT = ("conflict", 409, "It does not fit with how things stand")
    NO_ORGANIZATION = ("no-organization", 409, "Choose an organization first")
    ANSWER_LOST = ("answer-lost", 409, "Done before, but its answer was lost")
    GONE = ("link-gone", 410, "The link is no longer valid")
    TOO_LARGE = ("too-large", 413, "More than fits")
    INVALID = ("invalid", 422, "An input can't be used")
    KEY_REUSED = ("idempotency-key-reused", 422, "Another request had this Idempotency-Key")
    TOO_MANY = ("too-many-requests", 429, "Too many requests")
    INTERNAL = ("internal", 500, "Something went wrong here")
    UNAVAILABLE = ("unavailable", 503, "Not available at the moment")

    def __init__(self, slug: str, status: int, title: str) -> None:
        self.slug, self.status, self.title = slug, status, title

    @property
    def type(self) -> str:
        """The address that stands for this kind, and where it is explained."""
        return f"{PAGE}#problem-{self.slug}"


class Refused(Exception):
    """The API itself refuses, before anything else is asked."""

    def __init__(self, kind: Kind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


OF_IDENTITY: Final[Mapping[type[IdentityError], Kind]] = {
    errors.InvalidError: Kind.INVALID,
    errors.ForbiddenError: Kind.FORBIDDEN,
    errors.NotFoundError: Kind.NOT_FOUND,
    errors.ConflictError: Kind.CONFLICT,
    errors.LinkError: Kind.GONE,
    errors.SignInError: Kind.NOT_SIGNED_IN,
    errors.TooManyTriesError: Kind.TOO_MANY,
}
# What publishing refuses, in words for people.
_REFUSED_CHANGES: Final = (NotAllowedError, editing.ConflictError)
_OF_STATUS: Final = {
    400: (Kind.UNREADABLE, "The body is not what its Content-Type says."),
    404: (Kind.NOT_FOUND, "There is no such address in this API."),
    405: (Kind.METHOD, "The header Allow names the methods that this address takes."),
    413: (Kind.TOO_LARGE, "The body of a request may have at most 1 MB, a file 100 MB."),
}


def answer(error: Exception, request: Request) -> Response:
    """The answer to a request that this error ended; what is unexpected is logged, and told to nobody."""
    if isinstance(error, IdentityError):
        return _of_identity(error, request)
    if isinstance(error, DraftError):
        inputs = [{"in": "body", "pointer": "", "detail": line} for line in error.problems]
        return problem(Kind.INVALID, str(error), request, inputs=inputs)
    if isinstance(error, _REFUSED_CHANGES):
        return problem(Kind.CONFLICT, str(error), request)
    if isinstance(error, Refused):
        return problem(error.kind, str(error), request)
    if isinstance(error, RequestValidationError):
        return problem(Kind.INVALID, SEE_ERRORS, request, inputs=[_input(one) for one in error.errors()])
    if isinstance(error, HTTPException) and error.status_code in _OF_STATUS:
        kind, detail = _OF_STATUS[error.status_code]
        return problem(kind, detail, request, headers=error.headers)
    if isinstance(error, UNREACHABLE):
        log.error("the database does not answer: %s", type(error).__name__)
        wait = {"Retry-After": str(RETRY_S)}
        return problem(Kind.UNAVAILABLE, "Please try again in a moment.", request, headers=wait)
    # The message of an error may hold what a request brought, so the log gets its kind and place alone.
    place = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s %s: %s\n%s", request.method, request.url.path, type(error).__name__, place)
    return problem(Kind.INTERNAL, "It was noted. Please try again later.", request)


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route declares of problems that are its own: for `responses`."""
    return {status: {"description": ""} for status in statuses}


def problem(
    kind: Kind,
    detail: str,
    request: Request,
    *,
    inputs: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem as an answer; `inputs` names what of the request can't be used."""
    body: dict[str, Any] = {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "instance": request.url.path,
    }
    if inputs:
        body["errors"] = inputs
    if kind is Kind.NOT_SIGNED_IN:
        headers = {**(headers or {}), "WWW-Authenticate": "Bearer"}
    # ASCII: the names of fields in a request may be half of a character.
    return Response(json.dumps(body), kind.status, headers, MEDIA_TYPE)


def _of_identity(error: IdentityError, request: Request) -> Response:
    kind = OF_IDENTITY.get(type(error), Kind.CONFLICT)
    inputs, headers = [], {}
    if error.field is not None:
        part = "body" if request.method in ("POST", "PUT", "PATCH") else "query"
        inputs = [{"in": part, "pointer": f"/{error.field}", "detail": str(error)}]
    if isinstance(error, TooManyTriesError):
        headers["Retry-After"] = str(error.retry_after_s)
    return problem(kind, str(error), request, inputs=inputs, headers=headers)


def _input(error: Mapping[str, Any]) -> dict[str, str]:
    """One input, by the part of the request it is in and a JSON pointer (RFC 6901) within that."""
    part, *path = error["loc"] or ("body",)
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    pointer = "".join(f"/{step}" for step in steps)[:MAX_POINTER]
    return {"in": str(part), "pointer": pointer, "detail": str(error["msg"])}
