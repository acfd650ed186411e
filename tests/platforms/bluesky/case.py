"""Bluesky for the suite that every network has to pass."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from platforms.contract import Account, Answer, Credentials
from platforms.message import Kind, Media, Message

NETWORK = "bluesky"
INPUTS: dict[str, str] = {"handle": "harborandpine.bsky.example", "password": "demo-demo-demo-demo"}
SUBMIT = "POST /xrpc/com.atproto.repo.putRecord"
LISTING = "GET /xrpc/app.bsky.feed.getAuthorFeed"
KILLS_ON_REPLAY = False
REVOKES = False  # an access token works until it runs out
DUPLICATE = False
CANNOT_RULE_OUT = False

MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"


def credentials(access: dict[str, Any]) -> Credentials:
    """What comes of a session."""
    return Credentials(access["access_token"], access["refresh_token"])


def subject(access: dict[str, Any]) -> str:
    """Whose session it is."""
    return str(access["account_id"])


def sandbox_account(account: Account) -> str:
    """The sandbox's name of an account."""
    return account.external_id


def messages(folder: Path, media_url: Callable[[Path], str] | None = None) -> dict[str, Message]:  # noqa: ARG001
    """One message of each kind."""
    words = f"Frisch aus dem Ofen 🥐, <b> & all: {uuid.uuid4().hex}"
    pictures = (picture(folder, "#e0a050"), picture(folder, "#3070c0"))
    shop = "https://example.com/offers?id=7&from=a"
    return {
        "text": Message(f"{words} #bread @harborandpine.bsky.example", shop, options={"languages": "en, de"}),
        "link": Message(
            f"{words} link",
            shop,
            kind=Kind.LINK,
            title="Offers",
            cover=picture(folder, "#102030"),
            options={"description": "All of them"},
        ),
        "image": Message(f"{words} image", kind=Kind.IMAGE, media=pictures),
        "video": Message(f"{words} video", kind=Kind.VIDEO, media=(movie(folder),)),
    }


def post_ids(answers: list[Answer]) -> list[str]:
    """The ids of the account's own posts in the listing's answers."""
    entries = [entry for answer in answers for entry in json.loads(answer.body)["feed"]]
    return [entry["post"]["uri"] for entry in entries if "reason" not in entry]


def picture(folder: Path, colour: str, alt: str = "Bread on a table") -> Media:
    """A small JPEG."""
    path = folder / f"{uuid.uuid4().hex}.jpg"
    Image.new("RGB", (64, 48), colour).save(path)
    return Media(path.name, path, "image/jpeg", path.stat().st_size, 64, 48, alt=alt)


def movie(folder: Path, size: int = 50_000, content: bytes = b"") -> Media:
    """Bytes that begin as an MP4 does, unlike any other's, of so many bytes."""
    path = folder / f"{uuid.uuid4().hex}.mp4"
    path.write_bytes((MP4 + content + uuid.uuid4().bytes).ljust(size, b"\x01"))
    return Media(path.name, path, "video/mp4", path.stat().st_size, 1280, 720, duration_s=12.0, alt="Ovens")
