"""The client's link to approve a post, without an account. Opening it changes nothing; its form decides."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.views import looks, thumbnails
from app.views.times import moment, zone_or_utc
from app.web.forms import Form, takes_form
from app.web.origin import origin_of
from app.web.paths import APPROVE, HOME, with_token
from app.web.rendering import go_to, notice, page, status_of, with_patience
from identity import limits
from identity.errors import LinkError, TooManyTriesError
from identity.limits import Limit
from publishing import reading
from publishing.approvals import client
from publishing.approvals.client import Visit
from publishing.approvals.comments import comments_of
from publishing.approvals.models import Standing
from publishing.approvals.words import LONGEST, WordsError
from publishing.changes import NotAllowedError
from publishing.content import Content
from publishing.states import State

TRIES: Final = Limit("approval_links", 60, 600)  # of one network: what is sent, and guesses
CHANGED: Final = "The post is being changed. You get a new link when it is ready."


@dataclass(frozen=True)
class File:
    """A file to look at, by the local address that it is served from."""

    kind: str
    address: str
    alt: str
    name: str


def show(request: Request) -> Response:
    """The post with its comments and, while it is the client's to decide, the form."""
    token = request.query_params.get("token", "")
    try:
        with client.visit(token) as visit:
            return _page(visit, token)
    except LinkError as error:
        return _miss(request, error)


def answer(request: Request, form: Form) -> Response:
    """Approve, ask for changes or comment; then the page again, with what came of it."""
    token, words = form.get("token", ""), form.get("words", "")
    try:
        _count(request)
        with client.visit(token) as visit:
            if form.get("do") == "comment":
                visit.comment(words)
            elif form.get("do") in ("approve", "changes"):
                visit.decide(approves=form["do"] == "approve", words=words)
        return go_to(with_token(APPROVE, token))
    except LinkError as error:
        return _gone(error)
    except TooManyTriesError as error:
        return _patience(error)
    except WordsError as error:
        return _again(request, token, words, str(error), 422)
    except NotAllowedError as error:
        return _again(request, token, words, str(error), 409)


routes = [
    Route(APPROVE, show, methods=["GET"]),
    Route(APPROVE, takes_form(answer), methods=["POST"]),
]


def _again(request: Request, token: str, words: str, problem: str, status: int) -> Response:
    """The page with what was typed, and why it was not done."""
    try:
        with client.visit(token) as visit:
            return _page(visit, token, words=words, problem=problem, status=status)
    except LinkError as error:
        return _miss(request, error)


def _page(visit: Visit, token: str, *, words: str = "", problem: str = "", status: int = 200) -> Response:
    zone = zone_or_utc(visit.timezone)
    found = reading.post(visit.session, visit.round.post_id) if visit.is_shown else None
    due = [
        one.row.due_at
        for one in (found.publications if found else ())
        if one.row.due_at and one.row.current in (State.IN_REVIEW, State.SCHEDULED)
    ]
    remarks = comments_of(visit.session, visit.round.post_id, of_client=True) if visit.is_shown else []
    values = {
        "organization": visit.organization,
        "brand": visit.brand,
        "step": visit.round.steps[visit.place.step].name,
        "due": moment(min(due), zone) if due else "",
        "looks": looks.looks(found) if found else [],
        "files": partial(_files, visit.place.organization_id),
        "remarks": [(one.by_name, moment(one.at, zone), one.words) for one in remarks],
        "asked": visit.is_asked,
        "outcome": "" if visit.is_asked else _outcome(visit),
        "token": token,
        "words": words,
        "longest": LONGEST,
        "problem": problem,
    }
    return page("approve.html", values, status=status)


def _files(organization_id: UUID, part: Content) -> list[File]:
    return [
        File(
            file.mime.partition("/")[0],
            thumbnails.address(organization_id, file),
            file.alt,
            thumbnails.facts(file),
        )
        for file in part.media
    ]


def _outcome(visit: Visit) -> str:
    """How it ended, for who opens the link once more."""
    if visit.round.standing is Standing.WITHDRAWN or not visit.is_shown:
        return CHANGED
    mine = visit.own_decision
    if mine is not None:
        on = moment(mine.at, zone_or_utc(visit.timezone))
        if mine.approves:
            return f"You approved this post on {on}. Thank you."
        return f"You asked for changes on {on}: “{mine.words}” You get a new link when they are made."
    if visit.round.standing is Standing.CHANGES_REQUESTED:
        return "Somebody asked for changes. You get a new link when they are made."
    return "This was approved already. There is nothing left to do."


def _miss(request: Request, error: LinkError) -> Response:
    """A link that opens nothing counts as a guess."""
    try:
        _count(request)
    except TooManyTriesError as too_many:
        return _patience(too_many)
    return _gone(error)


def _count(request: Request) -> None:
    limits.count(TRIES, limits.network_of(origin_of(request).ip))


def _patience(error: TooManyTriesError) -> Response:
    answered = notice("Please wait a little", str(error), status=status_of(error))
    return with_patience(answered, error)


def _gone(error: LinkError) -> Response:
    return notice("This link no longer works", str(error), status=410, go=("Go to AllIN", HOME))
