"""Facebook Pages: find a post whose sending was never answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from platforms.contract import Account, Finding, Found
from platforms.facebook.reading import POST_FIELDS, VIDEO_FIELDS, Video, as_published, as_story
from platforms.http import Api
from platforms.looking import Candidate, plain, same_address, verdict
from platforms.message import Message
from platforms.meta.errors import is_invalid_parameter
from platforms.meta.listing import Listed, listed_since

FIND_FIELDS = (
    f"{POST_FIELDS},attachments{{media_type,url,unshimmed_url,target{{id}},subattachments{{target{{id}}}}}}"
)
STORY_FIELDS = "post_id,status,creation_time,media_type,media_id,url"


class Finder:
    """Looks through a page's lists, and at its videos."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def video(self, account: Account, video_id: str) -> Found:
        """By the video's own id: Meta says whether it was told to publish it."""
        reply = self._api.read(
            video_id,
            {"fields": VIDEO_FIELDS},
            token=account.credentials.access_token,
            tolerated=is_invalid_parameter,
        )
        video = Video(video_id, reply.document or {})
        if video.finishing or video.spoilt:  # `confirm` tells what Meta has against it
            return Found(Finding.FOUND, video.published(account, datetime.now(UTC)))
        absent = not reply.refused and (video.untouched or video.failure is not None)
        return Found(Finding.ABSENT if absent else Finding.CANNOT_TELL)

    def post(self, account: Account, message: Message, photos: frozenset[str], sent_at: datetime) -> Found:
        """In ``GET /{page}/published_posts`` since shortly before `sent_at`; by text and link, or photos."""
        listed = self._listed(account, "published_posts", FIND_FIELDS, sent_at)
        candidates = list(_candidates(listed.posts, message, photos))
        ours = [one for one in candidates if one.certain] if photos else []
        return verdict(ours or candidates, sent_at, complete=listed.complete)

    def story(self, account: Account, photos: frozenset[str], sent_at: datetime) -> Found:
        """In ``GET /{page}/stories``: by its photo; another photo's story may be ours under another id."""
        listed = self.stories(account, sent_at)
        candidates = []
        for story in listed.posts:
            ours = str(story.get("media_id")) in photos
            if ours or str(story.get("media_type")).lower() != "video":
                candidates.append(Candidate(as_story(account, story), certain=ours))
        certain = [one for one in candidates if one.certain]
        return verdict(certain or candidates, sent_at, complete=listed.complete)

    def stories(self, account: Account, sent_at: datetime | None) -> Listed:
        """The page's stories, since shortly before a moment (aware UTC) where one is given."""
        return self._listed(account, "stories", STORY_FIELDS, sent_at)

    def _listed(self, account: Account, edge: str, fields: str, sent_at: datetime | None) -> Listed:
        token = account.credentials.access_token
        return listed_since(self._api, f"{account.external_id}/{edge}", fields, token, sent_at)


def _candidates(posts: list[dict[str, Any]], message: Message, photos: frozenset[str]) -> Iterator[Candidate]:
    for post in posts:
        certain = _is_ours(post, message, photos)
        if certain is not None:
            yield Candidate(as_published(post), certain=certain)


def _is_ours(post: dict[str, Any], message: Message, photos: frozenset[str]) -> bool | None:
    """Whether a listed post is the message: True surely, False perhaps, None not."""
    shown = frozenset(_targets(post))
    if photos and photos & shown:
        return True
    if plain(post.get("message", "")) != plain(message.text):
        return None
    if photos:
        return False  # the same words, and photos that are not shown or under other ids
    links = list(_links(post))
    if not message.link or any(same_address(link, message.link) for link in links):
        return True
    # The same words without the link, or a post whose link is not shown: it may be ours.
    return False if message.text or not links else None


def _targets(post: dict[str, Any]) -> Iterator[str]:
    """The ids of what is attached."""
    for attachment in (post.get("attachments") or {}).get("data", []):
        yield str((attachment.get("target") or {}).get("id"))
        for one in (attachment.get("subattachments") or {}).get("data", []):
            yield str((one.get("target") or {}).get("id"))


def _links(post: dict[str, Any]) -> Iterator[str]:
    for attachment in (post.get("attachments") or {}).get("data", []):
        for url in (attachment.get("unshimmed_url"), attachment.get("url")):
            if url:
                yield url
                # Facebook wraps outgoing links: https://l.facebook.com/l.php?u=<address>&h=…
                yield from parse_qs(urlsplit(url).query).get("u", [])
