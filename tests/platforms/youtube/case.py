"""YouTube for the suite that every network has to pass."""

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

NETWORK = "youtube"
INPUTS: dict[str, str] = {}
SUBMIT = "PUT /{service}/v3/videos"
LISTING = "GET /{service}/v3/playlistItems"
COMMENT = "POST /{service}/v3/commentThreads"
UPLOAD = "PUT /upload/{service}/v3/videos"
KILLS_ON_REPLAY = False  # Google's refresh tokens stay
REVOKES = True
DUPLICATE = False
CANNOT_RULE_OUT = False

HEAD = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
OPTIONS = {"privacy": "public", "made_for_kids": "no"}


def settings(url: str, access: dict[str, Any]) -> dict[str, Any]:
    """Settings for a sandbox at `url`."""
    names = ("api", "analytics", "dialog", "token")
    return {
        **{f"youtube_{name}_url": f"{url}/youtube" for name in names},
        "youtube_client_id": access["client_id"],
        "youtube_client_secret": SecretStr(access["client_secret"]),
    }


def credentials(access: dict[str, Any]) -> Credentials:
    """What a person brings from the consent."""
    scopes = frozenset(access["scope"].split())
    return Credentials(access["access_token"], access["refresh_token"], scopes=scopes)


def subject(access: dict[str, Any]) -> str:
    """Who consents on the sandbox's page."""
    return str(access["account_id"])


def sandbox_account(account: Account) -> str:
    """The sandbox's name of an account."""
    return account.external_id


def messages(folder: Path, media_url: Callable[[Path], str]) -> dict[str, Message]:  # noqa: ARG001
    """One message of each kind."""
    return {
        "video": video_message(folder, cover=picture(folder)),
        "reel": video_message(folder, Kind.REEL, pixels=(1080, 1920)),
    }


def video_message(
    folder: Path,
    kind: Kind = Kind.VIDEO,
    *,
    words: str = "Fresh out of the oven & all",
    size: int = 40_000,
    pixels: tuple[int, int] = (1920, 1080),
    cover: Media | None = None,
    **options: Any,
) -> Message:
    """A video for everyone, of so many bytes."""
    return Message(
        f"{words} {uuid.uuid4().hex} 🥐",
        link="https://example.com/offers?id=7&from=a",
        kind=kind,
        title=f"Ovens {uuid.uuid4().hex[:8]}",
        media=(video(folder, size, pixels),),
        cover=cover,
        options={**OPTIONS, **options},
    )


def post_ids(answers: list[Answer]) -> list[str]:
    """The ids of the videos in the answers."""
    found = [json.loads(answer.body) for answer in answers]
    return [str(video["id"]) for body in found for video in body.get("items", [])]


def picture(folder: Path) -> Media:
    """A small JPEG."""
    path = folder / f"{uuid.uuid4().hex}.jpg"
    Image.new("RGB", (640, 360), "#e0a050").save(path)
    return Media(path.name, path, "image/jpeg", path.stat().st_size, 640, 360)


def video(folder: Path, size: int = 40_000, pixels: tuple[int, int] = (1920, 1080)) -> Media:
    """Bytes that begin as an MP4 does, unlike any other's."""
    path = folder / f"{uuid.uuid4().hex}.mp4"
    filling = uuid.uuid4().bytes * (size // 16)
    path.write_bytes((HEAD + filling)[:size])
    return Media(path.name, path, "video/mp4", size, *pixels, duration_s=12.0)
