"""Instagram: the account, its posts and stories, their numbers, its days, and who follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from platforms.contract import Account, Answer, Entity
from platforms.errors import NetworkError, TemporarilyRejected
from platforms.http import Api, Reply
from platforms.instagram.errors import LABEL
from platforms.instagram.paging import (
    ACCOUNT_FIELDS,
    BREAKDOWNS,
    FACEBOOK_FIELDS,
    MEDIA_FIELDS,
    DaysPosition,
    MetricsPosition,
    PostsPosition,
    demographics,
)
from platforms.meta.answers import answer_of
from platforms.meta.asking import ask_alive
from platforms.meta.errors import is_about_one_post, is_invalid_parameter
from platforms.meta.listing import after_of, posts_of
from platforms.meta.positions import as_cursor


class InstagramCollector:
    """Collects an Instagram account, at the host of its login."""

    entities: tuple[Entity, ...] = (
        Entity.ACCOUNT,
        Entity.POSTS,
        Entity.POST_METRICS,
        Entity.ACCOUNT_METRICS,
        Entity.DEMOGRAPHICS,
    )

    def __init__(self, apis: Mapping[str, Api]) -> None:
        self._apis = apis

    def collect(
        self, account: Account, entity: Entity, since: datetime | None, until: datetime, cursor: str | None
    ) -> Iterator[Answer]:
        """Yield the answers of an entity; see `platforms.contract.Collector`.

        Stories are listed for a day only and come along whatever `since` says. Where Instagram refuses
        numbers of one post or knows none of a group's metrics any more, its refusal is the answer.
        """
        if entity is Entity.ACCOUNT:
            params = {"fields": ACCOUNT_FIELDS}
            reply = self._read(account, account.external_id, params)
            yield answer_of(account, entity, account.external_id, params, reply, None)
        elif entity is Entity.POSTS:
            yield from self._posts(account, PostsPosition.start(since, cursor))
        elif entity is Entity.POST_METRICS:
            yield from self._post_metrics(account, MetricsPosition.start(since, cursor))
        elif entity is Entity.ACCOUNT_METRICS:
            yield from self._days(account, DaysPosition.start(since, until, cursor), until)
        else:
            yield from self._demographics(account, cursor)

    def _posts(self, account: Account, first: PostsPosition) -> Iterator[Answer]:
        following: PostsPosition | None = first
        while following is not None:
            position = following
            path = f"{account.external_id}/{position.edge}"
            params, reply = self._posts_page(account, path, position)
            following = position.following(after_of(reply.document or {}))
            if following == position:
                raise TemporarilyRejected(f"{LABEL}'s list of posts does not go on")
            yield answer_of(account, Entity.POSTS, path, params, reply, as_cursor(following))

    def _posts_page(
        self, account: Account, path: str, position: PostsPosition
    ) -> tuple[dict[str, str], Reply]:
        """A page with the counters that the login has, or without those that Meta does not know any more."""
        if account.server:
            params = position.params(FACEBOOK_FIELDS)
            reply = self._read(account, path, params, tolerated=is_invalid_parameter)
            if not reply.refused:
                return params, reply
        params = position.params(MEDIA_FIELDS)
        return params, self._read(account, path, params)

    def _post_metrics(self, account: Account, first: MetricsPosition) -> Iterator[Answer]:
        """One answer for each post, looked for one ahead so that the last one is known."""
        dead = list(first.dead)
        listed = self._listed(account, first)
        current = next(listed, None)
        while current is not None:
            page, post = current
            post_id, product = str(post["id"]), str(post.get("media_product_type") or "FEED")
            metrics = MetricsPosition(page, dead=tuple(dead)).metrics(product)
            path = f"{post_id}/insights"
            params, reply, alive = ask_alive(
                self._apis[account.server],
                account,
                path,
                metrics,
                lambda some: {"metric": ",".join(some)},
                tolerated=is_about_one_post,
            )
            dead += [f"{product} {metric}" for metric in metrics if metric not in alive]
            current = next(listed, None)
            going_on = MetricsPosition(page, post_id, tuple(dead)) if current else None
            yield answer_of(
                account, Entity.POST_METRICS, path, params, reply, as_cursor(going_on), post=post_id
            )

    def _listed(
        self, account: Account, first: MetricsPosition
    ) -> Iterator[tuple[PostsPosition, Mapping[str, Any]]]:
        """The posts from a position on, each with its page. A done one that is gone begins its page anew."""
        page: PostsPosition | None = first.page
        done = first.done
        while page is not None:
            path = f"{account.external_id}/{page.edge}"
            document = self._read(account, path, page.params("id,media_product_type")).document or {}
            posts = posts_of(document)
            places = [place for place, post in enumerate(posts) if post.get("id") == done]
            for post in posts[places[0] + 1 :] if places else posts:
                yield page, post
            following = page.following(after_of(document))
            if following == page:
                raise TemporarilyRejected(f"{LABEL}'s list of posts does not go on")
            page, done = following, None

    def _days(self, account: Account, first: DaysPosition, until: datetime) -> Iterator[Answer]:
        path = f"{account.external_id}/insights"
        dead: set[str] = set()
        following: DaysPosition | None = first
        while following is not None:
            position = following
            following = position.following(until)
            metrics = [m for m in position.metrics if m not in dead] or list(position.metrics)
            params, reply, alive = ask_alive(
                self._apis[account.server], account, path, metrics, partial(position.params, until)
            )
            dead |= set(metrics) - set(alive)
            yield answer_of(account, Entity.ACCOUNT_METRICS, path, params, reply, as_cursor(following))

    def _demographics(self, account: Account, cursor: str | None) -> Iterator[Answer]:
        """One answer for each breakdown; the cursor names the next one."""
        path = f"{account.external_id}/insights"
        for place in range(BREAKDOWNS.index(cursor) if cursor else 0, len(BREAKDOWNS)):
            params = demographics(BREAKDOWNS[place])
            reply = self._read(account, path, params, tolerated=is_invalid_parameter)
            going_on = BREAKDOWNS[place + 1] if place + 1 < len(BREAKDOWNS) else None
            yield answer_of(account, Entity.DEMOGRAPHICS, path, params, reply, going_on)

    def _read(
        self,
        account: Account,
        path: str,
        params: Mapping[str, str],
        *,
        tolerated: Callable[[NetworkError], bool] | None = None,
    ) -> Reply:
        token = account.credentials.access_token
        return self._apis[account.server].read(path, params, token=token, tolerated=tolerated)
