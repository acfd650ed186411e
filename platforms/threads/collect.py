"""Threads: the profile, its posts and replies, their numbers, its days, and who follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial

from platforms.contract import Account, Answer, Entity
from platforms.errors import NeedsPerson, NetworkError, TemporarilyRejected
from platforms.http import Api, Reply
from platforms.meta.answers import answer_of
from platforms.meta.asking import ask_alive
from platforms.meta.errors import is_about_one_post, is_invalid_parameter
from platforms.meta.listing import after_of, posts_of
from platforms.meta.positions import as_cursor
from platforms.threads.errors import LABEL
from platforms.threads.paging import (
    BREAKDOWNS,
    EDGES,
    FOLLOWERS,
    POST_METRICS,
    PROFILE_FIELDS,
    DaysPosition,
    MetricsPosition,
    PostsPosition,
)

INSIGHTS = "me/threads_insights"
FOLLOWERS_STEP = "followers"  # the cursor of an account's second answer


class ThreadsCollector:
    """Collects a Threads profile."""

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

        The account comes in two answers, itself and its followers. Where Threads refuses the numbers of one
        post, or replies for want of a permission, its refusal is the answer.
        """
        if entity is Entity.ACCOUNT:
            yield from self._account(account, cursor)
        elif entity is Entity.POSTS:
            yield from self._posts(account, PostsPosition.start(since, cursor))
        elif entity is Entity.POST_METRICS:
            yield from self._post_metrics(account, MetricsPosition.start(since, cursor))
        elif entity is Entity.ACCOUNT_METRICS:
            yield from self._days(account, DaysPosition.start(since, until, cursor), until)
        else:
            yield from self._demographics(account, cursor)

    def _account(self, account: Account, cursor: str | None) -> Iterator[Answer]:
        if cursor is None:
            params = {"fields": PROFILE_FIELDS}
            reply = self._read(account, "me", params)
            yield answer_of(account, Entity.ACCOUNT, "me", params, reply, FOLLOWERS_STEP)
        reply = self._read(account, INSIGHTS, FOLLOWERS, tolerated=_is_refusal)
        yield answer_of(account, Entity.ACCOUNT, INSIGHTS, FOLLOWERS, reply, None)

    def _posts(self, account: Account, first: PostsPosition) -> Iterator[Answer]:
        for position, reply in self._pages(account, first, None):
            following = position.following(after_of(reply.document or {}))
            path, params = f"me/{position.edge}", position.params()
            yield answer_of(account, Entity.POSTS, path, params, reply, as_cursor(following))

    def _pages(
        self, account: Account, first: PostsPosition, fields: str | None
    ) -> Iterator[tuple[PostsPosition, Reply]]:
        """The pages from a position on. Replies need a permission of their own: without it, none."""
        position: PostsPosition | None = first
        while position is not None:
            fine = _is_refusal if position.edge == EDGES[1] else None
            reply = self._read(account, f"me/{position.edge}", position.params(fields), tolerated=fine)
            yield position, reply
            following = position.following(after_of(reply.document or {}))
            if following == position:
                raise TemporarilyRejected(f"{LABEL}'s list of posts does not go on")
            position = following

    def _post_metrics(self, account: Account, first: MetricsPosition) -> Iterator[Answer]:
        """One answer for each post, looked for one ahead so that the last one is known."""
        dead = list(first.dead)
        listed = self._listed(account, first)
        current = next(listed, None)
        while current is not None:
            page, post_id = current
            metrics = [metric for metric in POST_METRICS if metric not in dead]
            path = f"{post_id}/insights"
            params, reply, alive = ask_alive(
                self._api,
                account,
                path,
                metrics,
                lambda some: {"metric": ",".join(some)},
                tolerated=is_about_one_post,
            )
            dead += [metric for metric in metrics if metric not in alive]
            current = next(listed, None)
            cursor = as_cursor(MetricsPosition(page, post_id, tuple(dead)) if current else None)
            yield answer_of(account, Entity.POST_METRICS, path, params, reply, cursor, post=post_id)

    def _listed(self, account: Account, first: MetricsPosition) -> Iterator[tuple[PostsPosition, str]]:
        """The posts from a position on, each with its page. A done one that is gone begins its page anew.

        Reposts of others' posts have no numbers.
        """
        done = first.done
        for page, reply in self._pages(account, first.page, "id,media_type"):
            posts = posts_of(reply.document or {})
            places = [place for place, post in enumerate(posts) if post.get("id") == done]
            for post in posts[places[0] + 1 :] if places else posts:
                if post.get("media_type") != "REPOST_FACADE":
                    yield page, str(post["id"])
            done = None

    def _days(self, account: Account, first: DaysPosition, until: datetime) -> Iterator[Answer]:
        dead: set[str] = set()
        following: DaysPosition | None = first
        while following is not None:
            position = following
            following = position.following(until)
            metrics = [m for m in position.metrics if m not in dead] or list(position.metrics)
            params, reply, alive = ask_alive(
                self._api, account, INSIGHTS, metrics, partial(position.params, until)
            )
            dead |= set(metrics) - set(alive)
            yield answer_of(account, Entity.ACCOUNT_METRICS, INSIGHTS, params, reply, as_cursor(following))

    def _demographics(self, account: Account, cursor: str | None) -> Iterator[Answer]:
        """One answer for each breakdown; the cursor names the next one. Below 100 followers, refusals."""
        for place in range(BREAKDOWNS.index(cursor) if cursor else 0, len(BREAKDOWNS)):
            params = {"metric": "follower_demographics", "breakdown": BREAKDOWNS[place]}
            reply = self._read(account, INSIGHTS, params, tolerated=is_invalid_parameter)
            going_on = BREAKDOWNS[place + 1] if place + 1 < len(BREAKDOWNS) else None
            yield answer_of(account, Entity.DEMOGRAPHICS, INSIGHTS, params, reply, going_on)

    def _read(
        self,
        account: Account,
        path: str,
        params: Mapping[str, str],
        *,
        tolerated: Callable[[NetworkError], bool] | None = None,
    ) -> Reply:
        token = account.credentials.access_token
        return self._api.read(path, params, token=token, tolerated=tolerated)


def _is_refusal(error: NetworkError) -> bool:
    """Whether it is the permission or the number itself that Threads does not have."""
    return isinstance(error, NeedsPerson) or is_invalid_parameter(error)
