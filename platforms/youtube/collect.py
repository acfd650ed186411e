"""YouTube: the channel, its videos with their numbers, its daily series, and who watches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from platforms.contract import Account, Answer, Entity
from platforms.errors import TemporarilyRejected
from platforms.http import Api, Reply
from platforms.redaction import cut
from platforms.youtube.library import VIDEOS, Library, Listed, Upload, moment
from platforms.youtube.reports import (
    DAILY,
    OF_VIDEOS,
    REPORTS,
    SLICE,
    VIEWERS,
    VIEWERS_SPAN,
    Reports,
    day,
    span,
)
from platforms.youtube.words import HIDDEN

CHANNEL_PARTS = "snippet,statistics"
VIDEO_PARTS = "snippet,contentDetails,status,statistics"


class YouTubeCollector:
    """Collects a YouTube channel."""

    entities: tuple[Entity, ...] = tuple(Entity)

    def __init__(self, api: Api, analytics: Api) -> None:
        self._library, self._reports = Library(api), Reports(analytics)

    def collect(
        self, account: Account, entity: Entity, since: datetime | None, until: datetime, cursor: str | None
    ) -> Iterator[Answer]:
        """Yield the answers of an entity; see `platforms.contract.Collector`.

        Posts and their metrics are listed by the uploads; a page without any wanted one is answered by the
        list itself. Hidden videos are no posts yet, and left out.
        """
        if entity is Entity.ACCOUNT:
            params, reply, _ = self._library.channel(account, CHANNEL_PARTS)
            yield _answer(account, entity, "youtube/v3/channels", params, reply, None)
        elif entity is Entity.POSTS:
            for listed, wanted, following in self._pages(account, since, cursor):
                yield self._posts(account, listed, wanted, following)
        elif entity is Entity.POST_METRICS:
            for listed, wanted, following in self._pages(account, since, cursor):
                yield self._post_metrics(account, listed, wanted, until, following)
        elif entity is Entity.ACCOUNT_METRICS:
            yield from self._series(account, since, until, cursor)
        else:
            yield from self._viewers(account, until, cursor)

    def _pages(
        self, account: Account, since: datetime | None, cursor: str | None
    ) -> Iterator[tuple[Listed, tuple[Upload, ...], str | None]]:
        """Pages of the uploads, of each the wanted ones, and where the next page begins."""
        playlist, page, more = self._library.playlist(account), cursor, True
        while more:
            listed = self._library.uploads(account, playlist, page)
            reaches = bool(listed.uploads) and since is not None and listed.uploads[-1].at < since
            following = None if reaches else listed.following
            if following is not None and following == page:
                raise TemporarilyRejected("YouTube's list of uploads does not go on")
            wanted = tuple(
                upload
                for upload in listed.uploads
                if upload.privacy != HIDDEN and (since is None or upload.at >= since)
            )
            yield listed, wanted, following
            page, more = following, following is not None

    def _posts(
        self, account: Account, listed: Listed, wanted: tuple[Upload, ...], following: str | None
    ) -> Answer:
        if not wanted:
            return _listing(account, Entity.POSTS, listed, following)
        params, reply = self._library.videos(account, (upload.id for upload in wanted), VIDEO_PARTS)
        return _answer(account, Entity.POSTS, VIDEOS, params, reply, following)

    def _post_metrics(
        self,
        account: Account,
        listed: Listed,
        wanted: tuple[Upload, ...],
        until: datetime,
        following: str | None,
    ) -> Answer:
        if not wanted:
            return _listing(account, Entity.POST_METRICS, listed, following)
        more = {
            **span(min(day(upload.at) for upload in wanted), day(until)),
            "dimensions": "video",
            "filters": f"video=={','.join(upload.id for upload in wanted)}",
            "sort": "-views",
            "maxResults": "200",
        }
        params, reply = self._reports.ask(account, OF_VIDEOS, more)
        return _answer(account, Entity.POST_METRICS, REPORTS, params, reply, following)

    def _series(
        self, account: Account, since: datetime | None, until: datetime, cursor: str | None
    ) -> Iterator[Answer]:
        """A year at a time; a cursor is the first day of a slice."""
        first, last = date.fromisoformat(cursor) if cursor else self._first_day(account, since), day(until)
        following: date | None = min(first, last)
        while following is not None:
            first, end = following, min(following + SLICE - timedelta(days=1), last)
            params, reply = self._reports.ask(
                account, DAILY, {**span(first, end), "dimensions": "day", "sort": "day"}
            )
            following = end + timedelta(days=1) if end < last else None
            position = following.isoformat() if following else None
            yield _answer(account, Entity.ACCOUNT_METRICS, REPORTS, params, reply, position)

    def _first_day(self, account: Account, since: datetime | None) -> date:
        """The first day that is wanted: of `since`, or when the channel began."""
        if since is not None:
            return day(since)
        _, reply, channel = self._library.channel(account, "snippet")
        began = moment((channel.get("snippet") or {}).get("publishedAt"))
        return day(began or reply.requested_at - SLICE)

    def _viewers(self, account: Account, until: datetime, cursor: str | None) -> Iterator[Answer]:
        """One report after the other; a cursor is the place of one."""
        for place in range(int(cursor or 0), len(VIEWERS)):
            dimensions, metrics, sort = VIEWERS[place]
            more = {**span(day(until - VIEWERS_SPAN), day(until)), "dimensions": dimensions, "sort": sort}
            params, reply = self._reports.ask(account, metrics, more)
            following = str(place + 1) if place + 1 < len(VIEWERS) else None
            yield _answer(account, Entity.DEMOGRAPHICS, REPORTS, params, reply, following)


def _listing(account: Account, entity: Entity, listed: Listed, following: str | None) -> Answer:
    return _answer(account, entity, "youtube/v3/playlistItems", listed.params, listed.reply, following)


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
