"""What a publishing call asks for, checked as the Graph API checks it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sandbox.facebook.errors import invalid_parameter
from sandbox.facebook.times import parse_time
from sandbox.model import Kind

_LONGEST = 63_206
_EARLIEST, _LATEST = timedelta(minutes=10), timedelta(days=30)
_URL = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Draft:
    """A post of /{page}/feed; `public_at` (UTC) is set for one the network itself is to publish later.

    `photos` are those attached, by id.
    """

    text: str
    link: str | None
    kind: Kind
    published: bool
    public_at: datetime | None
    photos: tuple[str, ...] = ()


def read_post(params: Mapping[str, str], now: datetime) -> Draft:
    """The post a call to /{page}/feed describes. Raises GraphError 100."""
    text, link = params.get("message", ""), params.get("link") or None
    photos = _attached(params.get("attached_media"))
    if photos and link:
        raise invalid_parameter("A post has either attached_media or a link")
    if not text.strip() and link is None and not photos:
        raise invalid_parameter("Missing message or attachment", subcode=1349125)
    if len(text) > _LONGEST:
        raise invalid_parameter("param message is too long")
    if link is not None and (urlsplit(link).scheme not in ("http", "https") or not urlsplit(link).netloc):
        raise invalid_parameter("The url you supplied is invalid", subcode=1609005)
    published = params.get("published", "true").lower() not in ("false", "0")
    when = public_at(params, published, now)
    kind: Kind = "link" if link or _URL.search(text) else "status"
    if photos:
        kind = "photo" if len(photos) == 1 else "album"
    return Draft(text, link, kind, published or when is not None, when, photos)


def _attached(text: str | None) -> tuple[str, ...]:
    """The ids of ``[{"media_fbid": "1"}, …]``. Raises GraphError 100."""
    try:
        found = json.loads(text or "[]")
        return tuple(str(one["media_fbid"]) for one in found)
    except (ValueError, TypeError, KeyError) as error:
        raise invalid_parameter("param attached_media must be a list of {media_fbid}") from error


def public_at(params: Mapping[str, str], published: bool, now: datetime) -> datetime | None:
    """When (UTC) a scheduled post is to appear, None for one that is not. Raises GraphError 100."""
    text = params.get("scheduled_publish_time")
    if not text:
        return None
    if published:
        raise invalid_parameter("param published must be false for a scheduled post")
    moment = parse_time("scheduled_publish_time", text, ZoneInfo("UTC"))
    if not _EARLIEST <= moment - now <= _LATEST:
        raise invalid_parameter("The specified scheduled publish time is invalid.", subcode=1363033)
    return moment.astimezone(UTC)
