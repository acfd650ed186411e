"""Instagram in the suite that every network passes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from platforms.contract import Account, Answer, Credentials
from platforms.message import Kind, Media, Message
from tests.platforms.meta.steps import Files, a_text

NETWORK = "instagram"
INPUTS: dict[str, str] = {}
SUBMIT = "POST /{user}/media_publish"
LISTING = "GET /{user}/media"
COMMENT = "POST /{post}/comments"
KILLS_ON_REPLAY = False  # there are no refresh tokens
DUPLICATE = False
REVOKES = False  # there is no call for it
CANNOT_RULE_OUT = False


def settings(url: str, access: dict[str, Any]) -> dict[str, Any]:
    """What points the connector at the sandbox."""
    return {
        "instagram_api_url": f"{url}/instagram",
        "instagram_dialog_url": f"{url}/instagram",
        "instagram_token_url": f"{url}/instagram",
        "instagram_client_id": access["client_id"],
        "instagram_client_secret": access["client_secret"],
        "facebook_api_url": f"{url}/facebook",
        "facebook_dialog_url": f"{url}/facebook",
        "facebook_upload_url": f"{url}/facebook/rupload",
        "facebook_client_id": "sandbox-facebook",
        "facebook_client_secret": "sandbox-facebook-secret",
    }


def credentials(access: dict[str, Any]) -> Credentials:
    """What a person brings from the consent."""
    return Credentials(access["access_token"], scopes=frozenset(access["scope"].split(",")))


def subject(access: dict[str, Any]) -> str:
    """Who consents on the sandbox's page."""
    return str(access["account_id"])


def sandbox_account(account: Account) -> str:
    """The sandbox's name of an account."""
    return account.external_id


def messages(folder: Path, media_url: Callable[[Path], str]) -> dict[str, Message]:
    """One valid message of each kind."""
    files = Files(folder, "")

    def with_address(media: Media) -> Media:
        return Media(**{**vars(media), "url": media_url(media.path)})

    image, other, video = map(with_address, (files.image(), files.image(640, 480), files.video()))
    return {
        "image": Message(a_text(), kind=Kind.IMAGE, media=(image,)),
        "carousel": Message(a_text(), kind=Kind.CAROUSEL, media=(image, other, video)),
        "reel": Message(a_text(), kind=Kind.REEL, media=(video,), cover=image),
        "story": Message("", kind=Kind.STORY, media=(image,)),
    }


def post_ids(answers: list[Answer]) -> list[str]:
    """The ids in the answers to a listing."""
    return [post["id"] for answer in answers for post in json.loads(answer.body).get("data", [])]
