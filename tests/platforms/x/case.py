"""X for the suite that every network has to pass."""

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

NETWORK = "x"
INPUTS: dict[str, str] = {}
SUBMIT = "POST /2/tweets"
LISTING = "GET /2/users/{id}/tweets"
KILLS_ON_REPLAY = True
REVOKES = True
DUPLICATE = True
CANNOT_RULE_OUT = False

MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"


def settings(url: str, access: dict[str, Any]) -> dict[str, Any]:
    """Settings for a sandbox at `url`."""
    return {
        "x_api_url": f"{url}/x",
        "x_dialog_url": f"{url}/x",
        "x_client_id": access["client_id"],
        "x_client_secret": SecretStr(access["client_secret"]),
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


def messages(folder: Path, media_url: Callable[[Path], str] | None = None) -> dict[str, Message]:  # noqa: ARG001
    """One message of each kind."""
    words = f"Fresh out of the oven, <b> & all: {uuid.uuid4().hex} 🥐"
    photos = (picture(folder, "#e0a050"), picture(folder, "#3070c0"))
    return {
        "text": Message(f"{words} text", "https://example.com/offers?id=7&from=a"),
        "image": Message(f"{words} image", kind=Kind.IMAGE, media=photos),
        "video": Message(f"{words} video", kind=Kind.VIDEO, media=(movie(folder),)),
    }


def post_ids(answers: list[Answer]) -> list[str]:
    """The ids in the listing's answers."""
    return [str(post["id"]) for answer in answers for post in json.loads(answer.body).get("data", [])]


def picture(folder: Path, colour: str, alt: str = "Bread on a table") -> Media:
    """A small JPEG."""
    path = folder / f"{uuid.uuid4().hex}.jpg"
    Image.new("RGB", (64, 48), colour).save(path)
    return Media(path.name, path, "image/jpeg", path.stat().st_size, 64, 48, alt=alt)


def gif(folder: Path) -> Media:
    """A small GIF of two pictures."""
    path = folder / f"{uuid.uuid4().hex}.gif"
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("#e0a050", "#3070c0")]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    return Media(path.name, path, "image/gif", path.stat().st_size, 32, 32, alt="It turns")


def movie(folder: Path, size: int = 50_000, content: bytes = b"") -> Media:
    """Bytes that begin as an MP4 does, of so many bytes."""
    path = folder / f"{uuid.uuid4().hex}.mp4"
    path.write_bytes((MP4 + content).ljust(size, b"\x01"))
    return Media(path.name, path, "video/mp4", path.stat().st_size, 1280, 720, duration_s=12.0)
