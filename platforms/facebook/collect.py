"""Facebook Pages: the page, its posts and reels with their numbers, its daily series, and who follows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from platforms.contract import Account, Answer, Entity
from platforms.errors import Rejected, TemporarilyRejected
from platforms.facebook.errors import LABEL
from platforms.facebook.paging import (
    DEMOGRAPHICS,
    PAGE_FIELDS,
    PostsPosition,
    ReelsPosition,
    SeriesPosition,
    demographics_params,
)
from platforms.http import Api, Reply
from platforms.meta.answers import answer_of
from platforms.meta.asking import Params, ask_alive
from platforms.meta.errors import is_invalid_parameter, is_too_much
from platforms.meta.listing import posts_of
from platforms.meta.positions import as_cursor

SMALLEST_PAGE = 10


class FacebookCollector:
    """Collects a Facebook Page."""

    entities: tuple[Entity, ...] = (
        Entity.ACCOUNT,
        Entity.POSTS,
        Entity.POST_METRICS,
        Entity.ACCOUNT_METRICS,
        Entity.DEMOGRAPHICS,
    )

    def __init__(self, api: Api) -> None:
        self._api = api

    def collect(
        self, account: Account, entity: Entity, since: datetime | None, until: datetime, cursor: str | None
    ) -> Iterator[Answer]:
        """Yield the answers of an entity; see `platforms.contract.Collector`.

        Posts come with their metrics, reels (after the posts) without: theirs are POST_METRICS.
        Series: when Meta knows none of a group's metrics any more, its refusal is the group's answer.
        """
        match entity:
            case Entity.ACCOUNT:
                params = {"fields": PAGE_FIELDS}
                reply = self._api.read(account.external_id, params, token=account.credentials.access_token)
                yield answer_of(account, entity, account.external_id, params, reply, None)
            case Entity.POSTS:
                yield from self._posts(account, PostsPosition.start(since, cursor))
            case Entity.POST_METRICS:
                yield from self._reels(account, ReelsPosition.start(since, cursor))
            case Entity.ACCOUNT_METRICS:
                yield from self._series(account, SeriesPosition.start(since, until, cursor), until)
            case Entity.DEMOGRAPHICS:
                yield from self._demographics(account, until, cursor)

    def _posts(self, account: Account, first: PostsPosition) -> Iterator[Answer]:
        following: PostsPosition | None = first
        while following is not None:
            path = f"{account.external_id}/{following.edge}"
            reply, position = self._posts_page(account, path, following)
            following = position.following(reply.document or {})
            if following == position:
                raise TemporarilyRejected("Facebook's list of posts does not go on")
            yield answer_of(account, Entity.POSTS, path, position.params(), reply, as_cursor(following))

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
        if not is_invalid_parameter(error) or position.reels:
            return None
        alive = tuple(
            metric
            for metric in position.metrics
            if not self._asked(account, path, replace(position, metrics=(metric,), limit=1).params()).refused
        )
        return replace(position, metrics=alive) if alive != position.metrics else None

    def _reels(self, account: Account, first: ReelsPosition) -> Iterator[Answer]:
        """The lifetime numbers of each reel, one answer a reel; an empty list is an answer itself."""
        path = f"{account.external_id}/video_reels"
        following: ReelsPosition | None = first
        while following is not None:
            position = following
            listing = self._api.read(path, position.params(), token=account.credentials.access_token)
            document = listing.document or {}
            reels = [str(reel["id"]) for reel in posts_of(document)]
            following = position.following(document)
            if following and following.after == position.after:
                raise TemporarilyRejected(f"{LABEL}'s list of reels does not go on")
            if not reels:
                params, cursor = position.params(), as_cursor(following)
                yield answer_of(account, Entity.POST_METRICS, path, params, listing, cursor, posts=[])
            for reel in reels[position.done :]:
                insights = f"{reel}/video_insights"
                params, reply, alive = ask_alive(
                    self._api, account, insights, position.metrics, position.metric_params
                )
                position = replace(position, metrics=alive, done=position.done + 1)
                following = position.following(document)
                cursor = as_cursor(position if position.done < len(reels) else following)
                yield answer_of(account, Entity.POST_METRICS, insights, params, reply, cursor, posts=[reel])

    def _series(self, account: Account, first: SeriesPosition, until: datetime) -> Iterator[Answer]:
        path = f"{account.external_id}/insights"
        following: SeriesPosition | None = first
        while following is not None:
            position = following
            params, reply, _ = ask_alive(self._api, account, path, position.metrics, position.params)
            following = position.following(until)
            yield answer_of(account, Entity.ACCOUNT_METRICS, path, params, reply, as_cursor(following))

    def _demographics(self, account: Account, until: datetime, cursor: str | None) -> Iterator[Answer]:
        """One answer for each breakdown of the followers; a refusal is one as well."""
        path = f"{account.external_id}/insights"
        for number in range(int(cursor or 0), len(DEMOGRAPHICS)):
            params = demographics_params(DEMOGRAPHICS[number], until)
            reply = self._asked(account, path, params)
            following = str(number + 1) if number + 1 < len(DEMOGRAPHICS) else None
            yield answer_of(account, Entity.DEMOGRAPHICS, path, params, reply, following)

    def _asked(self, account: Account, path: str, params: Params) -> Reply:
        """A read whose refusal for an invalid parameter is an answer, marked `refused`."""
        token = account.credentials.access_token
        return self._api.read(path, params, token=token, tolerated=is_invalid_parameter)
