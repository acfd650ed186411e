"""X: publish a post, and find it again when the answer was lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from platforms.contract import Account, Found, Message, Published
from platforms.errors import Ambiguous, Rejected
from platforms.http import Api
from platforms.looking import BEFORE, Candidate, verdict
from platforms.text import problems_of_link, problems_of_text
from platforms.x.errors import LABEL
from platforms.x.paging import written
from platforms.x.text import LIMIT, comparable, expanded_text, gist, weighted_length

FIND_FIELDS = "created_at,entities,note_tweet"
FIND_PAGES = 5


class XPublisher:
    """Publishes through ``POST /2/tweets``."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def check(self, message: Message) -> list[str]:
        """Problems of text and link, in words; empty when X would take them."""
        problems = problems_of_text(whole_text(message), LABEL) + problems_of_link(message.link)
        length = self.length(message)
        if length > LIMIT:
            problems.append(
                f"{LABEL} takes at most {LIMIT} characters; this text counts {length} "
                "(a link 23, an emoji or a Chinese, Japanese or Korean character 2)."
            )
        return problems

    def length(self, message: Message) -> int:
        """Weighted characters of the text with its link."""
        return weighted_length(whole_text(message))

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
        """``POST /2/tweets``, once. The answer carries the id only; `confirm` reads the rest."""
        reply = self._api.write(
            "2/tweets", token=account.credentials.access_token, json_body={"text": whole_text(message)}
        )
        post_id = ((reply.document or {}).get("data") or {}).get("id")
        if not isinstance(post_id, str) or not post_id:
            raise Ambiguous(f"{LABEL} answered without naming the post", status=reply.status)
        return Published(post_id, _permalink(post_id), published_at=None)

    def confirm(self, account: Account, external_id: str) -> Published:
        """``GET /2/tweets/{id}``: the moment it appeared."""
        reply = self._api.read(
            f"2/tweets/{external_id}", {"tweet.fields": "created_at"}, token=account.credentials.access_token
        )
        post = (reply.document or {}).get("data")
        if not post:  # HTTP 200 with errors[] only: X does not have it, or does not show it
            raise Rejected(f"{LABEL} does not show the post {external_id}", status=reply.status)
        return _published(post)

    def find(self, account: Account, message: Message, sent_at: datetime) -> Found:
        """Look through ``GET /2/users/{id}/tweets`` since shortly before `sent_at` (aware UTC)."""
        params = {
            "start_time": written(sent_at - BEFORE),
            "tweet.fields": FIND_FIELDS,
            "max_results": "100",
        }
        wanted = whole_text(message)
        candidates: list[Candidate] = []
        for _ in range(FIND_PAGES):
            reply = self._api.read(
                f"2/users/{account.external_id}/tweets", params, token=account.credentials.access_token
            )
            document = reply.document or {}
            candidates += _candidates(document.get("data") or [], wanted)
            following = (document.get("meta") or {}).get("next_token")
            if not following:
                # With errors[] beside the data, some posts were withheld: absence is not proven.
                return verdict(candidates, sent_at, complete="errors" not in document)
            params["pagination_token"] = following
        return verdict(candidates, sent_at, complete=False)


def whole_text(message: Message) -> str:
    """The text as it is sent: X has no field for a link, so it stands at the end unless it is in the text."""
    if not message.link or message.link in message.text:
        return message.text
    return f"{message.text}\n{message.link}" if message.text else message.link


def _candidates(posts: list[dict[str, Any]], wanted: str) -> Iterator[Candidate]:
    """Posts with the wanted text; those that only nearly have it are not certain."""
    for post in posts:
        text = expanded_text(post)
        certain = comparable(text) == comparable(wanted)
        if certain or gist(text) == gist(wanted):
            yield Candidate(_published(post), certain=certain)


def _permalink(post_id: str) -> str:
    return f"https://x.com/i/web/status/{post_id}"


def _published(post: dict[str, Any]) -> Published:
    created = post.get("created_at")
    moment = datetime.fromisoformat(created).astimezone(UTC) if created else None
    return Published(str(post["id"]), _permalink(str(post["id"])), moment)
