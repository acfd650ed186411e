"""LinkedIn: put a comment below a post of the same author, and find it again.

Source: Microsoft Learn "Comments API". A comment is named by the post and a number within it; its text is
plain, without the escapes that a post's commentary needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from platforms.contract import Account, Finding, Found, Published
from platforms.errors import NotReady, Rejected
from platforms.http import Reply, is_done
from platforms.linkedin.connect import ORGANIZATION, has_more
from platforms.linkedin.errors import LABEL
from platforms.linkedin.finding import FIND_PAGES, GONE, PAGE, POSTS, permalink
from platforms.linkedin.rest import Rest, encoded
from platforms.looking import Candidate, plain, verdict
from platforms.message import Message, ReplyTo

ACTIONS = "rest/socialActions"
COMMENT_ID = "x-restli-id"
PAUSE = timedelta(seconds=10)

_URN = re.compile(r"urn:li:comment:\((?P<post>.+),(?P<number>[^,]+)\)")


class Comments:
    """Comments of an organization or a person."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def prepare(self, account: Account, below: ReplyTo) -> None:
        """See that the post is there: LinkedIn takes a video before it publishes it.

        Raises:
            NotReady: LinkedIn still works on the post.
            Rejected: it did not publish the post.
        """
        if not account.external_id.startswith(ORGANIZATION):
            return  # a person's post is shown to no app
        post = self._rest.read(account, f"{POSTS}/{encoded(below.root)}").document or {}
        state = post.get("lifecycleState")
        if state in GONE:
            raise Rejected(f"{LABEL} did not publish the post that the comment goes below", code=str(state))
        if state == "PUBLISH_REQUESTED":
            raise NotReady(f"{LABEL} is still processing the post", until=datetime.now(UTC) + PAUSE)

    def submit(self, account: Account, message: Message) -> Published:
        """``POST /rest/socialActions/{post}/comments``, once."""
        post = _post(message)
        body = {"actor": account.external_id, "object": post, "message": {"text": message.text}}
        reply = self._rest.publish(account, _edge(post), body, accepts=_names_comment)
        urn = (reply.document or {}).get("commentUrn") or (reply.document or {}).get("$URN")
        number = reply.headers.get(COMMENT_ID)
        found = str(urn or (number if is_comment(number or "") else f"urn:li:comment:({post},{number})"))
        return Published(found, _permalink(post, found), None)

    def confirm(self, account: Account, urn: str) -> Published:
        """``GET /rest/socialActions/{post}/comments/{id}``; a person's comment LinkedIn shows to no app.

        Raises:
            Rejected: it is not there.
        """
        match = _URN.fullmatch(urn)
        if match is None:
            raise Rejected(f"{LABEL} has no comment called {urn}")
        post = match["post"]
        if not account.external_id.startswith(ORGANIZATION):
            return Published(urn, _permalink(post, urn), None)
        reply = self._rest.read(account, f"{_edge(post)}/{encoded(match['number'])}")
        return _published(post, {**(reply.document or {}), "commentUrn": urn})

    def find(self, account: Account, message: Message, sent_at: datetime) -> Found:
        """Look through the post's comments for one sent at `sent_at` (aware UTC), by text and author.

        A person's posts are shown to no app, nor what is below them.
        """
        if not account.external_id.startswith(ORGANIZATION):
            return Found(Finding.CANNOT_TELL)
        post, candidates = _post(message), list[Candidate]()
        for page in range(FIND_PAGES):  # to the end: the order is not documented
            query = {"start": str(page * PAGE), "count": str(PAGE)}
            document = self._rest.read(account, _edge(post), query).document or {}
            candidates += _candidates(account, message, post, document.get("elements") or [])
            if not has_more(document):
                return verdict(candidates, sent_at, complete=True)
        return verdict(candidates, sent_at, complete=False)


def is_comment(urn: str) -> bool:
    """Whether an id is a comment's."""
    return urn.startswith("urn:li:comment:")


def _candidates(
    account: Account, message: Message, post: str, comments: list[dict[str, Any]]
) -> Iterator[Candidate]:
    for comment in comments:
        author = comment.get("actor")
        said = str((comment.get("message") or {}).get("text") or "")
        if author in (None, account.external_id) and plain(said) == plain(message.text):
            yield Candidate(_published(post, comment), certain=author is not None)


def _published(post: str, comment: Mapping[str, Any]) -> Published:
    urn = str(comment.get("commentUrn") or comment.get("$URN") or f"urn:li:comment:({post},{comment['id']})")
    at = (comment.get("created") or {}).get("time")
    moment = datetime.fromtimestamp(at / 1000, UTC) if isinstance(at, int) else None
    return Published(urn, _permalink(post, urn), moment)


def _permalink(post: str, urn: str) -> str:
    return f"{permalink(post)}?commentUrn={encoded(urn)}"


def _edge(post: str) -> str:
    return f"{ACTIONS}/{encoded(post)}/comments"


def _post(message: Message) -> str:
    assert message.reply_to is not None  # noqa: S101 - what has none is no comment
    return message.reply_to.root


def _names_comment(reply: Reply) -> bool:
    document = reply.document or {}
    named = reply.headers.get(COMMENT_ID) or document.get("commentUrn") or document.get("$URN")
    return is_done(reply) and bool(named)
