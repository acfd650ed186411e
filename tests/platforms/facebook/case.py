"""Facebook for the suite that every network has to pass."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from pydantic import SecretStr

from platforms.contract import Account, Answer, Credentials
from platforms.message import Kind, Media, Message

NETWORK = "facebook"
INPUTS: dict[str, str] = {}
SUBMIT = "POST /{page}/feed"
LISTING = "GET /{page}/published_posts"
COMMENT = "POST /{post}/comments"
KILLS_ON_REPLAY = False  # there are no refresh tokens
DUPLICATE = True
REVOKES = False  # permissions are given back, and the token goes on without them
CANNOT_RULE_OUT = False


def settings(url: str, access: dict[str, Any]) -> dict[str, Any]:
    """Settings for a sandbox at `url`."""
    return {
        "facebook_api_url": f"{url}/facebook",
        "facebook_dialog_url": f"{url}/facebook",
        "facebook_upload_url": f"{url}/facebook/rupload",
        "facebook_client_id": access["client_id"],
        "facebook_client_secret": SecretStr(access["client_secret"]),
    }


def credentials(access: dict[str, Any]) -> Credentials:
    """What a person brings from the consent: the token that reaches their pages."""
    return Credentials(access["user_token"], scopes=frozenset(access["scope"].split(",")))


def subject(access: dict[str, Any]) -> str:  # noqa: ARG001 - every network's signature
    """Who consents at once: somebody with every page."""
    return "*"


def sandbox_account(account: Account) -> str:
    """The page, as the sandbox lists it."""
    return account.external_id


def messages(folder: Path, media_url: Callable[[Path], str]) -> dict[str, Message]:
    """One message of each kind."""
    words = f"Fresh out of the oven, <b> & all: {uuid.uuid4().hex} 🥐"
    photos = (picture(folder, "#e0a050", media_url), picture(folder, "#3070c0", media_url))
    return {
        "text": Message(f"{words} text"),
        "link": Message(f"{words} link", "https://example.com/offers?id=7&from=a", Kind.LINK),
        "image": Message(f"{words} image", kind=Kind.IMAGE, media=photos[:1]),
        "carousel": Message(f"{words} carousel", kind=Kind.CAROUSEL, media=photos),
        "video": Message(
            f"{words} video", kind=Kind.VIDEO, title="Ovens", media=(movie(folder, (1280, 720), media_url),)
        ),
        "reel": Message(f"{words} reel", kind=Kind.REEL, media=(movie(folder, (1080, 1920), media_url),)),
        "story": Message("", kind=Kind.STORY, media=photos[:1]),
    }


def post_ids(answers: list[Answer]) -> list[str]:
    """The ids in the listing's answers: posts under PAGEID_POSTID, reels under their own."""
    return [str(post["id"]) for answer in answers for post in json.loads(answer.body).get("data", [])]


def picture(folder: Path, colour: str, media_url: Callable[[Path], str] | None = None) -> Media:
    """A small JPEG."""
    path = folder / f"{uuid.uuid4().hex}.jpg"
    Image.new("RGB", (64, 48), colour).save(path)
    url = media_url(path) if media_url else None
    return Media(path.name, path, "image/jpeg", path.stat().st_size, 64, 48, alt="Bread", url=url)


def movie(
    folder: Path,
    pixels: tuple[int, int] = (1080, 1920),
    media_url: Callable[[Path], str] | None = None,
    *,
    size: int = 3_000_000,
    head: bytes = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00",
) -> Media:
    """Bytes that begin as an MP4 does: more than one piece of a chunked upload."""
    path = folder / f"{uuid.uuid4().hex}.mp4"
    path.write_bytes(head + bytes(i % 251 for i in range(1024)) * (size // 1024 + 1))
    url = media_url(path) if media_url else None
    return Media(path.name, path, "video/mp4", path.stat().st_size, *pixels, duration_s=12.0, url=url)
