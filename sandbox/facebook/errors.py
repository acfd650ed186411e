"""Errors as the Graph API words them: HTTP 400 mostly, and what matters is the code."""

from __future__ import annotations

import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse


class GraphError(Exception):
    """An answer of the Graph API that is an error."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        subcode: int | None = None,
        kind: str = "OAuthException",
        status: int = 400,
        transient: bool = False,
        user_message: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"message": message, "type": kind, "code": code}
        if subcode is not None:
            self.body["error_subcode"] = subcode
        if transient:
            self.body["is_transient"] = True
        if user_message is not None:
            self.body |= {"error_user_title": user_message[0], "error_user_msg": user_message[1]}


def graph_error(error: GraphError) -> JSONResponse:
    """The envelope {"error": {...}} with a trace id of its own."""
    body = {"error": {**error.body, "fbtrace_id": secrets.token_urlsafe(8)}}
    headers = {"WWW-Authenticate": f'OAuth "Facebook Platform" "invalid_token" "{error.body["message"]}"'}
    return JSONResponse(body, error.status, headers if error.body["code"] == 190 else None)


async def on_graph_error(_request: Request, error: Exception) -> JSONResponse:
    """Exception handler for GraphError."""
    if not isinstance(error, GraphError):
        raise error
    return graph_error(error)


def invalid_token(subcode: int | None, message: str) -> GraphError:
    """Code 190; 458 deauthorized, 460 password changed, 463 expired, 467 invalid."""
    return GraphError(190, message, subcode=subcode)


def missing_object(method: str, node: str) -> GraphError:
    """Code 100, subcode 33: the object is not there, or not for this token."""
    return GraphError(
        100,
        f"Unsupported {method} request. Object with ID '{node}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation. Please read the Graph API documentation at "
        "https://developers.facebook.com/docs/graph-api",
        subcode=33,
        kind="GraphMethodException",
    )


def invalid_parameter(message: str, subcode: int | None = None) -> GraphError:
    """Code 100."""
    return GraphError(100, f"(#100) {message}", subcode=subcode)


def not_permitted(scope: str) -> GraphError:
    """Code 200: the permission was not granted, or the person's role does not carry it."""
    return GraphError(
        200,
        f"(#200) This requires {scope} as an admin with sufficient administrative permission",
        status=403,
    )


DUPLICATE = GraphError(
    506,
    "(#506) Duplicate status message",
    user_message=(
        "Duplicate Status Update",
        "This status update is identical to the last one you posted. Try posting something different.",
    ),
)
