"""Bluesky: the account's own numbers and its posts with their counters. There is no history of either.

Sources: the lexicons app.bsky.actor.getProfile and app.bsky.feed.getAuthorFeed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from platforms.bluesky.errors import LABEL
from platforms.bluesky.hosts import Hosts
from platforms.contract import Account, Answer, Entity
from platforms.errors import Rejected, TemporarilyRejected
from platforms.http import Reply
from platforms.redaction import cut

FEED = "xrpc/app.bsky.feed.getAuthorFeed"
PROFILE = "xrpc/app.bsky.actor.getProfile"


class BlueskyCollector:
    """Collects a Bluesky account. All that is known of a post stands in the listing."""

    entities: tuple[Entity, ...] = (Entity.ACCOUNT, Entity.POSTS)

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts

    def collect(
        self,
        account: Account,
        entity: Entity,
        since: datetime | None,
        until: datetime,  # noqa: ARG002
        cursor: str | None,
    ) -> Iterator[Answer]:
        """Yield the answers of an entity; see `platforms.contract.Collector`.

        Bluesky can't be asked for a span: the last page has older posts too. Reposts of others' posts stand
        among the account's own, each with a ``reason``.
        """
        if entity is Entity.ACCOUNT:
            params = {"actor": account.external_id}
            yield _answer(account, entity, PROFILE, params, self._read(account, PROFILE, params), None)
        elif entity is Entity.POSTS:
            yield from self._posts(account, since, cursor)
        else:
            raise Rejected(f"{LABEL} has no {entity.value}")

    def _posts(self, account: Account, since: datetime | None, cursor: str | None) -> Iterator[Answer]:
        following, first = cursor, True
        while following or first:
            params = {"actor": account.external_id, "limit": "100", "filter": "posts_with_replies"}
            params |= {"cursor": following} if following else {}
            reply = self._read(account, FEED, params)
            document = reply.document or {}
            asked, following = following, document.get("cursor") or None
            if following and following == asked:
                raise TemporarilyRejected(f"{LABEL}'s list of posts does not go on")
            if since and _ends_before(document.get("feed") or [], since):
                following = None
            yield _answer(account, Entity.POSTS, FEED, params, reply, following)
            first = False

    def _read(self, account: Account, path: str, params: Mapping[str, str]) -> Reply:
        return self._hosts.of(account).read(path, params, token=account.credentials.access_token)


def _ends_before(feed: list[dict[str, Any]], since: datetime) -> bool:
    """Whether the oldest entry of a page is older than `since` (aware UTC)."""
    return bool(feed) and _listed_at(feed[-1]) < since


def _listed_at(entry: Mapping[str, Any]) -> datetime:
    """The moment by which Bluesky sorts an entry: a repost's own, else when the post was made.

    A post may say it was made earlier than it was, never later.
    """
    reason, post = entry.get("reason") or {}, entry["post"]
    if reason.get("indexedAt"):
        return _moment(reason["indexedAt"])
    indexed = _moment(post["indexedAt"])
    try:
        return min(_moment(str(post["record"]["createdAt"])), indexed)
    except (LookupError, TypeError, ValueError):
        return indexed


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _answer(
    account: Account,
    entity: Entity,
    path: str,
    params: Mapping[str, str],
    reply: Reply,
    following: str | None,
) -> Answer:
    return Answer(
        entity,
        {"path": path, "params": dict(params)},
        reply.requested_at,
        reply.status,
        cut(reply.body, account.credentials.access_token),
        following,
    )
