"""Facebook Pages: publish a post with text and link, and find it again when the answer was lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from platforms.contract import Account, Found, Message, Published
from platforms.errors import Ambiguous
from platforms.facebook.errors import LABEL
from platforms.http import Api
from platforms.looking import BEFORE, Candidate, plain, same_address, verdict
from platforms.text import problems_of_link, problems_of_text

TEXT_LIMIT = 63_206
POST_FIELDS = "id,message,created_time,permalink_url"
FIND_FIELDS = f"{POST_FIELDS},attachments{{url,unshimmed_url}}"
FIND_PAGES = 5


class FacebookPublisher:
    """Publishes on a page through ``POST /{page}/feed``."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def check(self, message: Message) -> list[str]:
        """Problems of text and link, in words; empty when Facebook would take them."""
        problems = problems_of_text(message.text, LABEL, empty_allowed=bool(message.link))
        length = self.length(message)
        if length > TEXT_LIMIT:
            problems.append(f"{LABEL} takes at most {TEXT_LIMIT:,} characters; this text has {length:,}.")
        return problems + problems_of_link(message.link)

    def length(self, message: Message) -> int:
        """Characters of the text; the link has a field of its own."""
        return len(message.text)

    def prepare(
        self,
        account: Account,  # noqa: ARG002 - the contract's signature
        message: Message,  # noqa: ARG002
        prepared: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Text and link need no preparation."""
        return dict(prepared)

    def submit(
        self,
        account: Account,
        message: Message,
        prepared: Mapping[str, Any],  # noqa: ARG002 - nothing is prepared for text and link
    ) -> Published:
        """``POST /{page}/feed``, once. The answer carries the id only; `confirm` reads the rest."""
        form = {"message": message.text} if message.text else {}
        if message.link:
            form["link"] = message.link
        reply = self._api.write(
            f"{account.external_id}/feed", token=account.credentials.access_token, form=form
        )
        post_id = (reply.document or {}).get("id")
        if not isinstance(post_id, str) or not post_id:
            raise Ambiguous(f"{LABEL} answered without naming the post", status=reply.status)
        return Published(post_id, permalink=f"https://www.facebook.com/{post_id}", published_at=None)

    def confirm(self, account: Account, external_id: str) -> Published:
        """``GET /{post}``: its permalink and the second it appeared."""
        reply = self._api.read(external_id, {"fields": POST_FIELDS}, token=account.credentials.access_token)
        return _published(reply.document or {})

    def find(self, account: Account, message: Message, sent_at: datetime) -> Found:
        """Look through ``GET /{page}/published_posts`` since shortly before `sent_at` (aware UTC)."""
        since = str(int((sent_at - BEFORE).timestamp()))
        params = {"fields": FIND_FIELDS, "since": since, "limit": "100"}
        candidates: list[Candidate] = []
        for _ in range(FIND_PAGES):
            reply = self._api.read(
                f"{account.external_id}/published_posts", params, token=account.credentials.access_token
            )
            document = reply.document or {}
            candidates += _candidates(document.get("data", []), message)
            paging = document.get("paging", {})
            after = paging.get("cursors", {}).get("after")
            if not paging.get("next") or not after:
                return verdict(candidates, sent_at, complete=not paging.get("next"))
            params["after"] = after
        return verdict(candidates, sent_at, complete=False)


def _candidates(posts: list[dict[str, Any]], message: Message) -> Iterator[Candidate]:
    """Posts with the message's text; certain when their link is the message's, or none was asked for."""
    for post in posts:
        if plain(post.get("message", "")) != plain(message.text):
            continue
        links = list(_links(post))
        if not message.link or any(same_address(link, message.link) for link in links):
            yield Candidate(_published(post))
        elif message.text or not links:
            # The same words without the link, or a post whose link is not shown: it may be ours.
            yield Candidate(_published(post), certain=False)


def _links(post: dict[str, Any]) -> Iterator[str]:
    for attachment in post.get("attachments", {}).get("data", []):
        for url in (attachment.get("unshimmed_url"), attachment.get("url")):
            if url:
                yield url
                # Facebook wraps outgoing links: https://l.facebook.com/l.php?u=<address>&h=…
                yield from parse_qs(urlsplit(url).query).get("u", [])


def _published(post: dict[str, Any]) -> Published:
    created = post.get("created_time")
    # Graph writes 2026-01-01T00:00:00+0000.
    moment = datetime.strptime(created, "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC) if created else None
    return Published(str(post["id"]), post.get("permalink_url"), moment)
