"""Fetching media by its URL, as networks do that pull: what can't be fetched fails as it does there."""

from __future__ import annotations

from dataclasses import dataclass

import httpx2

LARGEST = 300 * 1024 * 1024
TIMEOUT_S = 10.0


class Unreachable(Exception):
    """The address gave nothing; the words say why."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What the address gave."""

    mime: str
    content: bytes


async def pull(url: str) -> Pulled:
    """The bytes at a URL. Raises Unreachable for anything but a 200 in ten seconds."""
    try:
        async with httpx2.AsyncClient(timeout=TIMEOUT_S, trust_env=False, follow_redirects=True) as client:
            answer = await client.get(url)
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise Unreachable(type(error).__name__) from None
    if answer.status_code != 200 or len(answer.content) > LARGEST:
        raise Unreachable(f"HTTP {answer.status_code}")
    return Pulled(answer.headers.get("content-type", "").partition(";")[0].strip(), answer.content)
