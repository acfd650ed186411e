"""LinkedIn for the suite that every network has to pass."""

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

NETWORK = "linkedin"
INPUTS = {"what": "organizations"}
SUBMIT = "POST /rest/posts"
LISTING = "GET /rest/posts"
COMMENT = "POST /rest/socialActions/{post}/comments"
KILLS_ON_REPLAY = False  # the refresh token stays
REVOKES = False  # LinkedIn has no such call
DUPLICATE = True
CANNOT_RULE_OUT = False


def settings(url: str, access: dict[str, Any]) -> dict[str, Any]:
    """Settings for a sandbox at `url`."""
    return {
        "linkedin_api_url": f"{url}/linkedin",
        "linkedin_oauth_url": f"{url}/linkedin",
        "linkedin_client_id": access["client_id"],
        "linkedin_client_secret": SecretStr(access["client_secret"]),
    }


def credentials(access: dict[str, Any]) -> Credentials:
    """What a person brings from the consent."""
    scopes = frozenset(access["scope"].split(","))
    return Credentials(access["access_token"], access["refresh_token"], scopes=scopes)


def subject(access: dict[str, Any]) -> str:
    """Who consents on the sandbox's page."""
    return str(access["person_id"])


def sandbox_account(account: Account) -> str:
    """The sandbox's name of an account."""
    return account.external_id


def messages(folder: Path, media_url: Callable[[Path], str]) -> dict[str, Message]:  # noqa: ARG001
    """One message of each kind."""
    words = "Now @ [Pier 4] (50% {off} | a*b_c~d) #hello_world <3 \\ 🥐"
    link = "https://example.com/a_b?c=d#e(f)"
    return {
        "text": Message(f"{words} {uuid.uuid4().hex}", link=link),
        "link": Message(words, link=link, kind=Kind.LINK, title="Bread", cover=image(folder)),
        "image": Message(words, kind=Kind.IMAGE, media=(image(folder, alt="A loaf"),)),
        "carousel": Message(words, kind=Kind.CAROUSEL, media=(image(folder), image(folder), image(folder))),
        "video": Message(words, kind=Kind.VIDEO, title="Ovens", media=(video(folder),), cover=image(folder)),
        "document": Message(words, kind=Kind.DOCUMENT, title="Recipes", media=(document(folder),)),
    }


def post_ids(answers: list[Answer]) -> list[str]:
    """The ids in the listing's answers."""
    return [str(post["id"]) for answer in answers for post in json.loads(answer.body)["elements"]]


def image(folder: Path, alt: str = "") -> Media:
    """A small JPEG."""
    path = folder / f"{uuid.uuid4().hex}.jpg"
    Image.new("RGB", (64, 48), "#e0a050").save(path)
    return Media(path.name, path, "image/jpeg", path.stat().st_size, 64, 48, alt=alt)


def video(folder: Path, size: int = 90_000) -> Media:
    """Bytes that begin as an MP4 does, no two files alike."""
    path = folder / f"{uuid.uuid4().hex}.mp4"
    head = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
    path.write_bytes(head + os.urandom(size - len(head)))
    return Media(path.name, path, "video/mp4", size, 1280, 720, duration_s=12.0)


def document(folder: Path) -> Media:
    """Bytes that begin as a PDF does."""
    path = folder / f"{uuid.uuid4().hex}.pdf"
    path.write_bytes(b"%PDF-1.7\n" + uuid.uuid4().bytes)
    return Media(path.name, path, "application/pdf", path.stat().st_size)
