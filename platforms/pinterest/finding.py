"""Pinterest: pins as they are listed, and the one whose sending was never answered."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from platforms.contract import Account, Found, Published
from platforms.http import Api
from platforms.looking import BEFORE, Candidate, plain, same_address, verdict
from platforms.message import Kind, Message
from platforms.pinterest.capabilities import BOARD

PAGE = 250
FIND_PAGES = 8
_SHAPES = {Kind.IMAGE: "image", Kind.VIDEO: "video", Kind.CAROUSEL: "multiple_images"}


def find(api: Api, account: Account, message: Message, sent_at: datetime) -> Found:
    """Look for a message sent at `sent_at` (aware UTC) on its board.

    No order of the list is promised. The newest pins come first as far as is known; only if that shows in the
    list itself does an older pin end the search.
    """
    path, bookmark = f"v5/boards/{message.options[BOARD.key]}/pins", None
    candidates: list[Candidate] = []
    times: list[datetime] = []
    for _ in range(FIND_PAGES):
        params = {"page_size": str(PAGE), **({"bookmark": bookmark} if bookmark else {})}
        document = api.read(path, params, token=account.credentials.access_token).document or {}
        pins = document.get("items") or []
        times += [created(pin) for pin in pins]
        candidates += _candidates([pin for pin in pins if created(pin) >= sent_at - BEFORE], message)
        bookmark = document.get("bookmark")
        passed = bool(times) and times[-1] < sent_at - BEFORE and is_newest_first(times)
        if not bookmark or passed:
            return verdict(candidates, sent_at, complete=True)
    return verdict(candidates, sent_at, complete=False)


def published(pin: Mapping[str, Any]) -> Published:
    """A pin Pinterest shows."""
    pin_id = str(pin["id"])
    at = created(pin) if pin.get("created_at") else None
    return Published(pin_id, f"https://www.pinterest.com/pin/{pin_id}/", at)


def created(pin: Mapping[str, Any]) -> datetime:
    """When it was made (aware UTC): Pinterest writes no zone. One without a time passes for new."""
    text = pin.get("created_at")
    if not text:
        return datetime.max.replace(tzinfo=UTC)
    moment = datetime.fromisoformat(str(text))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def is_newest_first(times: list[datetime]) -> bool:
    """Whether none of these is later than the one before it."""
    return all(later >= earlier for later, earlier in pairwise(times))


def gist(text: str) -> str:
    """The letters and digits of a text, whatever its case: what Pinterest surely leaves as it was."""
    return "".join(c for c in text.casefold() if unicodedata.category(c)[0] in "LN")


def _candidates(pins: list[dict[str, Any]], message: Message) -> Iterator[Candidate]:
    for pin in pins:
        certain = _is_ours(pin, message)
        if certain is not None:
            yield Candidate(published(pin), certain=certain)


def _is_ours(pin: Mapping[str, Any], message: Message) -> bool | None:
    """Whether a listed pin is the message: True surely, False perhaps, None not."""
    shape = (pin.get("media") or {}).get("media_type")
    if shape and shape != _SHAPES[message.kind]:
        return None
    words = plain(message.text), plain(message.title)
    shown = plain(str(pin.get("description") or "")), plain(str(pin.get("title") or ""))
    # The description tells pins apart; where there is none, the title does.
    compared = 0 if words[0] or shown[0] else 1
    if gist(words[compared]) != gist(shown[compared]):
        return None
    # A picture without words looks like any other.
    return any(words) and shown == words and _has_link(pin, message)


def _has_link(pin: Mapping[str, Any], message: Message) -> bool:
    shown = str(pin.get("link") or "")
    return same_address(shown, message.link) if message.link else not shown
