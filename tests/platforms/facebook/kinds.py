"""A message of every kind a page has, and the call that publishes it."""

from __future__ import annotations

from pathlib import Path

from platforms.message import Kind, Message
from tests.platforms.facebook import case

KINDS = ("text", "link", "image", "carousel", "video", "reel", "story", "video story")
VIDEOS = ("video", "reel", "video story")
SUBMITS = {
    "video": "POST /{page}/videos",
    "reel": "POST /{page}/video_reels",
    "video story": "POST /{page}/video_stories",
    "story": "POST /{page}/photo_stories",
}


def message_of(kind: str, folder: Path) -> Message:
    if kind == "video story":
        return Message("", kind=Kind.STORY, media=(case.movie(folder),))
    return case.messages(folder, lambda path: path.as_uri())[kind]


def submit_of(kind: str) -> str:
    return SUBMITS.get(kind, case.SUBMIT)
