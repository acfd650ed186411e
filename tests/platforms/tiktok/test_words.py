"""What a message becomes in TikTok's words, what is refused of it, and how a file is cut. Pure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.message import Kind, Message
from platforms.tiktok.upload import PART, Parts
from platforms.tiktok.words import found_problems, photo_info, units, unwanted_by, video_info
from tests.platforms.tiktok.case import photo, video_message

CREATOR = {
    "privacy_level_options": ["PUBLIC_TO_EVERYONE", "SELF_ONLY"],
    "comment_disabled": False,
    "duet_disabled": False,
    "stitch_disabled": False,
    "max_video_post_duration_sec": 300,
}


@given(st.integers(min_value=1, max_value=4 * 1024**3))
def test_parts_follow_tiktoks_rules(size: int) -> None:
    parts = Parts.of(size)
    last = parts.size - parts.last_from
    assert 0 < last <= 128 * 1024**2
    assert parts.count <= 1_000
    if parts.count == 1:
        assert parts.part == size <= 64 * 1024**2
    else:
        assert parts.part == PART >= 5_000_000
        assert parts.count == size // PART


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_length_is_in_utf_16(text: str) -> None:
    assert units(text) == sum(2 if ord(c) > 0xFFFF else 1 for c in text)


def test_limits_count_utf_16(tmp_path: Path) -> None:
    assert not found_problems(video_message(tmp_path, "🥐" * 1_100))
    assert found_problems(video_message(tmp_path, "🥐" * 1_101))
    photos = Message(
        "", kind=Kind.IMAGE, media=(photo(tmp_path, "red"),), options={"privacy_level": "SELF_ONLY"}
    )
    assert not found_problems(replace(photos, title="🥐" * 45))
    assert found_problems(replace(photos, title="🥐" * 46))


def test_who_can_see_it_has_to_be_said(tmp_path: Path) -> None:
    message = video_message(tmp_path, "words")
    assert found_problems(message) == []
    (problem,) = found_problems(replace(message, options={}))
    assert "who can see it" in problem


def test_branded_content_is_never_private(tmp_path: Path) -> None:
    message = video_message(tmp_path, "words", privacy_level="SELF_ONLY", brand_content_toggle=True)
    assert any("partnership" in problem for problem in found_problems(message))


def test_png_and_long_videos_are_refused(tmp_path: Path) -> None:
    picture = replace(photo(tmp_path, "red"), mime="image/png")
    options = {"privacy_level": "SELF_ONLY"}
    assert found_problems(Message("a", kind=Kind.IMAGE, media=(picture,), options=options))
    message = video_message(tmp_path, "words")
    long = replace(message, media=(replace(message.media[0], duration_s=601.0),))
    assert found_problems(long)


def test_switches_are_off_unless_chosen(tmp_path: Path) -> None:
    info = video_info(video_message(tmp_path, "words"))
    assert [info[f"disable_{name}"] for name in ("comment", "duet", "stitch")] == [True, True, True]
    assert (info["brand_content_toggle"], info["brand_organic_toggle"], info["is_aigc"]) == (False,) * 3
    chosen = video_info(video_message(tmp_path, "words", allow_comment=True, is_aigc=True))
    assert (chosen["disable_comment"], chosen["disable_duet"], chosen["is_aigc"]) == (False, True, True)
    photos = photo_info(Message("words", title="A title", options={"privacy_level": "SELF_ONLY"}))
    assert (photos["title"], photos["description"]) == ("A title", "words")
    assert "disable_duet" not in photos


@pytest.mark.parametrize(
    ("creator", "options"),
    [
        ({"privacy_level_options": ["SELF_ONLY"]}, {}),
        ({"comment_disabled": True}, {"allow_comment": True}),
        ({"duet_disabled": True}, {"allow_duet": True}),
        ({"max_video_post_duration_sec": 10}, {}),
    ],
)
def test_what_the_account_forbids(tmp_path: Path, creator: dict[str, Any], options: dict[str, Any]) -> None:
    message = video_message(tmp_path, "words", **options)
    assert unwanted_by(CREATOR, message) == []
    assert len(unwanted_by({**CREATOR, **creator}, message)) == 1
