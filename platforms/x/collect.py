"""X: the account's own numbers, its posts with their counters, and what its analytics say of the young ones.

Sources: docs.x.com "Metrics", "Get Post analytics", OpenAPI 2.166 and 2.167. Posts are asked for in the Tweet
family of names; X answers in that or in the Post family, and answers are kept as they came.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from platforms.contract import Account, Answer, Entity
from platforms.errors import NeedsPerson, NetworkError, Rejected, TemporarilyRejected
from platforms.http import Api, Reply
from platforms.redaction import cut
from platforms.x.errors import LABEL, problem_types
from platforms.x.paging import ANALYTICS, PRIVATE, USER_FIELDS, PostsPosition, as_cursor, written

NOT_SHOWN = "not-authorized-for-field"


class XCollector:
    """Collects an X account. X has no daily series of an account."""

    entities: tuple[Entity, ...] = (Entity.ACCOUNT, Entity.POSTS, Entity.POST_METRICS)

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
        elif entity is Entity.POST_METRICS:
            young = max(since, until - PRIVATE) if since else until - PRIVATE
            yield from self._analytics(account, PostsPosition.start(young, until, cursor), until)
        else:
            raise Rejected(f"{LABEL} has no {entity.value}")

    def _posts(self, account: Account, first: PostsPosition) -> Iterator[Answer]:
        path = f"2/users/{account.external_id}/tweets"
        following: PostsPosition | None = first
        while following is not None:
            position, params = following, following.params()
            reply = self._api.read(path, params, token=account.credentials.access_token)
            if position.young and NOT_SHOWN in problem_types(reply.document or {}):
                # One post whose private numbers X keeps back is kept back whole: ask for the public ones.
                params = position.params(private=False)
                reply = self._api.read(path, params, token=account.credentials.access_token)
            following = _following(position, reply)
            yield _answer(account, Entity.POSTS, path, params, reply, following)

    def _analytics(self, account: Account, first: PostsPosition, until: datetime) -> Iterator[Answer]:
        """The numbers of posts since their publication; an app that may not ask gets X's refusal."""
        path, listed = "2/tweets/analytics", self._listed(account, first)
        current = next(listed, None)
        while current is not None:
            posts, place = current
            current = next(listed, None)
            params = {
                "ids": ",".join(posts),
                "start_time": written(datetime.fromisoformat(min(posts.values()))),
                "end_time": written(until),
                "granularity": "total",
                "analytics.fields": ANALYTICS,
            }
            reply = self._api.read(
                path, params, token=account.credentials.access_token, tolerated=_is_forbidden
            )
            current = None if reply.refused else current
            yield _answer(account, Entity.POST_METRICS, path, params, reply, place if current else None)

    def _listed(
        self, account: Account, first: PostsPosition
    ) -> Iterator[tuple[dict[str, str], PostsPosition | None]]:
        """When each young post was published, by id and page by page, with the position after it."""
        path = f"2/users/{account.external_id}/tweets"
        following: PostsPosition | None = first
        while following is not None:
            position = following
            reply = self._api.read(path, position.bare(), token=account.credentials.access_token)
            following = _following(position, reply)
            posts = (reply.document or {}).get("data") or []
            if posts:
                yield {str(post["id"]): str(post["created_at"]) for post in posts}, following


def _following(position: PostsPosition, reply: Reply) -> PostsPosition | None:
    following = position.following(reply.document or {})
    if following == position:
        raise TemporarilyRejected(f"{LABEL}'s list of posts does not go on")
    return following


def _is_forbidden(error: NetworkError) -> bool:
    """Whether the app as a whole may not ask this; that costs nothing but these numbers."""
    return isinstance(error, NeedsPerson) and error.status == 403


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
