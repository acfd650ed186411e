"""Instagram: put a comment below a post of the account, and find it again.

Source: developers.facebook.com, Instagram Platform "IG Media Comments" and "IG Comment" (v26.0): lists come
newest first, fifty at a time, and `user` is told of the account's own comments only.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from platforms.contract import Account, Found, Published
from platforms.errors import Ambiguous
from platforms.http import Api
from platforms.instagram.errors import LABEL
from platforms.looking import Candidate, plain, verdict
from platforms.message import Message
from platforms.meta.listing import listed_since, moment_of

FIELDS = "id,timestamp,media{permalink}"
FIND_FIELDS = "id,text,timestamp,user"
PAGE = {"limit": "50"}


class Comments:
    """Comments at the host of an account's login."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def submit(self, account: Account, message: Message) -> Published:
        """``POST /{media}/comments``, once."""
        reply = self._api.write(
            _edge(message), token=account.credentials.access_token, form={"message": message.text}
        )
        given = (reply.document or {}).get("id")
        if not isinstance(given, str) or not given:
            raise Ambiguous(f"{LABEL} answered without naming the comment", status=reply.status)
        return Published(given, permalink=None, published_at=None)

    def confirm(self, account: Account, comment_id: str) -> Published:
        """``GET /{comment}``; its link is that of the post. Raises Rejected when it is not there."""
        reply = self._api.read(comment_id, {"fields": FIELDS}, token=account.credentials.access_token)
        return _published(reply.document or {})

    def find(self, account: Account, message: Message, sent_at: datetime) -> Found:
        """In ``GET /{media}/comments`` since shortly before `sent_at` (aware UTC), by text and author."""
        token = account.credentials.access_token
        listed = listed_since(
            self._api, _edge(message), FIND_FIELDS, token, sent_at, by_time=False, more=PAGE
        )
        same = (one for one in listed.posts if plain(str(one.get("text") or "")) == plain(message.text))
        candidates = [Candidate(_published(comment), certain=bool(comment.get("user"))) for comment in same]
        ours = [candidate for candidate in candidates if candidate.certain]
        return verdict(ours or candidates, sent_at, complete=listed.complete)


def _edge(message: Message) -> str:
    assert message.reply_to is not None  # noqa: S101 - what has none is no comment
    return f"{message.reply_to.root}/comments"


def _published(comment: Mapping[str, Any]) -> Published:
    link = (comment.get("media") or {}).get("permalink")
    return Published(str(comment["id"]), str(link) if link else None, moment_of(comment))
