"""Instagram: publish images, carousels, reels and stories by containers, comments, and find them again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from platforms import checks
from platforms.contract import Account, Found, Published
from platforms.http import Api
from platforms.instagram.capabilities import CAPABILITIES, COLLABORATORS, HASHTAGS, MENTIONS
from platforms.instagram.comments import Comments
from platforms.instagram.errors import LABEL, failed
from platforms.instagram.upload import Upload
from platforms.looking import Candidate, plain
from platforms.message import Kind, Media, Message
from platforms.meta.containers import Containers, Draft, Way, address_of
from platforms.meta.errors import is_invalid_parameter
from platforms.meta.listing import listed_since, moment_of

WAY = Way(
    LABEL,
    make="media",
    publish="media_publish",
    status="status_code",
    reason="status",
    quota="content_publishing_limit",
)
FIELDS = "id,permalink,timestamp"
FIND_FIELDS = f"{FIELDS},caption,media_type,media_product_type"
STORY_LISTED = timedelta(hours=23)
IMAGE_PAUSE, VIDEO_PAUSE = timedelta(seconds=5), timedelta(seconds=20)
HERE = "facebook"  # an account's `server` when it was connected by Facebook's login

_HASHTAG, _MENTION = re.compile(r"(?<![\w&])#\w"), re.compile(r"(?<!\w)@\w")
_NAME = re.compile(r"[A-Za-z0-9._]{1,30}")


class InstagramPublisher:
    """Publishes through ``/{ig}/media`` and ``/{ig}/media_publish``, at the host of the account's login.

    A video of an account connected by Facebook's login is sent by `upload` where this installation has no
    public address; everything else Instagram fetches by its URL.
    """

    def __init__(self, apis: Mapping[str, Api], upload: Upload) -> None:
        self._apis, self._upload = apis, upload

    def check(self, message: Message) -> list[str]:
        """Problems of text, files and options, in words; empty when Instagram would take them."""
        problems = checks.problems(LABEL, CAPABILITIES, message, self.length(message))
        if len(_HASHTAG.findall(message.text)) > HASHTAGS:
            problems.append(f"{LABEL} takes {HASHTAGS} hashtags.")
        if len(_MENTION.findall(message.text)) > MENTIONS:
            problems.append(f"{LABEL} takes {MENTIONS} mentions of accounts.")
        names = _names(message)
        if len(names) > COLLABORATORS or not all(map(_NAME.fullmatch, names)):
            problems.append(f"{LABEL} takes up to {COLLABORATORS} names of accounts as collaborators.")
        return problems

    def length(self, message: Message) -> int:
        """Characters of the caption."""
        return len(message.text)

    def prepare(
        self, account: Account, message: Message, prepared: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Make the containers and wait until they are finished; `parts` are those of a carousel's files."""
        if message.reply_to:
            return  # the post it goes below is public as soon as it is published
        by_url = account.server != HERE
        parts = [_item(media, by_url) for media in message.media] if message.kind is Kind.CAROUSEL else []

        def whole(children: Sequence[str]) -> Draft:
            if message.kind is Kind.CAROUSEL:
                form = {"media_type": "CAROUSEL", "children": ",".join(children), **_words(message)}
                return Draft(form, max(part.pause for part in parts))
            return _single(message, by_url)

        yield from self._containers(account).prepare(parts, whole, prepared)

    def submit(
        self,
        account: Account,
        message: Message,
        prepared: Mapping[str, Any],
    ) -> Published:
        """``POST /{ig}/media_publish``, once. The answer carries the id only; `confirm` reads the rest."""
        if message.reply_to:
            return Comments(self._api(account)).submit(account, message)
        return Published(self._containers(account).publish(prepared), permalink=None, published_at=None)

    def confirm(self, account: Account, external_id: str) -> Published:
        """``GET /{media}``: its permalink and the second it appeared; what has none may be a comment."""
        reply = self._api(account).read(
            external_id,
            {"fields": FIELDS},
            token=account.credentials.access_token,
            tolerated=is_invalid_parameter,
        )
        if reply.refused:
            return Comments(self._api(account)).confirm(account, external_id)
        return _published(reply.document or {})

    def find(
        self, account: Account, message: Message, sent_at: datetime, prepared: Mapping[str, Any]
    ) -> Found:
        """Ask for the state of the container, then look through the newest posts (aware UTC)."""
        if message.reply_to:
            return Comments(self._api(account)).find(account, message, sent_at)
        edge = "stories" if message.kind is Kind.STORY else "media"
        listed = listed_since(
            self._api(account),
            f"{account.external_id}/{edge}",
            FIND_FIELDS,
            account.credentials.access_token,
            sent_at,
            by_time=edge != "stories",
        )
        candidates = [Candidate(_published(post)) for post in listed.posts if _resembles(post, message)]
        # A story is listed for 24 hours only: its absence proves nothing later.
        would_be_listed = edge != "stories" or datetime.now(UTC) - sent_at < STORY_LISTED
        complete = listed.complete and would_be_listed
        return self._containers(account).found(prepared, candidates, sent_at, complete=complete)

    def _api(self, account: Account) -> Api:
        return self._apis[account.server]

    def _containers(self, account: Account) -> Containers:
        token = account.credentials.access_token

        def upload(container: str, media: Media) -> None:
            self._upload.send(self._api(account), token, container, media)

        return Containers(self._api(account), WAY, account.external_id, token, failure=failed, upload=upload)


