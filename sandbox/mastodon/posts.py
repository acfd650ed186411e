"""Posts of the stand-in: kept with what was sent, looked at later, shown as a server does."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from sandbox import objects
from sandbox.model import Account, Post
from sandbox.services import Services

NETWORK, STATUS, MEDIA = "mastodon", "status", "media"
HOST = "mastodon.example"
REVIEW = timedelta(seconds=8)
"""How long until a post that is not allowed is taken down."""
REFUSED_WORDS = "#rejected"
_URL = re.compile(r"https?://[^\s<>\"]+")


def visible(sandbox: Services, account: Account, now: datetime) -> list[Post]:
    """The account's posts that were not taken down, oldest first."""
    return [post for post in sandbox.timeline.posts(account, now) if not _is_taken_down(post, now)]


def find(sandbox: Services, post_id: str, now: datetime) -> tuple[Account, Post] | None:
    """A post by its id, unless it was deleted or taken down."""
    found = sandbox.timeline.find(post_id, "mastodon", now)
    return None if found is None or _is_taken_down(found[1], now) else found


def sent(sandbox: Services, post: Post) -> dict[str, Any]:
    """What a post was sent with; empty for the world's own ones."""
    thing = objects.get(sandbox, NETWORK, STATUS, post.id)
    return thing.data if thing else {}


def status(sandbox: Services, account: Account, post: Post, now: datetime, base_url: str) -> dict[str, Any]:
    """The entity Status."""
    counts, told = sandbox.timeline.counts(post, now), sent(sandbox, post)
    media = [objects.get(sandbox, NETWORK, MEDIA, one) for one in told.get("media_ids", ())]
    url = f"https://{HOST}/@{account.username}/{post.id}"
    return {
        "id": post.id,
        "created_at": written(post.created_at),
        "in_reply_to_id": post.reply_to,
        "in_reply_to_account_id": account.id if post.reply_to else None,
        "sensitive": bool(told.get("sensitive")),
        "spoiler_text": told.get("spoiler_text") or "",
        "visibility": told.get("visibility") or "public",
        "language": told.get("language") or "en",
        "uri": f"https://{HOST}/users/{account.username}/statuses/{post.id}",
        "url": url,
        "replies_count": counts.comments,
        "reblogs_count": counts.shares,
        "favourites_count": counts.reacted,
        "quotes_count": counts.quotes,
        "edited_at": None,
        "content": _html(post.text),
        "reblog": None,
        "application": {"name": "AllIN", "website": None} if told else None,
        "account": shown_account(sandbox, account, now, base_url),
        "media_attachments": [attachment(one.id, one.data, base_url) for one in media if one],
        "mentions": [],
        "tags": [],
        "emojis": [],
        "card": None,
        "poll": None,
    }


def attachment(media_id: str, data: dict[str, Any], base_url: str, *, ready: bool = True) -> dict[str, Any]:
    """The entity MediaAttachment; without addresses while it is processed."""
    url = f"{base_url}pictures/{data['account']}_media.svg"
    return {
        "id": media_id,
        "type": "video" if data["mime"].startswith("video/") else "image",
        "url": url if ready else None,
        "preview_url": url,
        "remote_url": None,
        "meta": {},
        "description": data["description"] or None,
        "blurhash": None,
    }


def shown_account(sandbox: Services, account: Account, now: datetime, base_url: str) -> dict[str, Any]:
    """The entity Account."""
    listed = sandbox.timeline.posts(account, now)
    picture = f"{base_url}pictures/{account.id}.svg"
    return {
        "id": account.id,
        "username": account.username,
        "acct": account.username,
        "display_name": account.name,
        "locked": False,
        "bot": False,
        "created_at": written(account.created_at),
        "note": f"<p>{escape(account.about)}</p>",
        "url": f"https://{HOST}/@{account.username}",
        "uri": f"https://{HOST}/users/{account.username}",
        "avatar": picture,
        "avatar_static": picture,
        "header": picture,
        "header_static": picture,
        "followers_count": sandbox.timeline.followers(account, now) or 0,
        "following_count": 74,
        "statuses_count": len(listed),
        "last_status_at": listed[-1].created_at.date().isoformat() if listed else None,
        "emojis": [],
        "fields": [],
    }


def written(moment: datetime) -> str:
    """A moment as Mastodon writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _is_taken_down(post: Post, now: datetime) -> bool:
    return REFUSED_WORDS in post.text and now >= post.created_at + REVIEW


def _html(text: str) -> str:
    """The text as it is shown; an address becomes a link whose scheme is hidden."""

    def link(match: re.Match[str]) -> str:
        scheme, _, rest = match[0].partition("://")
        hidden = f'<span class="invisible">{scheme}://</span>'
        return f'<a href="{match[0]}" rel="nofollow noopener" target="_blank">{hidden}<span>{rest}</span></a>'

    return "<p>" + _URL.sub(link, escape(text, quote=False)).replace("\n", "<br>") + "</p>"
