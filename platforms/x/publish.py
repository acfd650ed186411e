"""X: publish a post, alone or as the next part of a thread, and find it again when the answer was lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from platforms import checks
from platforms.contract import Account, Found, Published
from platforms.errors import Ambiguous, Rejected
from platforms.http import Api
from platforms.looking import BEFORE, verdict
from platforms.message import Message
from platforms.x.capabilities import CAPABILITIES, GIF, LONG, LONG_LIMIT
from platforms.x.errors import LABEL
from platforms.x.finding import FIELDS, candidates, published
from platforms.x.paging import written
from platforms.x.text import weighted_length
from platforms.x.upload import Uploads, media_ids

FIND_PAGES = 5


class XPublisher:
    """Publishes through ``POST /2/tweets``, after the media."""

    def __init__(self, api: Api) -> None:
        self._api, self._uploads = api, Uploads(api)

    def check(self, message: Message) -> list[str]:
        """Problems of text, link, media and options, in words; empty when X would take them."""
        capabilities = CAPABILITIES
        if message.options.get(LONG.key) is True:
            longer = tuple(replace(rule, text_limit=LONG_LIMIT) for rule in CAPABILITIES.kinds)
            capabilities = replace(CAPABILITIES, kinds=longer)
        found = checks.problems(LABEL, capabilities, message, self.length(message))
        return [*found, *_problems_of_images(message)]

    def length(self, message: Message) -> int:
        """Weighted characters of the text with its link."""
        return weighted_length(whole_text(message))

    def prepare(
        self, account: Account, message: Message, prepared: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Upload the media; text and link need nothing."""
        yield from self._uploads.prepare(account, message, prepared)

    def submit(self, account: Account, message: Message, prepared: Mapping[str, Any]) -> Published:
        """``POST /2/tweets``, once. The answer carries the id only; `confirm` reads the rest.

        Raises:
            Rejected: X refuses it, or the post that it would answer.
        """
        body = _body(message, media_ids(prepared))
        try:
            reply = self._api.write("2/tweets", token=account.credentials.access_token, json_body=body)
        except Rejected as error:
            if message.reply_to and error.status == 403:
                words = f"{LABEL} did not let this part continue the thread: {error.message}"
                raise Rejected(words, code=error.code, status=error.status) from None
            raise
        post_id = ((reply.document or {}).get("data") or {}).get("id")
        if not isinstance(post_id, str) or not post_id:
            raise Ambiguous(f"{LABEL} answered without naming the post", status=reply.status)
        return published({"id": post_id})

    def confirm(self, account: Account, external_id: str) -> Published:
        """``GET /2/tweets/{id}``: the moment it appeared."""
        reply = self._api.read(
            f"2/tweets/{external_id}", {"tweet.fields": "created_at"}, token=account.credentials.access_token
        )
        post = (reply.document or {}).get("data")
        if not post:  # HTTP 200 with errors[] only: X does not have it, or does not show it
            raise Rejected(f"{LABEL} does not show the post {external_id}", status=reply.status)
        return published(post)

    def find(
        self, account: Account, message: Message, sent_at: datetime, prepared: Mapping[str, Any]
    ) -> Found:
        """Look through ``GET /2/users/{id}/tweets`` since shortly before `sent_at` (aware UTC)."""
        params = {"start_time": written(sent_at - BEFORE), "tweet.fields": FIELDS, "max_results": "100"}
        keys = frozenset(str(ids.get("key")) for ids in prepared.get("media", ()) if ids.get("key"))
        parent = message.reply_to.parent if message.reply_to else None
        posts: list[dict[str, Any]] = []
        complete = False
        for _ in range(FIND_PAGES):
            reply = self._api.read(
                f"2/users/{account.external_id}/tweets", params, token=account.credentials.access_token
            )
            document = reply.document or {}
            posts += document.get("data") or []
            following = (document.get("meta") or {}).get("next_token")
            if not following:
                # With errors[] beside the data, some posts were withheld: absence is not proven.
                complete = "errors" not in document
                break
            params["pagination_token"] = following
        found = candidates(posts, whole_text(message), keys, parent)
        return verdict(found, sent_at, complete=complete)


def whole_text(message: Message) -> str:
    """The text as it is sent: X has no field for a link, so it stands at the end unless it is in the text."""
    if not message.link or message.link in message.text:
        return message.text
    return f"{message.text}\n{message.link}" if message.text else message.link


def _body(message: Message, media: list[str]) -> dict[str, Any]:
    """What is posted. X refuses any field it does not know, so there is nothing in it that is not needed.

    Raises:
        Rejected: the media were not uploaded.
    """
    if len(media) < len(message.media):
        raise Rejected(f"The files were not uploaded to {LABEL}; nothing was published. Send it again")
    body: dict[str, Any] = {
        "text": whole_text(message),
        "media": {"media_ids": media} if media else None,
        "reply": {"in_reply_to_tweet_id": message.reply_to.parent} if message.reply_to else None,
    }
    body |= {key: value for key, value in message.options.items() if key != LONG.key}
    return {name: value for name, value in body.items() if value}


def _problems_of_images(message: Message) -> Iterator[str]:
    gifs = [media for media in message.media if media.mime == GIF]
    if gifs and len(message.media) > 1:
        yield f"{LABEL} takes a GIF only alone."
