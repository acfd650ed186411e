"""What a message becomes in YouTube's words, and what is refused of it. Pure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.message import Kind, Message
from platforms.youtube.words import description, found_problems, length, privacy, snippet, status
from tests.platforms.youtube.case import picture, video_message


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_description_counts_bytes(text: str) -> None:
    assert length(Message(text)) == len(text.encode())


def test_limits_of_title_description_and_tags(tmp_path: Path) -> None:
    message = replace(video_message(tmp_path), link=None)
    assert found_problems(message) == []
    fits: dict[str, Any] = {
        "text": "é" * 2_500,
        "title": "é" * 100,
        "options": {**message.options, "tags": "a" * 500},
    }
    assert found_problems(replace(message, **fits)) == []
    too_much: dict[str, Any] = {"text": "é" * 2_501, "title": "é" * 101}
    for name, value in too_much.items():
        assert len(found_problems(replace(message, **{name: value}))) == 1
    spaced = {**message.options, "tags": f"{'a' * 249} {'a' * 249}"}
    assert found_problems(replace(message, options=spaced)), "a tag with a space counts its quotation marks"


@pytest.mark.parametrize("name", ["title", "text"])
@pytest.mark.parametrize("character", ["<", ">"])
def test_no_angle_brackets(tmp_path: Path, name: str, character: str) -> None:
    message = video_message(tmp_path)
    wrong: dict[str, Any] = {name: f"a {character} b"}
    assert found_problems(replace(message, **wrong))


@pytest.mark.parametrize("missing", ["privacy", "made_for_kids"])
def test_who_sees_it_and_whether_for_kids_has_to_be_said(tmp_path: Path, missing: str) -> None:
    message = video_message(tmp_path)
    options = {name: value for name, value in message.options.items() if name != missing}
    assert len(found_problems(replace(message, options=options))) == 1


def test_unsaid_it_is_never_public() -> None:
    assert privacy(Message("words")) == "private"
    assert status(Message("words"), "private")["selfDeclaredMadeForKids"] is False


def test_a_short_is_upright_and_short(tmp_path: Path) -> None:
    upright = video_message(tmp_path, Kind.REEL, pixels=(1080, 1920))
    assert found_problems(upright) == []
    assert found_problems(video_message(tmp_path, Kind.REEL, pixels=(1920, 1080)))
    long = replace(upright, media=(replace(upright.media[0], duration_s=181.0),))
    assert found_problems(long)


def test_covers(tmp_path: Path) -> None:
    cover = picture(tmp_path)
    assert found_problems(video_message(tmp_path, cover=cover)) == []
    assert found_problems(video_message(tmp_path, cover=replace(cover, size=2 * 1024**2 + 1)))
    assert found_problems(video_message(tmp_path, cover=replace(cover, mime="image/webp")))


def test_the_link_stands_once_in_the_description() -> None:
    link = "https://example.com/a"
    assert description(Message("words", link)) == f"words\n{link}"
    assert description(Message(f"words {link}", link)) == f"words {link}"
    assert description(Message("", link)) == link


def test_a_snippet_has_a_category_and_clean_tags() -> None:
    plain = snippet(Message("words", title="A title"))
    assert plain == {"title": "A title", "description": "words", "categoryId": "22"}
    said = snippet(Message("words", title="A", options={"category": "27", "tags": " a,, b c ,"}))
    assert (said["categoryId"], said["tags"]) == ("27", ["a", "b c"])