def _item(media: Media, by_url: bool) -> Draft:
    """A file of a carousel."""
    form = {"is_carousel_item": "true"} | ({"media_type": "VIDEO"} if media.is_video else {})
    return _with_file(form, media, by_url)


def _single(message: Message, by_url: bool) -> Draft:
    media = message.media[0]
    if message.kind is Kind.STORY:
        return _with_file({"media_type": "STORIES"}, media, by_url)
    form = _words(message)
    if message.kind is Kind.REEL:
        form["media_type"] = "REELS"
        if message.cover:
            form["cover_url"] = address_of(LABEL, message.cover)
    return _with_file(form, media, by_url)


def _words(message: Message) -> dict[str, str]:
    """Caption and options."""
    form = {"caption": message.text} if message.text else {}
    for key, value in message.options.items():
        if key == "collaborators":
            if names := _names(message):
                form[key] = json.dumps(names)
        elif isinstance(value, bool):
            form[key] = str(value).lower()
        elif value not in (None, ""):
            form[key] = str(int(value)) if isinstance(value, float) else str(value)
    return form


def _with_file(form: Mapping[str, str], media: Media, by_url: bool) -> Draft:
    if not media.is_video:
        alt = {"alt_text": media.alt} if media.alt and form.get("media_type") != "STORIES" else {}
        return Draft({**form, **alt, "image_url": address_of(LABEL, media)}, IMAGE_PAUSE)
    draft = Draft({**form, "upload_type": "resumable"}, VIDEO_PAUSE, upload=media)
    if media.url is None and not by_url:
        return draft
    return replace(draft, form={**form, "video_url": address_of(LABEL, media)}, upload=None)


def _names(message: Message) -> list[str]:
    """Collaborators' names, without the sign before them."""
    names = str(message.options.get("collaborators") or "").replace("@", "").split(",")
    return [name.strip() for name in names if name.strip()]


def _resembles(post: Mapping[str, Any], message: Message) -> bool:
    """Whether a listed post has the caption and the shape of the message."""
    if message.kind is Kind.STORY:
        kind = "VIDEO" if message.media[0].is_video else "IMAGE"
        return post.get("media_type") in (kind, None)
    return plain(str(post.get("caption") or "")) == plain(message.text)


def _published(post: Mapping[str, Any]) -> Published:
    return Published(str(post["id"]), post.get("permalink"), moment_of(post))
