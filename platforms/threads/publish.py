"""Threads: publish texts, images, videos, carousels and their threads by containers, and find them again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from platforms import checks
from platforms.contract import Account, Found, Published
from platforms.http import Api
from platforms.looking import Candidate, plain, same_address
from platforms.message import Kind, Media, Message
from platforms.meta.containers import Containers, Draft, Way, address_of
from platforms.meta.listing import listed_since, moment_of
from platforms.threads.capabilities import CAPABILITIES, LINKS
from platforms.threads.errors import LABEL, failed
from platforms.threads.text import length, links

WAY = Way(
    LABEL,
    make="threads",
    publish="threads_publish",
    status="status",
    reason="error_message",
    quota="threads_publishing_limit",
)
REPLYING = replace(WAY, used="reply_quota_usage", allowed="reply_config")  # it has a quota of its own
OWNER = "me"  # with the profile's id instead, writing has been refused to good tokens
FIELDS = "id,permalink,timestamp"
FIND_FIELDS = f"{FIELDS},text,media_type,link_attachment_url"
TEXT_PAUSE, VIDEO_PAUSE = timedelta(seconds=5), timedelta(seconds=20)
TYPES = {
    Kind.IMAGE: ("IMAGE",),
    Kind.VIDEO: ("VIDEO",),
    Kind.CAROUSEL: ("CAROUSEL_ALBUM",),
    Kind.TEXT: ("TEXT_POST", "TEXT"),
    Kind.LINK: ("TEXT_POST", "TEXT"),
}


class ThreadsPublisher:
    """Publishes through ``/me/threads`` and ``/me/threads_publish``."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def check(self, message: Message) -> list[str]:
        """Problems of text, files and options, in words; empty when Threads would take them."""
        problems = checks.problems(LABEL, CAPABILITIES, message, self.length(message))
        if len(links(message.text) | ({message.link} if message.link else set())) > LINKS:
            problems.append(f"{LABEL} takes {LINKS} different links.")
        topic = message.options.get("topic_tag")
        if isinstance(topic, str) and set(topic) & {".", "&"}:
            problems.append(f"{LABEL} takes no full stop and no ampersand in a topic.")
        return problems

    def length(self, message: Message) -> int:
        """Characters of the text, emoji by their bytes; the link has a field of its own."""
        return length(message.text)

    def prepare(
        self, account: Account, message: Message, prepared: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Make the containers and wait until they are finished; `parts` are those of a carousel's files."""
        is_carousel = message.kind is Kind.CAROUSEL
        parts = [_item(media) for media in message.media] if is_carousel else []

        def whole(children: Sequence[str]) -> Draft:
            if is_carousel:
                form = {**_words(message), "media_type": "CAROUSEL", "children": ",".join(children)}
                return Draft(form, max(part.pause for part in parts))
            if message.media:
                return _with_file(_words(message), message.media[0])
            return Draft({**_words(message), "media_type": "TEXT"}, TEXT_PAUSE)

        yield from self._containers(account, message).prepare(parts, whole, prepared)

    def submit(
        self,
        account: Account,
        message: Message,
        prepared: Mapping[str, Any],
    ) -> Published:
        """``POST /me/threads_publish``, once. The answer carries the id only; `confirm` reads the rest."""
        return Published(
            self._containers(account, message).publish(prepared), permalink=None, published_at=None
        )

    def confirm(self, account: Account, external_id: str) -> Published:
        """``GET /{post}``: its permalink and the second it appeared."""
        reply = self._api.read(external_id, {"fields": FIELDS}, token=account.credentials.access_token)
        return _published(reply.document or {})

    def find(
        self, account: Account, message: Message, sent_at: datetime, prepared: Mapping[str, Any]
    ) -> Found:
        """Ask for the state of the container, then look through the newest posts (aware UTC)."""
        edge = "replies" if message.reply_to else "threads"
        token = account.credentials.access_token
        listed = listed_since(self._api, f"{OWNER}/{edge}", FIND_FIELDS, token, sent_at)
        candidates = [Candidate(_published(post)) for post in listed.posts if _resembles(post, message)]
        return self._containers(account, message).found(
            prepared, candidates, sent_at, complete=listed.complete
        )

    def _containers(self, account: Account, message: Message) -> Containers:
        way = REPLYING if message.reply_to else WAY
        return Containers(self._api, way, OWNER, account.credentials.access_token, failure=failed)


def _item(media: Media) -> Draft:
    """A file of a carousel."""
    return _with_file({"is_carousel_item": "true"}, media)


def _with_file(form: Mapping[str, str], media: Media) -> Draft:
    url = address_of(LABEL, media)
    alt = {"alt_text": media.alt} if media.alt else {}
    if media.is_video:
        return Draft({**form, **alt, "media_type": "VIDEO", "video_url": url}, VIDEO_PAUSE)
    return Draft({**form, **alt, "media_type": "IMAGE", "image_url": url}, TEXT_PAUSE)


def _words(message: Message) -> dict[str, str]:
    """Text, link, options, and what it replies to."""
    form = {"text": message.text} if message.text else {}
    if message.link:
        form["link_attachment"] = message.link
    if message.reply_to:
        form["reply_to_id"] = message.reply_to.parent
    for key, value in message.options.items():
        if value not in (None, ""):
            form[key] = str(value).lower() if isinstance(value, bool) else str(value)
    return form


def _resembles(post: Mapping[str, Any], message: Message) -> bool:
    """Whether a listed post has the text and the shape of the message.

    A text without words is told by its link, which Threads may show with or without.
    """
    if plain(str(post.get("text") or "")) != plain(message.text):
        return False
    shown, wanted = post.get("link_attachment_url"), message.link
    if not message.text and wanted and shown and not same_address(str(shown), wanted):
        return False
    return post.get("media_type") in (*TYPES[message.kind], None)


def _published(post: Mapping[str, Any]) -> Published:
    return Published(str(post["id"]), post.get("permalink"), moment_of(post))
