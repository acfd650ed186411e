"""TikTok for the suite that every network has to pass."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image
from pydantic import SecretStr

from platforms.contract import Account, Answer, Credentials
from platforms.message import Kind, Media, Message

NETWORK = "tiktok"
INPUTS: dict[str, str] = {}
SUBMIT = "POST /v2/post/publish/content/init/"  # of photos; a video's is its last part
SUBMIT_VIDEO = "PUT /video/"
LISTING = "POST /v2/video/list/"
KILLS_ON_REPLAY = False  # the old refresh token is dead, the new ones live on
REVOKES = True
DUPLICATE = False
CANNOT_RULE_OUT = True  # that photos are not listed proves nothing: TikTok looks at them first

EVERYONE = {"privacy_level": "PUBLIC_TO_EVERYONE"}
HEAD = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"


def settings(url: str, access: dict[str, Any]) -> dict[str, Any]:
    """Settings for a sandbox at `url`."""
    return {
        "tiktok_api_url": f"{url}/tiktok",
        "tiktok_dialog_url": f"{url}/tiktok",
        "tiktok_client_id": access["client_id"],
        "tiktok_client_secret": SecretStr(access["client_secret"]),
    }


def credentials(access: dict[str, Any]) -> Credentials:
    """What a person brings from the consent."""
    scopes = frozenset(access["scope"].split(","))
    return Credentials(access["access_token"], access["refresh_token"], scopes=scopes)


def subject(access: dict[str, Any]) -> str:
    """Who consents on the sandbox's page."""
    return str(access["account_id"])


def sandbox_account(account: Account) -> str:
    """The sandbox's name of an account."""
    return account.external_id


def messages(folder: Path, media_url: Callable[[Path], str]) -> dict[str, Message]:
    """One message of each kind."""
    words = f"Fresh out of the oven, <b> & all: {uuid.uuid4().hex} 🥐"
    photos = (photo(folder, "#e0a050", media_url), photo(folder, "#3070c0", media_url))
    return {
        "image": Message(words, kind=Kind.IMAGE, title="Bread", media=photos[:1], options=EVERYONE),
        "carousel": Message(words, kind=Kind.CAROUSEL, title="Bread", media=photos, options=EVERYONE),
        "video": video_message(folder, words),
        "reel": replace(video_message(folder, words), kind=Kind.REEL),
    }


def video_message(folder: Path, words: str, size: int = 40_000, **options: Any) -> Message:
    """A video that everyone may see, of so many bytes."""
    return Message(words, kind=Kind.VIDEO, media=(video(folder, size),), options={**EVERYONE, **options})


def post_ids(answers: list[Answer]) -> list[str]:
    """The ids in the listing's answers."""
    found = [json.loads(answer.body)["data"]["videos"] for answer in answers]
    return [str(video["id"]) for videos in found for video in videos]


def photo(folder: Path, colour: str, media_url: Callable[[Path], str] | None = None) -> Media:
    """A small JPEG."""
    path = folder / f"{uuid.uuid4().hex}.jpg"
    Image.new("RGB", (64, 48), colour).save(path)
    url = media_url(path) if media_url else None
    return Media(path.name, path, "image/jpeg", path.stat().st_size, 64, 48, url=url)


def video(folder: Path, size: int = 40_000) -> Media:
    """Bytes that begin as an MP4 does."""
    path = folder / f"{uuid.uuid4().hex}.mp4"
    filling = uuid.uuid4().bytes * (size // 16)
    path.write_bytes((HEAD + filling)[:size])
    return Media(path.name, path, "video/mp4", size, 720, 1280, duration_s=12.0)
