"""Pinterest: make pins of images, several images and videos, and read them back.

Source: Pinterest's OpenAPI 5.23 ``POST /pins``. Pinterest does not say how large the base64 form of an image
may be, so a large image is named by its address where this installation has one.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from platforms import checks
from platforms.contract import Account, Found, Published
from platforms.errors import Ambiguous, Rejected
from platforms.http import Api
from platforms.message import Kind, Media, Message
from platforms.pinterest import finding
from platforms.pinterest.capabilities import BOARD, CAPABILITIES, LINK_LIMIT, SECTION
from platforms.pinterest.errors import LABEL
from platforms.pinterest.upload import Uploads, video_id

PINS = "v5/pins"
INLINE_BYTES = 8 * 1024 * 1024
BOARDS_PAGES = 20


class PinterestPublisher:
    """Publishes through ``POST /v5/pins``; a video goes up first."""

    def __init__(self, api: Api) -> None:
        self._api, self._uploads = api, Uploads(api)

    def check(self, message: Message) -> list[str]:
        """Problems of words, files and the board; empty when Pinterest would take them."""
        found = checks.problems(LABEL, CAPABILITIES, message, self.length(message))
        if message.link and len(message.link) > LINK_LIMIT:
            found.append(f"{LABEL} takes links of {LINK_LIMIT:,} characters.")
        for option in (BOARD, SECTION):
            value = message.options.get(option.key)
            if isinstance(value, str) and value and not (value.isascii() and value.isdigit()):
                found.append(f"{LABEL} knows no {option.label.lower()} {value!r}: choose one of the list.")
        return found

    def length(self, message: Message) -> int:
        """Characters of the description; title and link have fields of their own."""
        return len(message.text)

    def choices(self, account: Account, option_key: str) -> dict[str, str]:
        """What can be chosen for an option now: the account's boards, names by ids."""
        if option_key != BOARD.key:
            return {}
        found: dict[str, str] = {}
        bookmark = None
        for _ in range(BOARDS_PAGES):
            params = {"page_size": "250", **({"bookmark": bookmark} if bookmark else {})}
            reply = self._api.read("v5/boards", params, token=account.credentials.access_token)
            document = reply.document or {}
            boards = document.get("items") or []
            found |= {str(board["id"]): str(board.get("name") or board["id"]) for board in boards}
            bookmark = document.get("bookmark")
            if not bookmark:
                break
        return found

    def prepare(
        self, account: Account, message: Message, prepared: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Upload a video; images travel with the pin itself."""
        if message.kind is Kind.VIDEO:
            yield from self._uploads.video(account, message.media[0], prepared)

    def submit(self, account: Account, message: Message, prepared: Mapping[str, Any]) -> Published:
        """``POST /v5/pins``, once."""
        token = account.credentials.access_token
        reply = self._api.write(PINS, token=token, json_body=_body(message, prepared))
        pin = reply.document or {}
        if not pin.get("id"):
            raise Ambiguous(f"{LABEL} answered without naming the pin", status=reply.status)
        return finding.published(pin)

    def confirm(self, account: Account, external_id: str) -> Published:
        """``GET /v5/pins/{id}``.

        Raises:
            Rejected: there is no such pin: it was taken down, or deleted.
        """
        reply = self._api.read(f"{PINS}/{external_id}", token=account.credentials.access_token)
        return finding.published({**(reply.document or {}), "id": external_id})

    def find(
        self,
        account: Account,
        message: Message,
        sent_at: datetime,
        prepared: Mapping[str, Any],  # noqa: ARG002 - a pin does not name the upload it was made of
    ) -> Found:
        """Look on the board, since shortly before `sent_at` (aware UTC)."""
        return finding.find(self._api, account, message, sent_at)


def _body(message: Message, prepared: Mapping[str, Any]) -> dict[str, Any]:
    body = {
        "board_id": message.options[BOARD.key],
        "board_section_id": message.options.get(SECTION.key),
        "title": message.title,
        "description": message.text,
        "alt_text": message.media[0].alt,
        "link": message.link,
        "media_source": _source(message, prepared),
    }
    return {name: value for name, value in body.items() if value}


def _source(message: Message, prepared: Mapping[str, Any]) -> dict[str, Any]:
    """What a pin shows.

    Raises:
        Rejected: the video was not uploaded.
    """
    if message.kind is Kind.VIDEO:
        media_id = video_id(prepared)
        if not media_id:
            raise Rejected(f"The video was not uploaded to {LABEL}; nothing was published. Send it again")
        return {"source_type": "video_id", "media_id": media_id, **_cover(message.cover)}
    by_address = sum(media.size for media in message.media) > INLINE_BYTES
    urls = [media.url for media in message.media if media.url]
    if by_address and len(urls) == len(message.media):
        if message.kind is Kind.CAROUSEL:
            return {"source_type": "multiple_image_urls", "items": [{"url": url} for url in urls]}
        return {"source_type": "image_url", "url": urls[0]}
    images = [{"content_type": media.mime, "data": _base64(media)} for media in message.media]
    if message.kind is Kind.CAROUSEL:
        return {"source_type": "multiple_image_base64", "items": images}
    return {"source_type": "image_base64", **images[0]}


def _cover(cover: Media | None) -> dict[str, Any]:
    """The still image of a video: Pinterest wants one; without our own its beginning."""
    if cover is None:
        return {"cover_image_key_frame_time": 0}
    return {"cover_image_content_type": cover.mime, "cover_image_data": _base64(cover)}


def _base64(media: Media) -> str:
    return base64.b64encode(media.path.read_bytes()).decode()
