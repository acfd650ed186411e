"""What the parts of collecting a page share: an answer as it is kept, and metrics that Meta has dropped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from platforms.contract import Account, Answer, Entity
from platforms.facebook.errors import is_invalid_parameter
from platforms.http import Api, Reply
from platforms.redaction import cut

Params = dict[str, str]


def accepted(api: Api, account: Account, path: str, params: Params) -> bool:
    """Whether Meta answers this at all: False for a name it does not know any more."""
    return not tolerant(api, account, path, params).refused


def tolerant(api: Api, account: Account, path: str, params: Params) -> Reply:
    """A read whose refusal for an invalid parameter is an answer, marked `refused`."""
    return api.read(path, params, token=account.credentials.access_token, tolerated=is_invalid_parameter)


def without_dead(
    api: Api,
    account: Account,
    path: str,
    metrics: tuple[str, ...],
    params: Callable[[tuple[str, ...]], Params],
) -> tuple[tuple[str, ...], Reply]:
    """Read metrics of which some may be dead: those that are alive, and their answer.

    One dead name refuses the whole call, so after a refusal each is asked alone. Where none is alive,
    the refusal is the answer.
    """
    reply = tolerant(api, account, path, params(metrics))
    if not reply.refused:
        return metrics, reply
    alive = tuple(one for one in metrics if accepted(api, account, path, params((one,))))
    if not alive:
        return (), reply
    return alive, api.read(path, params(alive), token=account.credentials.access_token)


def as_answer(
    account: Account,
    entity: Entity,
    request: tuple[str, Params],
    reply: Reply,
    cursor: str | None,
    **more: Any,
) -> Answer:
    """The raw answer to a path and its parameters. Meta's paging links can carry the token: it is cut out."""
    path, params = request
    return Answer(
        entity,
        {"path": path, "params": params, **more},
        reply.requested_at,
        reply.status,
        cut(reply.body, account.credentials.access_token),
        cursor,
    )
