"""TikTok: the account's counters, and its public videos with theirs. TikTok has no history of either."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from platforms.contract import Account, Answer, Entity
from platforms.errors import Rejected, TemporarilyRejected
from platforms.http import Api, Reply
from platforms.redaction import cut

USER = "v2/user/info/"
LIST = "v2/video/list/"
PAGE = 20  # the most TikTok gives at a time
# Each field of an account, by the scope it needs: asking without it would refuse the whole call.
USER_FIELDS = {
    "user.info.basic": "open_id,display_name",
    "user.info.profile": "username,is_verified,bio_description,profile_deep_link",
    "user.info.stats": "follower_count,following_count,likes_count,video_count",
}
# Not cover_image_url, which is dead after six hours.
VIDEO_FIELDS = (
    "id,create_time,title,video_description,duration,height,width,share_url,"
    "view_count,like_count,comment_count,share_count"
)


class TikTokCollector:
    """Collects a TikTok account."""

    entities: tuple[Entity, ...] = (Entity.ACCOUNT, Entity.POSTS)

    def __init__(self, api: Api) -> None:
        self._api = api

    def collect(
        self,
        account: Account,
        entity: Entity,
        since: datetime | None,
        until: datetime,  # noqa: ARG002 - the contract's signature
        cursor: str | None,
    ) -> Iterator[Answer]:
        """Yield the answers of an entity; see `platforms.contract.Collector`.

        A cursor is TikTok's own, a time in milliseconds. Pages come whole: the last one may reach
        further back than `since`.
        """
        if entity is Entity.ACCOUNT:
            params = {"fields": _user_fields(account.credentials.scopes)}
            reply = self._api.read(USER, params, token=account.credentials.access_token)
            yield _answer(account, entity, {"path": USER, "params": params}, reply, None)
        elif entity is Entity.POSTS:
            yield from self._posts(account, since, cursor)
        else:
            raise Rejected(f"TikTok has no {entity.value}")

    def _posts(self, account: Account, since: datetime | None, cursor: str | None) -> Iterator[Answer]:
        following, page = cursor, True
        while page:
            body: dict[str, Any] = {"max_count": PAGE, **({"cursor": int(following)} if following else {})}
            reply = self._api.read(
                LIST,
                {"fields": VIDEO_FIELDS},
                token=account.credentials.access_token,
                method="POST",
                json_body=body,
            )
            before, following = following, _following(reply.document or {}, since)
            if following is not None and following == before:
                raise TemporarilyRejected("TikTok's list of videos does not go on")
            request = {"path": LIST, "params": {"fields": VIDEO_FIELDS}, "body": body}
            yield _answer(account, Entity.POSTS, request, reply, following)
            page = following is not None


def _user_fields(scopes: frozenset[str] | None) -> str:
    """The fields the account's scopes open; all where the scopes are not known."""
    return ",".join(fields for scope, fields in USER_FIELDS.items() if scopes is None or scope in scopes)


def _following(document: Mapping[str, Any], since: datetime | None) -> str | None:
    """Where the next page begins, or None after the last one that is wanted."""
    data = document.get("data") or {}
    if not data.get("has_more") or data.get("cursor") is None:
        return None
    videos = data.get("videos") or []
    oldest = min((video["create_time"] for video in videos if video.get("create_time")), default=None)
    if since is not None and oldest is not None and oldest < since.timestamp():
        return None
    return str(data["cursor"])


def _answer(
    account: Account, entity: Entity, request: Mapping[str, Any], reply: Reply, following: str | None
) -> Answer:
    body = cut(reply.body, account.credentials.access_token)
    return Answer(entity, request, reply.requested_at, reply.status, body, following)
