"""One call of LinkedIn's REST API: its version, its token, its scopes, its share of the day."""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.responses import JSONResponse

from sandbox import grants
from sandbox.linkedin import people
from sandbox.linkedin.errors import LinkedInError, forbidden, invalid, throttled, unauthorized
from sandbox.model import Account
from sandbox.services import Services, services

OLDEST = "202512"
"""The oldest version that is not sunset: 202511 ended on 2026-11-16."""
NEWEST = "202609"
"""The newest version that was ever seen; none is there only because its month has come."""
LIMITS: dict[str, int] = {"POST /rest/posts": 1_000, "*": 100_000}
"""Calls by person and UTC day. LinkedIn says 150 shares; more here, so that a demo is not stopped."""
Body = TypeVar("Body", bound=BaseModel)


class Strict(BaseModel):
    """A body that refuses fields it does not know."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Call:
    """A call with a token that works. Raises LinkedInError 400, 401 or 426."""

    def __init__(self, request: Request, sandbox: Services) -> None:
        self.request, self.sandbox, self.query = request, sandbox, dict(request.query_params)
        self.now = sandbox.clock.now()
        grant = grants.check(sandbox, people.NETWORK, grants.bearer(request))
        if grant is None:
            raise unauthorized()
        self.grant, self.sub = grant, grant.subject
        if "/rest/" in request.url.path:
            _check_version(request)

    @property
    def organization(self) -> Account:
        """The organization that the signed-in person administers."""
        return people.organization_of(self.sandbox, self.sub)

    def needs(self, *any_of: str) -> None:
        """Raises LinkedInError 403 without any of these scopes."""
        if not self.grant.scopes & set(any_of):
            raise forbidden(f"{self.request.method} {self.request.url.path}")

    def count(self, endpoint: str = "*") -> None:
        """Count the call. Raises LinkedInError 429 when the day is used up."""
        state = self.request.app.state
        if not hasattr(state, "linkedin_calls"):
            state.linkedin_calls = {}
        key = (endpoint, self.sub, self.now.date())
        state.linkedin_calls[key] = state.linkedin_calls.get(key, 0) + 1
        if state.linkedin_calls[key] > LIMITS[endpoint]:
            raise throttled()

    def author(self, urn: object, prefix: str = "w_") -> Account:
        """An author this person may act for. Raises LinkedInError 400 or 403."""
        if not isinstance(urn, str) or not urn.startswith((people.ORGANIZATION, people.PERSON)):
            raise invalid("author", "INVALID_URN_ID")
        found = people.author(self.sandbox, self.sub, urn)
        if found is None:
            raise forbidden(urn)
        whose = "member" if urn.startswith(people.PERSON) else "organization"
        self.needs(f"{prefix}{whose}_social")
        return found

    async def body(self, shape: type[Body]) -> Body:
        """The JSON body. Raises LinkedInError 400 for anything but the shape."""
        try:
            return shape.model_validate_json(await self.request.body())
        except ValidationError as error:
            raise first_problem(error) from None


def first_problem(error: ValidationError) -> LinkedInError:
    """The first thing wrong with a body, as LinkedIn says it."""
    first = error.errors(include_url=False, include_input=False)[0]
    codes = {
        "extra_forbidden": "UNPERMITTED_FIELD",
        "missing": "MISSING_FIELD",
        "string_too_long": "FIELD_LENGTH_TOO_LONG",
    }
    place = "/" + "/".join(str(part) for part in first["loc"])
    return invalid(place, codes.get(first["type"], "INVALID_VALUE_FOR_FIELD"))


def page(call: Call, elements: list[Any]) -> JSONResponse:
    """The part of a list that was asked for, by start and count (at most 100)."""
    start, count = _number(call, "start", 0, 1_000_000), _number(call, "count", 10, 100)
    wanted = elements[start : start + count]
    links = []
    if start + count < len(elements):
        path = call.request.url.path.removeprefix("/linkedin")
        href = f"{path}?start={start + count}&count={count}"
        links.append({"type": "application/json", "rel": "next", "href": href})
    paging = {"start": start, "count": count, "links": links, "total": len(elements)}
    return JSONResponse({"paging": paging, "elements": wanted})


def listed(text: str) -> list[str]:
    """The members of a Rest.li ``List(a,b)``. Raises LinkedInError 400."""
    if not text.startswith("List(") or not text.endswith(")"):
        raise invalid("List", "PARAM_INVALID")
    return [item for item in text[5:-1].split(",") if item]


def _number(call: Call, name: str, usual: int, high: int) -> int:
    text = call.query.get(name, str(usual))
    if not text.isdecimal() or int(text) > high:
        raise invalid(name, "PARAM_INVALID")
    return int(text)


def _check_version(request: Request) -> None:
    version = request.headers.get("linkedin-version", "")
    if not version:
        raise LinkedInError(400, "VERSION_MISSING", "A version must be present. Please specify a version")
    if not re.fullmatch(r"\d{6}", version) or not OLDEST <= version <= NEWEST:
        words = f"Requested version {version} is not active"
        raise LinkedInError(426, "NONEXISTENT_VERSION", words)
    if request.headers.get("x-restli-protocol-version") != "2.0.0":
        raise invalid("X-Restli-Protocol-Version", "PARAM_INVALID")


async def call(request: Request, sandbox: Annotated[Services, Depends(services)]) -> Call:
    """The signed-in call."""
    return Call(request, sandbox)


Calling = Annotated[Call, Depends(call)]
