"""One request, from admission to answer: what every route of the API does alike.

Of a request, the event loop only reads the body. Everything else is one piece of work in one thread: who
calls is found out and counted, the transaction begins, the handler works, its answer is written, the
transaction commits; only then is anything sent.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Mapping
from contextlib import nullcontext
from contextvars import ContextVar
from functools import wraps
from typing import Any, Final, get_type_hints

from anyio import CapacityLimiter
from fastapi import APIRouter, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.api import callers, idempotency, limits, problems
from app.api.callers import SAFE, Given, Needs
from identity.permissions import Permission

# So many reads at once; the others wait in line. One interpreter runs them all, so more threads only get into
# each other's way: with 40, the slowest twentieth at 50 connections takes twice as long (`allin bench api`).
READS: Final = CapacityLimiter(8)

_request: Final[ContextVar[Request]] = ContextVar("request")


class Route(APIRoute):
    """A route that knows and counts its caller, and answers errors as problems."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.given = _given(endpoint)
        self.takes_files = UploadFile in get_type_hints(endpoint).values()
        run = _in_one_go(endpoint, self.given, self.needs, options.get("status_code") or 200)
        super().__init__(path, run, **options)

    @property
    def takes(self) -> set[str]:
        """The methods it takes."""
        return self.methods or set()

    @property
    def needs(self) -> Needs:
        """Whom it lets in."""
        return max((mark.needs for mark in self.given.values()), default=Needs.NOBODY)

    @property
    def is_of_member(self) -> bool:
        """Whether it works in the caller's organization."""
        return any(mark.of_member for mark in self.given.values())

    @property
    def permission(self) -> Permission | None:
        """The permission that its caller needs, if one decides."""
        return next((mark.permission for mark in self.given.values() if mark.permission), None)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler with everything around it."""
        handle, needs, takes_files = super().get_route_handler(), self.needs, self.takes_files

        async def answered(request: Request) -> Response:
            _request.set(request)
            try:
                if takes_files:  # nobody's files are read before it is known whose they are
                    await run_in_threadpool(callers.admit, request, needs)
                if idempotency.HEADER in request.headers:
                    request.state.body = await request.body()
                async with READS if request.method in SAFE else nullcontext():
                    response = await handle(request)
            except (RequestValidationError, HTTPException) as error:
                response = await run_in_threadpool(_refused, request, needs, error)
            except Exception as error:  # noqa: BLE001 - nothing may leave without being told as a problem
                response = problems.answer(error, request)
            limits.tell(request, response.headers)
            return response

        return answered


class Router(APIRouter):
    """A group of such routes."""

    def __init__(self, tag: str) -> None:
        super().__init__(tags=[tag], route_class=Route, generate_unique_id_function=unique_id)


def unique_id(route: APIRoute) -> str:
    """What clients made from the description call it, such as `brands_create`."""
    return f"{route.tags[0]}_{route.name}".replace("-", "_")


def _given(handler: Callable[..., Any]) -> dict[str, Given]:
    """The parameters of a handler that do not come from the request."""
    found: dict[str, Given] = {}
    for name, hint in get_type_hints(handler, include_extras=True).items():
        marks = (mark for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, Given))
        if mark := next(marks, None):
            found[name] = mark
    return found


def _in_one_go(
    handler: Callable[..., Any], given: Mapping[str, Given], needs: Needs, status: int
) -> Callable[..., Response]:
    """The handler with its caller, its transaction and its answer, as one function for one thread."""
    write = _writer(handler, status)
    opened = next((name for name, mark in given.items() if mark.opens), None)
    of_member = any(mark.of_member for mark in given.values())

    @wraps(handler)
    def run(**values: Any) -> Response:
        request = _request.get()
        caller = callers.admit(request, needs)
        place = caller.organization_id if of_member else None
        claim = idempotency.claim_of(request, caller.name, place, caller.settings)
        values.update({name: mark.of(caller) for name, mark in given.items()})

        def do() -> Response:
            return write(handler(**values))

        if opened is None:
            return do() if claim is None else idempotency.around(claim, do)
        with values[opened] as work:
            values[opened] = work
            return do() if claim is None else idempotency.within(work.session, claim, do)

    # FastAPI reads the rest from the request.
    signature = inspect.signature(handler, eval_str=True)
    asked = [one for one in signature.parameters.values() if one.name not in given]
    run.__signature__ = signature.replace(parameters=asked)  # type: ignore[attr-defined]
    return run


def _refused(request: Request, needs: Needs, error: Exception) -> Response:
    """The answer to a request that can't be read: first whether its caller may ask at all."""
    try:
        callers.admit(request, needs)
    except Exception as sooner:  # noqa: BLE001 - as above
        return problems.answer(sooner, request)
    return problems.answer(error, request)


def _writer(handler: Callable[..., Any], status: int) -> Callable[[Any], Response]:
    """How the handler's results become answers: JSON of the type that it says it returns."""
    kind = inspect.signature(handler, eval_str=True).return_annotation
    if kind is None:
        return lambda _: Response(status_code=status)
    if isinstance(kind, type) and issubclass(kind, Response):
        return lambda result: result
    adapter = TypeAdapter(kind)
    return lambda result: Response(adapter.dump_json(result), status, media_type="application/json")
