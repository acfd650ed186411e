"""The OpenAPI document: what FastAPI knows of the routes, and what they all have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from app.api import idempotency
from app.api.callers import SAFE, Needs
from app.api.introduction import DESCRIPTION, TAGS
from app.api.problems import MEDIA_TYPE, Kind
from app.api.route import Route

TITLE: Final = "AllIN"
VERSION: Final = "1"
SERVER: Final = "/api/v1"

_LIMITS: Final = {
    "RateLimit-Policy": ("The limit: `q` requests in `w` seconds.", '"requests";q=100;w=60'),
    "RateLimit": ("What is left: `r` requests; whole again in `t` seconds.", '"requests";r=99;t=60'),
}
_PROBLEM: Final[dict[str, Any]] = {
    "title": "Problem",
    "description": "What went wrong (RFC 9457). `type` says which kind, `detail` what to do.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "enum": [kind.type for kind in Kind]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "The path that was asked for."},
        "errors": {
            "description": "The inputs that can't be used.",
            "type": "array",
            "items": {
                "type": "object",
                "required": ["in", "pointer", "detail"],
                "properties": {
                    "in": {"type": "string", "enum": ["body", "query", "path", "header"]},
                    "pointer": {"type": "string", "description": "JSON pointer (RFC 6901) within that."},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
_DONE: Final = {"200": "Done", "201": "Made", "204": "Done, and nothing to say of it"}
_EXAMPLES: Final = {
    Kind.INVALID: [{"in": "body", "pointer": "/name", "detail": "Field required"}],
}


def describe(routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """The document of these routes (OpenAPI 3.1)."""
    document = get_openapi(
        title=TITLE,
        version=VERSION,
        description=DESCRIPTION,
        routes=routes,
        tags=TAGS,
        servers=[{"url": SERVER}],
    )
    for route, operation in _operations(document, routes):
        _complete(route, operation)
    components = document["components"]
    for made_by_fastapi in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(made_by_fastapi, None)
    components["schemas"]["Problem"] = _PROBLEM
    components["responses"] = {f"Problem{kind.status}": _response(kind.status) for kind in Kind}
    components["headers"] = {
        name: {"description": words, "schema": {"type": "string"}, "example": example}
        for name, (words, example) in _LIMITS.items()
    }
    components["parameters"] = {"IdempotencyKey": _idempotency_key()}
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "An access token or an API key."}
    }
    return document


def _operations(
    document: dict[str, Any], routes: Sequence[BaseRoute]
) -> Iterator[tuple[Route, dict[str, Any]]]:
    for route in routes:
        if isinstance(route, Route) and route.include_in_schema:
            for method in route.takes:
                yield route, document["paths"][route.path_format][method.lower()]


def _complete(route: Route, operation: dict[str, Any]) -> None:
    """Write into an operation what all of its kind share."""
    if route.needs is not Needs.NOBODY:
        anybody: list[dict[str, list[str]]] = [{}] if route.needs is Needs.ANYBODY else []
        operation["security"] = [{"bearer": []}, *anybody]
    if route.permission is not None:
        operation["description"] = f"{operation.get('description', '')}\n\nPermission: `{route.permission}`"
    if "POST" in route.takes:
        key = {"$ref": "#/components/parameters/IdempotencyKey"}
        operation["parameters"] = [*operation.get("parameters", []), key]
    declared = operation["responses"]
    refused = _refusals(route) | {int(status) for status in declared if int(status) >= 400}
    responses = {status: response for status, response in declared.items() if int(status) < 400}
    for status in sorted(refused):
        responses[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    operation["responses"] = responses
    for status, response in responses.items():
        if int(status) < 400:
            response["description"] = _DONE.get(status, response["description"])
            response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in _LIMITS}


def _refusals(route: Route) -> set[int]:
    """The statuses of the problems that a route of its kind can have."""
    found = {429, 500, 503}
    if route.needs is not Needs.NOBODY:
        found |= {401} if route.takes <= SAFE else {401, 403}
    if route.permission is not None:
        found |= {403}
    if route.is_of_member:
        found |= {409}
    if route.dependant.path_params:
        found |= {404}
    if route.dependant.query_params:
        found |= {422}
    if route.body_field is not None:
        found |= {400, 413, 422}
    if "POST" in route.takes:
        found |= {409, 413, 422}
    return found


def _response(status: int) -> dict[str, Any]:
    kinds = [kind for kind in Kind if kind.status == status]
    response: dict[str, Any] = {
        "description": "; ".join(kind.title for kind in kinds),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {kind.slug: {"value": _example(kind)} for kind in kinds},
            }
        },
    }
    if status in (429, 503):
        seconds = {"type": "integer", "minimum": 1}
        words = "Seconds until the next try."
        response["headers"] = {"Retry-After": {"description": words, "schema": seconds}}
    return response


def _example(kind: Kind) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": "…",
        "instance": f"{SERVER}/brands",
    }
    return {**found, "errors": _EXAMPLES[kind]} if kind in _EXAMPLES else found


def _idempotency_key() -> dict[str, Any]:
    return {
        "name": idempotency.HEADER,
        "in": "header",
        "description": "Any text of your own, new for each new request. The same request with the same key "
        "is done once, and answered the same for 24 hours.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    }
