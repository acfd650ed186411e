"""Mastodon for the suite that every network has to pass."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from platforms.contract import Account, Answer, Credentials
from platforms.message import Kind, Media, Message

NETWORK = "mastodon"
SERVER = "https://toot.example"
INPUTS: dict[str, str] = {"server": "toot.example"}
SUBMIT = "POST /api/v1/statuses"
LISTING = "GET /api/v1/accounts/{id}/statuses"
KILLS_ON_REPLAY = False
REVOKES = True
DUPLICATE = False
CANNOT_RULE_OUT = False

MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"


def credentials(access: dict[str, Any]) -> Credentials:
    """What a person brings from the consent."""
    extra = {"server": SERVER, "client_id": access["client_id"], "client_secret": access["client_secret"]}
    return Credentials(access["access_token"], scopes=frozenset(access["scope"].split()), extra=extra)


def subject(access: dict[str, Any]) -> str:
    """Who consents on the sandbox's page."""
    return str(access["account_id"])


def sandbox_account(account: Account) -> str:
    """The sandbox's name of an account."""
    return account.external_id.partition("@")[0]


def messages(folder: Path, media_url: Callable[[Path], str] | None = None) -> dict[str, Message]:  # noqa: ARG001
    """One message of each kind."""
    words = f"Frisch aus dem Ofen 🥐, <b> & all: {uuid.uuid4().hex}"
    pictures = (picture(folder, "#e0a050"), picture(folder, "#3070c0"))
    return {
        "text": Message(
            f"{words} #bread",
            "https://example.com/offers?id=7&from=a",
            options={"visibility": "unlisted", "language": "de", "spoiler_text": "Bread"},
        ),
        "image": Message(f"{words} image", kind=Kind.IMAGE, media=pictures, options={"sensitive": True}),
        "video": Message(f"{words} video", kind=Kind.VIDEO, media=(movie(folder),), cover=pictures[0]),
    }


def post_ids(answers: list[Answer]) -> list[str]:
    """The ids in the listing's answers."""
    return [str(post["id"]) for answer in answers for post in json.loads(answer.body)]


def picture(folder: Path, colour: str, alt: str = "Bread on a table") -> Media:
    """A small JPEG."""
    path = folder / f"{uuid.uuid4().hex}.jpg"
    Image.new("RGB", (64, 48), colour).save(path)
    return Media(path.name, path, "image/jpeg", path.stat().st_size, 64, 48, alt=alt)


def movie(folder: Path, size: int = 50_000, content: bytes = b"") -> Media:
    """Bytes that begin as an MP4 does, of so many bytes."""
    path = folder / f"{uuid.uuid4().hex}.mp4"
    path.write_bytes((MP4 + content).ljust(size, b"\x01"))
    return Media(path.name, path, "video/mp4", path.stat().st_size, 1280, 720, duration_s=12.0, alt="Ovens")
