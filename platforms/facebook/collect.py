"""Facebook Pages: the page, its posts with their numbers, and its daily series."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from platforms.contract import Account, Answer, Entity
from platforms.errors import Rejected, TemporarilyRejected
from platforms.facebook.errors import is_invalid_parameter, is_too_much
from platforms.facebook.paging import PAGE_FIELDS, Position, PostsPosition, SeriesPosition, as_cursor
from platforms.http import Api, Reply
from platforms.redaction import cut

SMALLEST_PAGE = 10


class FacebookCollector:
    """Collects a Facebook Page."""

    entities: tuple[Entity, ...] = (Entity.ACCOUNT, Entity.POSTS, Entity.ACCOUNT_METRICS)

    def __init__(self, api: Api) -> None:
        self._api = api

    def collect(
        self, account: Account, entity: Entity, since: datetime | None, until: datetime, cursor: str | None
    ) -> Iterator[Answer]:
        """Yield the answers of an entity; see `platforms.contract.Collector`.

        Series: when Meta knows none of a group's metrics any more, its refusal is the group's answer.
        """
        if entity is Entity.ACCOUNT:
            params = {"fields": PAGE_FIELDS}
            reply = self._api.read(account.external_id, params, token=account.credentials.access_token)
            yield _answer(account, entity, account.external_id, params, reply, None)
        elif entity is Entity.POSTS:
            yield from self._posts(account, PostsPosition.start(since, cursor))
        else:
            yield from self._series(account, SeriesPosition.start(since, until, cursor), until)

    def _posts(self, account: Account, first: PostsPosition) -> Iterator[Answer]:
        path = f"{account.external_id}/published_posts"
        following: PostsPosition | None = first
        while following is not None:
            reply, position = self._posts_page(account, path, following)
            following = position.following(reply.document or {})
            if following == position:
                raise TemporarilyRejected("Facebook's list of posts does not go on")
            yield _answer(account, Entity.POSTS, path, position.params(), reply, following)

    def _posts_page(
        self, account: Account, path: str, position: PostsPosition
    ) -> tuple[Reply, PostsPosition]:
        """One page of posts, and the position that Meta accepted: less at a time, or without dead metrics."""
        while True:
            try:
                reply = self._api.read(path, position.params(), token=account.credentials.access_token)
            except Rejected as error:
                less = self._asking_less(account, path, position, error)
                if less is None:
                    raise
                position = less
            else:
                return reply, position

    def _asking_less(
        self, account: Account, path: str, position: PostsPosition, error: Rejected
    ) -> PostsPosition | None:
        """The position to try after a refusal, or None when asking for less would not help."""
        if is_too_much(error) and position.limit > SMALLEST_PAGE:
            return replace(position, limit=position.limit // 2)
        if not is_invalid_parameter(error):
            return None
        alive = tuple(
            metric
            for metric in position.metrics
            if self._accepted(account, path, replace(position, metrics=(metric,), limit=1).params())
        )
        return replace(position, metrics=alive) if alive != position.metrics else None

    def _series(self, account: Account, first: SeriesPosition, until: datetime) -> Iterator[Answer]:
        path = f"{account.external_id}/insights"
        following: SeriesPosition | None = first
        while following is not None:
            params, reply = self._series_group(account, path, following)
            following = following.following(until)
            yield _answer(account, Entity.ACCOUNT_METRICS, path, params, reply, following)

    def _series_group(
        self, account: Account, path: str, position: SeriesPosition
    ) -> tuple[dict[str, str], Reply]:
        """A group's series without the metrics that Meta does not know any more, and what was asked."""
        token, params = account.credentials.access_token, position.params(position.metrics)
        reply = self._api.read(path, params, token=token, tolerated=is_invalid_parameter)
        if not reply.refused:
            return params, reply
        alive = tuple(m for m in position.metrics if self._accepted(account, path, position.params((m,))))
        if not alive:
            return params, reply
        params = position.params(alive)
        return params, self._api.read(path, params, token=token)

    def _accepted(self, account: Account, path: str, params: dict[str, str]) -> bool:
        token = account.credentials.access_token
        return not self._api.read(path, params, token=token, tolerated=is_invalid_parameter).refused


def _answer(
    account: Account,
    entity: Entity,
    path: str,
    params: dict[str, str],
    reply: Reply,
    following: Position | None,
) -> Answer:
    """The raw answer. Meta's paging links can carry the token, which must not be kept."""
    return Answer(
        entity,
        {"path": path, "params": params},
        reply.requested_at,
        reply.status,
        cut(reply.body, account.credentials.access_token),
        as_cursor(following),
    )
