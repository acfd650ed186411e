"""LinkedIn: an organization's posts as they are listed, and the one whose sending was never answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from platforms.contract import Account, Finding, Found, Published
from platforms.linkedin.connect import ORGANIZATION, has_more
from platforms.linkedin.rest import FINDER, Rest, encoded
from platforms.linkedin.text import same_words, whole_text
from platforms.looking import BEFORE, Candidate, same_address, verdict
from platforms.message import Kind, Message

FIND_PAGES = 5
PAGE = 100
POSTS = "rest/posts"
GONE = frozenset({"PUBLISH_FAILED", "DRAFT"})


def listing(account: Account, start: int) -> dict[str, str]:
    """Parameters of the list of an organization's posts, newest first, from the `start`-th on."""
    return {
        "author": encoded(account.external_id),
        "q": "author",
        "count": str(PAGE),
        "start": str(start),
        "sortBy": "CREATED",
    }


def find(rest: Rest, account: Account, message: Message, sent_at: datetime, urns: frozenset[str]) -> Found:
    """Look for a message with these assets, sent at `sent_at` (aware UTC).

    A person's posts are shown to no app, so of those nothing can be told.
    """
    if not account.external_id.startswith(ORGANIZATION):
        return Found(Finding.CANNOT_TELL)
    candidates: list[Candidate] = []
    for page in range(FIND_PAGES):
        reply = rest.read(account, POSTS, listing(account, page * PAGE), headers=FINDER)
        document = reply.document or {}
        posts = document.get("elements") or []
        recent = [post for post in posts if _created(post) >= sent_at - BEFORE]
        candidates += _candidates(recent, message, urns)
        if len(recent) < len(posts) or not has_more(document):
            return verdict(candidates, sent_at, complete=True)
    return verdict(candidates, sent_at, complete=False)


def published(post: Mapping[str, Any]) -> Published:
    """A post LinkedIn shows; it is settled once it is published."""
    urn, state = str(post["id"]), post.get("lifecycleState")
    at = post.get("publishedAt") or (None if state == "PUBLISH_REQUESTED" else post.get("createdAt"))
    moment = datetime.fromtimestamp(at / 1000, UTC) if isinstance(at, int) else None
    return Published(urn, permalink(urn), moment, settled=state != "PUBLISH_REQUESTED")


def permalink(urn: str) -> str:
    """Where people see a post."""
    return f"https://www.linkedin.com/feed/update/{urn}/"


def _candidates(posts: list[dict[str, Any]], message: Message, urns: frozenset[str]) -> Iterator[Candidate]:
    for post in posts:
        certain = None if post.get("lifecycleState") in GONE else _is_ours(post, message, urns)
        if certain is not None:
            found = published(post)
            yield Candidate(replace(found, published_at=found.published_at or _created(post)), certain)


def _is_ours(post: dict[str, Any], message: Message, urns: frozenset[str]) -> bool | None:
    """Whether a listed post is the message: True surely, False perhaps, None not."""
    content = post.get("content") or {}
    held = frozenset(_assets(content))
    if urns & held:
        return True  # an upload is used once
    if not same_words(str(post.get("commentary") or ""), whole_text(message)):
        return None
    if urns or held:
        return False  # the same words with other media
    if message.kind is Kind.LINK:
        source = str((content.get("article") or {}).get("source") or "")
        return bool(message.link) and same_address(source, str(message.link))
    return not content.get("article")


def _assets(content: Mapping[str, Any]) -> Iterator[str]:
    images = (content.get("multiImage") or {}).get("images") or []
    ids = [one.get("id") for one in (content.get("media") or {}, *images)]
    yield from (str(one) for one in (*ids, (content.get("article") or {}).get("thumbnail")) if one)


def _created(post: Mapping[str, Any]) -> datetime:
    at = post.get("createdAt") or post.get("publishedAt")
    # A post without a time is looked at as if it were new: nothing is ruled out by what is not said.
    return datetime.fromtimestamp(at / 1000, UTC) if isinstance(at, int) else datetime.max.replace(tzinfo=UTC)
