"""An account's list of posts, which comes as a JSON array with the way on in a ``Link`` header."""

from __future__ import annotations

import json
import re
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from platforms.http import Reply

_NEXT: Final = re.compile(r'<([^>]*)>\s*;[^,]*\brel="?next\b')


def is_list(reply: Reply) -> bool:
    """A success that lists something: 2xx with a JSON array."""
    return 200 <= reply.status < 300 and _parsed(reply) is not None


def posts(reply: Reply) -> list[dict[str, Any]]:
    """The posts of an answer."""
    return [one for one in _parsed(reply) or [] if isinstance(one, dict)]


def next_id(reply: Reply) -> str | None:
    """The ``max_id`` of the next page (RFC 8288, relation "next"), or None after the last one.

    Only the id is taken from it: no address that a server writes is ever followed.
    """
    match = _NEXT.search(reply.headers.get("link", ""))
    values = parse_qs(urlsplit(match[1]).query).get("max_id") if match else None
    return values[0] if values else None


def _parsed(reply: Reply) -> list[Any] | None:
    try:
        found = json.loads(reply.body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) else None
