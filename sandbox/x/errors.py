"""Errors as X words them: RFC 7807-like problems."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse


class XProblem(Exception):
    """An answer of X that is an error."""

    def __init__(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        super().__init__(str(body.get("detail")))
        self.status, self.body, self.headers = status, body, headers


async def on_x_problem(_request: Request, error: Exception) -> JSONResponse:
    """Exception handler for XProblem."""
    if not isinstance(error, XProblem):
        raise error
    return JSONResponse(error.body, error.status, error.headers, media_type="application/problem+json")


def _plain(status: int, title: str, detail: str) -> XProblem:
    return XProblem(status, {"title": title, "type": "about:blank", "status": status, "detail": detail})


def unauthorized() -> XProblem:
    """401: no token, or one that does not work."""
    return _plain(401, "Unauthorized", "Unauthorized")


def forbidden(detail: str) -> XProblem:
    """403 with the reason in `detail`."""
    return _plain(403, "Forbidden", detail)


def too_many_requests(headers: dict[str, str]) -> XProblem:
    """429 with the rate headers."""
    problem = _plain(429, "Too Many Requests", "Too Many Requests")
    problem.headers = headers
    return problem


def invalid_request(message: str, parameter: str | None = None, value: str | None = None) -> XProblem:
    """400: parameters that are wrong."""
    parameters = {parameter: [value or ""]} if parameter else {}
    return XProblem(
        400,
        {
            "errors": [{"parameters": parameters, "message": message}],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": "https://api.x.com/2/problems/invalid-request",
        },
    )


def not_found(value: str, parameter: str, resource: str) -> dict[str, Any]:
    """One entry of a partial answer's `errors`: a post or user that is not there."""
    return {
        "value": value,
        "detail": f"Could not find {resource} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": resource,
        "parameter": parameter,
        "resource_id": value,
        "type": "https://api.x.com/2/problems/resource-not-found",
    }
