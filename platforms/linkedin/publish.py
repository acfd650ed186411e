"""LinkedIn: publish text, links, images, videos, documents and comments, and read them back.

Source: Microsoft Learn "Posts API". The answer is empty; the post's URN stands in ``x-restli-id``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from platforms import checks
from platforms.contract import Account, Found, Published
from platforms.errors import NeedsPerson, Rejected
from platforms.http import Reply, is_done
from platforms.linkedin import finding
from platforms.linkedin.capabilities import (
    CAPABILITIES,
    MAX_PIXELS,
    MIN_VIDEO_BYTES,
    NO_RESHARES,
    VISIBILITY,
)
from platforms.linkedin.comments import Comments, is_comment
from platforms.linkedin.connect import ORGANIZATION
from platforms.linkedin.errors import LABEL
from platforms.linkedin.rest import Rest, encoded
from platforms.linkedin.text import length, little, whole_text
from platforms.linkedin.upload import Uploads, ready_cover, ready_urns
from platforms.message import Kind, Message

POST_ID = "x-restli-id"


class LinkedInPublisher:
    """Publishes through ``POST /rest/posts``, after the media."""

    def __init__(self, rest: Rest) -> None:
        self._rest, self._uploads, self._comments = rest, Uploads(rest), Comments(rest)

    def check(self, message: Message) -> list[str]:
        """Problems of words, files and options; empty when LinkedIn would take them."""
        found = checks.problems(LABEL, CAPABILITIES, message, self.length(message))
        return [*found, *_problems_of_files(message)]

    def length(self, message: Message) -> int:
        """Characters of the text with its link, before LinkedIn's escaping."""
        return length(whole_text(message))

    def prepare(
        self, account: Account, message: Message, prepared: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Upload the files and the card's picture; text needs nothing, and a comment the post it is below."""
        if message.reply_to:
            self._comments.prepare(account, message.reply_to)
        if message.media or message.cover:
            yield from self._uploads.prepare(account, message, prepared)

    def submit(self, account: Account, message: Message, prepared: Mapping[str, Any]) -> Published:
        """``POST /rest/posts``, once.

        Raises:
            Duplicate: LinkedIn has this very post already; its URN stands in the message.
        """
        if message.reply_to:
            return self._comments.submit(account, message)
        body = _body(account, message, prepared)
        urn = self._rest.publish(account, finding.POSTS, body, accepts=_names_post).headers[POST_ID]
        processed = any(media.is_video for media in message.media)
        settled = not processed or not account.external_id.startswith(ORGANIZATION)
        return Published(urn, finding.permalink(urn), None, settled=settled)

    def confirm(self, account: Account, external_id: str) -> Published:
        """``GET /rest/posts/{urn}``; a person's post LinkedIn shows to no app, and its word is taken.

        Raises:
            Rejected: LinkedIn did not publish it after all.
        """
        if is_comment(external_id):
            return self._comments.confirm(account, external_id)
        if not account.external_id.startswith(ORGANIZATION):
            return Published(external_id, finding.permalink(external_id), None)
        post = self._rest.read(account, f"{finding.POSTS}/{encoded(external_id)}").document or {}
        if post.get("lifecycleState") in finding.GONE:
            words = f"{LABEL} took the post and then did not publish it; look at its rules for content"
            raise Rejected(words, code=str(post["lifecycleState"]))
        return finding.published({**post, "id": post.get("id") or external_id})

    def find(
        self, account: Account, message: Message, sent_at: datetime, prepared: Mapping[str, Any]
    ) -> Found:
        """Look through the organization's posts since shortly before `sent_at` (aware UTC)."""
        if message.reply_to:
            return self._comments.find(account, message, sent_at)
        cover = ready_cover(prepared)
        urns = frozenset([*ready_urns(prepared), *([cover] if cover else [])])
        return finding.find(self._rest, account, message, sent_at, urns)


def _names_post(reply: Reply) -> bool:
    return is_done(reply) and bool(reply.headers.get(POST_ID))


def _body(account: Account, message: Message, prepared: Mapping[str, Any]) -> dict[str, Any]:
    visibility = message.options.get(VISIBILITY.key) or "PUBLIC"
    if visibility == "CONNECTIONS" and account.external_id.startswith(ORGANIZATION):
        raise NeedsPerson("A company page has no connections on LinkedIn: choose who can see the post anew")
    content = _content(message, prepared)
    return {
        "author": account.external_id,
        "commentary": little(whole_text(message)),
        "visibility": visibility,
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": bool(message.options.get(NO_RESHARES.key)),
        **({"content": content} if content else {}),
    }


def _content(message: Message, prepared: Mapping[str, Any]) -> dict[str, Any]:
    """What a post holds beside its text. LinkedIn looks at no address itself: a card brings its own words.

    Raises:
        Rejected: the files were not uploaded.
    """
    urns, cover = ready_urns(prepared), ready_cover(prepared)
    card = message.kind is Kind.LINK
    if len(urns) < len(message.media) or (card and message.cover and not cover):
        raise Rejected(f"The files were not uploaded to {LABEL}; nothing was published. Send it again")
    if card:
        article = {"source": message.link, "title": message.title}
        return {"article": {**article, **({"thumbnail": cover} if cover else {})}}
    items = [
        {"id": urn, **({"altText": media.alt} if media.alt and media.is_image else {})}
        for urn, media in zip(urns, message.media, strict=False)
    ]
    if message.kind is Kind.CAROUSEL:
        return {"multiImage": {"images": items}}
    if not items:
        return {}
    return {"media": {**items[0], **({"title": message.title} if message.title else {})}}


def _problems_of_files(message: Message) -> Iterator[str]:
    for media in message.media:
        if media.is_image and media.width and media.height and media.width * media.height >= MAX_PIXELS:
            yield f"{LABEL} takes images of at most 36 megapixels."
        if media.is_video and media.size < MIN_VIDEO_BYTES:
            yield f"{LABEL} takes videos from 75 KB on."
