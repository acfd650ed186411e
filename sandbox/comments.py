"""Comments that accounts put below their own posts: kept with what was accepted, and not among the posts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sandbox.ids import from_milliseconds, milliseconds
from sandbox.model import Account, Network
from sandbox.services import Services
from sandbox.store import Accepted
from sandbox.timeline import COMMENT


def accept(
    sandbox: Services,
    account: Account,
    now: datetime,
    text: str,
    *,
    below: str,
    comment_id: str,
    payload: dict[str, Any],
) -> Accepted:
    """Keep a new comment below a post, committed on return."""
    comment = Accepted(
        *(comment_id, account.network, account.id, text, COMMENT, None, below, None),
        *(True, from_milliseconds(milliseconds(now)), now, payload),
    )
    sandbox.store.accept(comment)
    return comment


def below(sandbox: Services, network: Network, post: str) -> list[Accepted]:
    """The comments of a post, the newest first."""
    found = [comment for comment in _all(sandbox, network) if comment.reply_to == post]
    return sorted(found, key=lambda comment: (comment.created_at, comment.id), reverse=True)


def find(sandbox: Services, network: Network, comment_id: str) -> Accepted | None:
    """A comment by its id, or None."""
    query = "SELECT account FROM posts WHERE id = ? AND network = ? AND kind = ?"
    if sandbox.store.row(query, comment_id, network, COMMENT) is None:
        return None
    return next((comment for comment in _all(sandbox, network) if comment.id == comment_id), None)


def number(sandbox: Services, network: Network, now: datetime) -> str:
    """A number that no comment of the network has yet: milliseconds, and three digits."""
    taken = len(_all(sandbox, network))
    return f"{milliseconds(now)}{taken % 1000:03d}"


def _all(sandbox: Services, network: Network) -> list[Accepted]:
    accepted = sandbox.store.accepted(network=network)
    return [one for one in accepted if one.kind == COMMENT and one.deleted_at is None]
