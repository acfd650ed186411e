"""Pinterest: the account, its pins with their totals, and both by day for 90 days.

Source: Pinterest's OpenAPI 5.23. Each day says how final it is (``data_status``): it is kept as it came, and
days that are PROCESSING or ESTIMATE are worth asking for again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from platforms.contract import Account, Answer, Entity
from platforms.errors import NeedsPerson, NetworkError, Rejected, TemporarilyRejected
from platforms.http import Api, Reply
from platforms.pinterest.errors import LABEL
from platforms.pinterest.finding import created, is_newest_first
from platforms.redaction import cut

HISTORY = timedelta(days=89)  # 90 with today, whatever the time of day there
PAGE = 250
BATCH = 100  # pins in one question
USER_METRICS = (
    "ENGAGEMENT,ENGAGEMENT_RATE,IMPRESSION,OUTBOUND_CLICK,OUTBOUND_CLICK_RATE,PIN_CLICK,PIN_CLICK_RATE,"
    "SAVE,SAVE_RATE"
)
PIN_METRICS = (
    "IMPRESSION,OUTBOUND_CLICK,PIN_CLICK,SAVE,SAVE_RATE,TOTAL_COMMENTS,TOTAL_REACTIONS,USER_FOLLOW,"
    "PROFILE_VISIT"
)
VIDEO_METRICS = (
    "IMPRESSION,OUTBOUND_CLICK,PIN_CLICK,SAVE,SAVE_RATE,VIDEO_MRC_VIEW,VIDEO_10S_VIEW,"
    "QUARTILE_95_PERCENT_VIEW,VIDEO_V50_WATCH_TIME,VIDEO_START,VIDEO_AVG_WATCH_TIME,TOTAL_COMMENTS,"
    "TOTAL_REACTIONS"
)

Params = dict[str, str]


@dataclass(frozen=True)
class _Page:
    """A page of the list of pins; `pins` are those wanted of it, `here` and `following` cursors."""

    params: Params
    reply: Reply
    pins: list[dict[str, Any]]
    here: str
    following: str | None


class PinterestCollector:
    """Collects a Pinterest account."""

    entities: tuple[Entity, ...] = (
        Entity.ACCOUNT,
        Entity.POSTS,
        Entity.POST_METRICS,
        Entity.ACCOUNT_METRICS,
    )

    def __init__(self, api: Api) -> None:
        self._api = api

    def collect(
        self, account: Account, entity: Entity, since: datetime | None, until: datetime, cursor: str | None
    ) -> Iterator[Answer]:
        """Yield the answers of an entity; see `platforms.contract.Collector`."""
        if entity is Entity.ACCOUNT:
            yield self._asked(account, entity, "v5/user_account", {})
        elif entity is Entity.POSTS:
            for page in self._listed(account, since, cursor):
                yield _answer(account, entity, "v5/pins", page.params, page.reply, page.following)
        elif entity is Entity.POST_METRICS:
            yield from self._analytics(account, since, until, cursor)
        elif entity is Entity.ACCOUNT_METRICS:
            params = {**_days(since, until), "metric_types": USER_METRICS}
            yield self._asked(account, entity, "v5/user_account/analytics", params)
        else:
            raise Rejected(f"{LABEL} has no {entity.value}")

    def _asked(self, account: Account, entity: Entity, path: str, params: Params) -> Answer:
        reply = self._api.read(path, params, token=account.credentials.access_token)
        return _answer(account, entity, path, params, reply, None)

    def _analytics(
        self, account: Account, since: datetime | None, until: datetime, cursor: str | None
    ) -> Iterator[Answer]:
        """The pins' days. A page's last answer names the next page, the others their own."""
        days = _days(None, until)
        pages = (page for page in self._listed(account, since, cursor) if page.pins)
        current = next(pages, None)
        while current is not None:
            following = next(pages, None)
            answers = self._of_pins(account, current.pins, days)
            held = next(answers, None)
            while held is not None:
                path, params, pins, reply = held
                held = next(answers, None)
                place = current if held is not None else following
                where = place.here if place else None
                yield _answer(account, Entity.POST_METRICS, path, params, reply, where, posts=pins)
            current = following

    def _of_pins(
        self, account: Account, pins: list[dict[str, Any]], days: Params
    ) -> Iterator[tuple[str, Params, list[str], Reply]]:
        videos = [str(pin["id"]) for pin in pins if _is_video(pin)]
        others = [str(pin["id"]) for pin in pins if not _is_video(pin)]
        for ids, metrics in ((others, PIN_METRICS), (videos, VIDEO_METRICS)):
            for place in range(0, len(ids), BATCH):
                params = {**days, "metric_types": metrics}
                yield from self._batch(account, ids[place : place + BATCH], params)

    def _batch(
        self, account: Account, ids: list[str], params: Params
    ) -> Iterator[tuple[str, Params, list[str], Reply]]:
        """One pin that is gone refuses the whole question: then halves are asked, in the end each alone."""
        if len(ids) == 1:
            path, asked = f"v5/pins/{ids[0]}/analytics", params
        else:
            path, asked = "v5/pins/analytics", {**params, "pin_ids": ",".join(ids)}
        reply = self._api.read(path, asked, token=account.credentials.access_token, tolerated=_is_refusal)
        if not reply.refused or len(ids) == 1:
            yield path, asked, ids, reply
            return
        if reply.status == 403:  # an app that may not ask for pins at all
            yield path, asked, ids, reply
            return
        middle = len(ids) // 2
        yield from self._batch(account, ids[:middle], params)
        yield from self._batch(account, ids[middle:], params)

    def _listed(self, account: Account, since: datetime | None, cursor: str | None) -> Iterator[_Page]:
        """Pages of ``GET /v5/pins``, without what was saved from others."""
        bookmark: str | None = json.loads(cursor)["bookmark"] if cursor else ""
        while bookmark is not None:
            here = bookmark
            params = {"page_size": str(PAGE), "pin_filter": "exclude_repins", "pin_metrics": "true"}
            params |= {"bookmark": here} if here else {}
            reply = self._api.read("v5/pins", params, token=account.credentials.access_token)
            document = reply.document or {}
            pins = document.get("items") or []
            bookmark = document.get("bookmark") or None
            if bookmark is not None and bookmark == here:
                raise TemporarilyRejected(f"{LABEL}'s list of pins does not go on")
            if since is not None and _passes(pins, since):
                bookmark = None
            wanted = [pin for pin in pins if since is None or created(pin) >= since]
            following = None if bookmark is None else _cursor(bookmark)
            yield _Page(params, reply, wanted, _cursor(here), following)


def _passes(pins: list[dict[str, Any]], since: datetime) -> bool:
    """Whether a page reaches beyond `since`; no order is promised, so it has to show in the page itself."""
    times = [created(pin) for pin in pins]
    return bool(times) and times[-1] < since and is_newest_first(times)


def _days(since: datetime | None, until: datetime) -> Params:
    """The days (UTC) from `since` on, as far back as Pinterest has them."""
    first = max(since or until - HISTORY, until - HISTORY).astimezone(UTC)
    return {"start_date": first.date().isoformat(), "end_date": until.astimezone(UTC).date().isoformat()}


def _is_video(pin: Mapping[str, Any]) -> bool:
    return (pin.get("media") or {}).get("media_type") == "video"


def _is_refusal(error: NetworkError) -> bool:
    forbidden = isinstance(error, NeedsPerson) and error.status in (401, 403)
    return forbidden or isinstance(error, Rejected)


def _cursor(bookmark: str) -> str:
    return json.dumps({"bookmark": bookmark})


def _answer(
    account: Account,
    entity: Entity,
    path: str,
    params: Params,
    reply: Reply,
    cursor: str | None,
    **more: Any,
) -> Answer:
    return Answer(
        entity,
        {"path": path, "params": params, **more},
        reply.requested_at,
        reply.status,
        cut(reply.body, account.credentials.access_token),
        cursor,
    )
