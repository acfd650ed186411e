"""Forms that people send: read within limits, and only from our own pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import TypeAlias
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from app.web.origin import same_origin
from app.web.rendering import notice

MAX_BODY = 64 * 1024  # bytes
MAX_FIELDS = 200  # a box for each of an agency's pages
MAX_FIELD = 4_000  # characters
URLENCODED = "application/x-www-form-urlencoded"

Form: TypeAlias = Mapping[str, str]


class Refused(Exception):
    """A form that is not looked at: HTTP status, title of the page, and what to do."""

    def __init__(self, status: int, title: str, words: str) -> None:
        super().__init__(title)
        self.status, self.title, self.words = status, title, words


FOREIGN = Refused(
    403,
    "That form came from somewhere else",
    "Another site tried to send it in your name, so nothing was done. If it was you, open the page here "
    "and try again.",
)
UNREADABLE = Refused(
    400, "That form can't be read", "Nothing was done. Please go back, reload the page and try again."
)
OTHER_TYPE = Refused(
    415, "That form can't be read", "It was not sent the way our pages send forms. Nothing was done."
)
TOO_LARGE = Refused(
    413, "That is more than fits", "Nothing was done. Please go back and shorten what you have entered."
)


def takes_form(
    handle: Callable[[Request, Form], Response],
) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that reads its form, and lets `handle` answer in a thread; a refusal is a page."""

    @wraps(handle)
    async def endpoint(request: Request) -> Response:
        try:
            form = await read(request)
        except Refused as refused:
            return notice(refused.title, refused.words, status=refused.status, go=("Go on", "/"))
        return await run_in_threadpool(handle, request, form)

    return endpoint


async def read(request: Request) -> dict[str, str]:
    """The fields of the form; of several with one name the first.

    Raises:
        Refused: it comes from another site, is too large, or no such form.
    """
    if not same_origin(request):
        raise FOREIGN
    if request.headers.get("content-type", URLENCODED).partition(";")[0].strip().lower() != URLENCODED:
        raise OTHER_TYPE
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise TOO_LARGE
    try:
        # Bytes that are no UTF-8 become replacement characters, so no lone surrogate gets any further.
        fields = parse_qsl(
            body.decode(errors="replace"), keep_blank_values=True, errors="replace", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise UNREADABLE from None
    if any(len(value) > MAX_FIELD for _, value in fields):
        raise TOO_LARGE
    return dict(reversed(fields))
