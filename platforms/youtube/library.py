"""YouTube: the channel's list of uploads, and videos by id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from platforms.contract import Account
from platforms.errors import Rejected
from platforms.http import Api, Reply
from platforms.youtube.connect import CHANNELS
from platforms.youtube.errors import LABEL, is_not_found

VIDEOS = "youtube/v3/videos"
ITEMS = "youtube/v3/playlistItems"
PAGE = 50  # the most YouTube gives at a time, of items and of videos
ITEM_PARTS = "snippet,contentDetails,status"


@dataclass(frozen=True)
class Upload:
    """A video in the list of uploads; `at` is the later of when it was listed and published (aware UTC)."""

    id: str
    at: datetime
    title: str
    privacy: str


@dataclass(frozen=True)
class Listed:
    """One page of the uploads, newest first, and the token of the next one."""

    reply: Reply
    params: dict[str, str]
    uploads: tuple[Upload, ...]
    following: str | None


class Library:
    """Reads what a channel has."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def channel(self, account: Account, parts: str) -> tuple[dict[str, str], Reply, dict[str, Any]]:
        """What was asked, the whole answer, and the channel in it. Raises Rejected when it is not there."""
        params = {"part": parts, "id": account.external_id}
        reply = self._api.read(CHANNELS, params, token=account.credentials.access_token)
        items = (reply.document or {}).get("items") or []
        if not items:
            raise Rejected(f"{LABEL} does not show the channel {account.external_id}", status=reply.status)
        return params, reply, items[0]

    def playlist(self, account: Account) -> str:
        """The id of the channel's list of uploads."""
        _, _, channel = self.channel(account, "contentDetails")
        related = (channel.get("contentDetails") or {}).get("relatedPlaylists") or {}
        if not related.get("uploads"):
            raise Rejected(f"{LABEL} does not name the channel's uploads")
        return str(related["uploads"])

    def uploads(self, account: Account, playlist: str, page: str | None) -> Listed:
        """One page of the uploads. A channel that never uploaded has no such list: that is an empty one."""
        params = {"part": ITEM_PARTS, "playlistId": playlist, "maxResults": str(PAGE)}
        if page:
            params["pageToken"] = page
        reply = self._api.read(ITEMS, params, token=account.credentials.access_token, tolerated=is_not_found)
        document = {} if reply.refused else reply.document or {}
        uploads = tuple(_upload(item) for item in document.get("items") or [])
        return Listed(reply, params, uploads, document.get("nextPageToken"))

    def videos(self, account: Account, ids: Iterable[str], parts: str) -> tuple[dict[str, str], Reply]:
        """What was asked, and the answer, about at most 50 videos; those that are gone are left out of it."""
        params = {"part": parts, "id": ",".join(ids)}
        return params, self._api.read(VIDEOS, params, token=account.credentials.access_token)

    def video(self, account: Account, video_id: str, parts: str) -> dict[str, Any] | None:
        """One video, or None where YouTube has none of this id."""
        _, reply = self.videos(account, (video_id,), parts)
        items: list[dict[str, Any]] = (reply.document or {}).get("items") or []
        return items[0] if items else None


def moment(text: str | None) -> datetime | None:
    """A time as YouTube writes it (RFC 3339), as aware UTC."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _upload(item: dict[str, Any]) -> Upload:
    snippet, details = item.get("snippet") or {}, item.get("contentDetails") or {}
    times = [moment(snippet.get("publishedAt")), moment(details.get("videoPublishedAt"))]
    return Upload(
        str(details.get("videoId") or (snippet.get("resourceId") or {}).get("videoId")),
        max((at for at in times if at), default=datetime.min.replace(tzinfo=UTC)),
        str(snippet.get("title") or ""),
        str((item.get("status") or {}).get("privacyStatus") or ""),
    )
