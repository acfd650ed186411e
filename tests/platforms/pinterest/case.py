"""Pinterest for the suite that every network has to pass."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from pydantic import SecretStr

from platforms.contract import Account, Answer, Credentials
from platforms.message import Kind, Media, Message

NETWORK = "pinterest"
INPUTS: dict[str, str] = {}
SUBMIT = "POST /v5/pins"
LISTING = "GET /v5/pins"
KILLS_ON_REPLAY = False  # the old refresh token is dead, the new ones live on
REVOKES = True
DUPLICATE = False
CANNOT_RULE_OUT = False

BOARD = {"board_id": "9048000000001011"}  # the first brand's first board


def settings(url: str, access: dict[str, Any]) -> dict[str, Any]:
    """Settings for a sandbox at `url`."""
    return {
        "pinterest_api_url": f"{url}/pinterest",
        "pinterest_dialog_url": f"{url}/pinterest",
        "pinterest_client_id": access["client_id"],
        "pinterest_client_secret": SecretStr(access["client_secret"]),
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
    words = f"Fresh out of the oven, <b> & all: {uuid.uuid4().hex} 🥐"
    link = "https://example.com/bread?a=b"
    two = (image(folder), image(folder, "png"))
    return {
        "image": Message(words, link, Kind.IMAGE, "Bread", (image(folder, alt="A loaf"),), options=BOARD),
        "carousel": Message(words, link, Kind.CAROUSEL, "Bread", two, options=BOARD),
        "video": Message(
            words, None, Kind.VIDEO, "Ovens", (video(folder),), cover=image(folder), options=BOARD
        ),
    }


def post_ids(answers: list[Answer]) -> list[str]:
    """The ids in the listing's answers."""
    return [str(pin["id"]) for answer in answers for pin in json.loads(answer.body)["items"]]


def image(folder: Path, form: str = "jpeg", alt: str = "") -> Media:
    """A small image."""
    path = folder / f"{uuid.uuid4().hex}.{form}"
    Image.new("RGB", (48, 64), "#e0a050").save(path)
    return Media(path.name, path, f"image/{form}", path.stat().st_size, 48, 64, alt=alt)


def video(folder: Path, size: int = 40_000) -> Media:
    """Bytes that begin as an MP4 does, no two files alike."""
    path = folder / f"{uuid.uuid4().hex}.mp4"
    head = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
    path.write_bytes(head + os.urandom(size - len(head)))
    return Media(path.name, path, "video/mp4", size, 720, 1280, duration_s=12.0)
