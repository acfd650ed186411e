"""X: the account's own numbers, and its posts with their counters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from platforms.contract import Account, Answer, Entity
from platforms.errors import Rejected, TemporarilyRejected
from platforms.http import Api, Reply
from platforms.redaction import cut
from platforms.x.paging import USER_FIELDS, PostsPosition, as_cursor


class XCollector:
    """Collects an X account. X has no daily series of an account."""

    entities: tuple[Entity, ...] = (Entity.ACCOUNT, Entity.POSTS)

    def __init__(self, api: Api) -> None:
        self._api = api

    def collect(
        self, account: Account, entity: Entity, since: datetime | None, until: datetime, cursor: str | None
    ) -> Iterator[Answer]:
        """Yield the answers of an entity; see `platforms.contract.Collector`.

        X gives the newest 3,200 posts at most.
        """
        if entity is Entity.ACCOUNT:
            path, params = "2/users/me", {"user.fields": USER_FIELDS}
            reply = self._api.read(path, params, token=account.credentials.access_token)
            yield _answer(account, entity, path, params, reply, None)
        elif entity is Entity.POSTS:
            yield from self._posts(account, PostsPosition.start(since, until, cursor))
        else:
            raise Rejected(f"X has no {entity.value}")

    def _posts(self, account: Account, first: PostsPosition) -> Iterator[Answer]:
        path = f"2/users/{account.external_id}/tweets"
        following: PostsPosition | None = first
        while following is not None:
            position = following
            reply = self._api.read(path, position.params(), token=account.credentials.access_token)
            following = position.following(reply.document or {})
            if following == position:
                raise TemporarilyRejected("X's list of posts does not go on")
            yield _answer(account, Entity.POSTS, path, position.params(), reply, following)


def _answer(
    account: Account,
    entity: Entity,
    path: str,
    params: dict[str, str],
    reply: Reply,
    following: PostsPosition | None,
) -> Answer:
    return Answer(
        entity,
        {"path": path, "params": params},
        reply.requested_at,
        reply.status,
        cut(reply.body, account.credentials.access_token),
        as_cursor(following),
    )
