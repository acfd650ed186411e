"""Instagram: what it would refuse is said before anything is asked."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from platforms.message import Kind, Media, Message
from tests.platforms.meta.steps import Scene


def picture(mime: str = "image/jpeg", **more: Any) -> Media:
    known = {"size": 1_000, "width": 1_000, "height": 1_000, "url": "https://example.com/a"}
    return Media(key="a", path=Path("a"), mime=mime, **{**known, **more})


IMAGE = Message("words", kind=Kind.IMAGE, media=(picture(),))


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (replace(IMAGE, text="a" * 2_201), "2,200"),
        (replace(IMAGE, text="#tag " * 31), "30 hashtags"),
        (replace(IMAGE, text="@some.one " * 21), "20 mentions"),
        (replace(IMAGE, media=(picture("image/png"),)), "JPEG"),
        (replace(IMAGE, media=(picture(size=9_000_000),)), "8 MB"),
        (replace(IMAGE, media=(picture(height=2_000),)), "0.80"),
        (replace(IMAGE, media=()), "1 files"),
        (replace(IMAGE, link="https://example.com/"), "no link"),
        (replace(IMAGE, kind=Kind.TEXT), "no text posts"),
        (replace(IMAGE, kind=Kind.CAROUSEL), "2 to 10"),
        (replace(IMAGE, kind=Kind.STORY), "no text"),
        (replace(IMAGE, kind=Kind.REEL), "image/jpeg"),
        (replace(IMAGE, options={"collaborators": "a,b,c,d"}), "3 names"),
        (replace(IMAGE, options={"unknown": 1}), "unknown"),
    ],
)
def test_what_it_would_refuse_is_said_in_words(scene: Scene, message: Message, words: str) -> None:
    problems = scene.network.publish.check(message)
    assert any(words in problem for problem in problems), problems


def test_what_is_fine_has_no_problems(scene: Scene) -> None:
    text = f"{'#tag ' * 30}mail@example.com &#39; {uuid.uuid4().hex}"
    assert scene.network.publish.check(replace(IMAGE, text=text)) == []
    assert scene.network.publish.length(replace(IMAGE, text="żółw🥐")) == 5
