"""The raw answer of a call, as the lake keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from platforms.contract import Account, Answer, Entity
from platforms.http import Reply
from platforms.redaction import cut


def answer_of(
    account: Account,
    entity: Entity,
    path: str,
    params: Mapping[str, str],
    reply: Reply,
    next_cursor: str | None,
    **named: Any,
) -> Answer:
    """The answer with what was asked; `named` goes into the request too (the post it is about).

    Meta's paging links can carry the token, which must not be kept.
    """
    return Answer(
        entity,
        {"path": path, "params": dict(params), **named},
        reply.requested_at,
        reply.status,
        cut(reply.body, account.credentials.access_token),
        next_cursor,
    )
