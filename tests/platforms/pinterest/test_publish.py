"""Pins of images and videos, and everything that goes wrong on the way."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from platforms.contract import Finding
from platforms.errors import NeedsPerson, Rejected, TemporarilyRejected
from platforms.message import Kind, Message
from platforms.pinterest.publish import PinterestPublisher
from platforms.registry import network
from tests.platforms.conftest import Case, pointed_at
from tests.platforms.pinterest.case import BOARD, image, video
from tests.platforms.publishing import prepare, settle
from tests.platforms.wire import answer, wire

MEDIA = "POST /v5/media"
STORAGE = "POST /uploads/"
STATUS = "GET /v5/media/{id}"


def words() -> str:
    return f"Ovens on {uuid.uuid4().hex}"


def whole(case: Case, message: Message) -> dict[str, Any]:
    """The one thing accepted with these words."""
    (found,) = case.sandbox.accepted(message.text)
    return dict(found)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def a_video(folder: Path, size: int = 600_000, **more: Any) -> Message:
    return Message(words(), kind=Kind.VIDEO, media=(video(folder, size),), options=BOARD, **more)


def a_pin(folder: Path, **more: Any) -> Message:
    media = (image(folder, alt="A loaf"),)
    return Message(**{"text": words(), "kind": Kind.IMAGE, "media": media, "options": BOARD, **more})


def test_the_boards_can_be_chosen(pinterest: Case) -> None:
    publisher = pinterest.network.publish
    assert isinstance(publisher, PinterestPublisher)
    boards = publisher.choices(pinterest.account, "board_id")
    assert boards[BOARD["board_id"]] == "News"
    assert len(boards) == 3
    assert publisher.choices(pinterest.account, "another") == {}


def test_boards_on_several_pages_are_all_offered(pinterest: Case) -> None:
    first = '{"items": [{"id": "1", "name": "One"}], "bookmark": "next"}'
    second = '{"items": [{"id": "2", "name": "Two"}], "bookmark": null}'
    acts = [answer(200, body, Content_Type="application/json") for body in (first, second)]
    with wire(*acts) as server:
        settings = pointed_at(pinterest.sandbox).model_copy(update={"pinterest_api_url": server.url})
        publisher = network("pinterest", settings).publish
        assert isinstance(publisher, PinterestPublisher)
        assert publisher.choices(pinterest.account, "board_id") == {"1": "One", "2": "Two"}
        assert b"bookmark=next" in server.requests[1]


def test_all_that_was_written_arrives(pinterest: Case, tmp_path: Path) -> None:
    message = a_pin(tmp_path, title="Bread", link="https://example.com/x")
    pinterest.network.publish.submit(pinterest.account, message, {})
    payload = whole(pinterest, message)["payload"]
    assert payload == {
        "board_id": BOARD["board_id"],
        "title": "Bread",
        "description": message.text,
        "alt_text": "A loaf",
        "link": "https://example.com/x",
        "sha256": [digest(message.media[0].path)],
    }


def test_a_video_arrives_whole_after_its_form(pinterest: Case, tmp_path: Path) -> None:
    message = a_video(tmp_path, 9 * 2**20, cover=image(tmp_path, "png"))
    kept = prepare(pinterest, message)
    assert set(kept["media"]) == {"id", "state"}, "nothing that signs is kept longer than needed"
    settle(pinterest, pinterest.network.publish.submit(pinterest.account, message, kept))
    assert whole(pinterest, message)["payload"]["sha256"] == [digest(message.media[0].path)]


@pytest.mark.parametrize("endpoint", [MEDIA, STORAGE, STATUS])
@pytest.mark.parametrize("kind", ["accept_then_drop", "drop_before_accept", "5xx", "429", "401"])
def test_each_step_of_a_video_can_be_cut_and_gone_on_from(
    pinterest: Case, tmp_path: Path, endpoint: str, kind: str
) -> None:
    message = a_video(tmp_path)
    pinterest.sandbox.fault("pinterest", endpoint, kind)
    kept: dict[str, Any] = {}
    try:
        for ids in pinterest.network.publish.prepare(pinterest.account, message, {}):
            kept = ids
    except TemporarilyRejected:
        pass
    assert pinterest.sandbox.hits() == 1
    kept = prepare(pinterest, message, kept)
    settle(pinterest, pinterest.network.publish.submit(pinterest.account, message, kept))
    assert whole(pinterest, message)["payload"]["sha256"] == [digest(message.media[0].path)]


def test_a_form_that_is_over_is_asked_for_again(pinterest: Case, tmp_path: Path) -> None:
    message = a_video(tmp_path)
    first = next(iter(pinterest.network.publish.prepare(pinterest.account, message, {})))
    pinterest.sandbox.advance(2 * 3_600)
    again = prepare(pinterest, message, first)
    assert again["media"]["id"] != first["media"]["id"]


def test_a_video_that_pinterest_can_not_read_is_refused_before_the_pin(
    pinterest: Case, tmp_path: Path
) -> None:
    message = a_video(tmp_path)
    message.media[0].path.write_bytes(b"no video at all")
    with pytest.raises(Rejected, match="process"):
        prepare(pinterest, message)
    with pytest.raises(Rejected):
        pinterest.network.publish.submit(pinterest.account, message, {})
    assert pinterest.sandbox.accepted(message.text) == []


def test_a_large_image_is_named_by_its_address(
    pinterest: Case, media_folder: Path, media_url: Callable[[Path], str]
) -> None:
    small = image(media_folder)
    large = replace(small, size=9 * 2**20, url=media_url(small.path))
    message = a_pin(media_folder, media=(large,))
    pinterest.network.publish.submit(pinterest.account, message, {})
    assert whole(pinterest, message)["payload"]["sha256"] == [digest(small.path)]
    large.path.unlink()
    with pytest.raises(Rejected, match="fetch"):
        pinterest.network.publish.submit(pinterest.account, replace(message, text=words()), {})


def test_somebody_elses_board_is_for_a_person_and_an_unknown_one_is_wrong(
    pinterest: Case, tmp_path: Path
) -> None:
    theirs = pinterest.sandbox.access("pinterest", 1)["board_ids"][0]
    message = a_pin(tmp_path, options={"board_id": theirs})
    with pytest.raises(NeedsPerson):
        pinterest.network.publish.submit(pinterest.account, message, {})
    with pytest.raises(Rejected, match="Board not found"):
        pinterest.network.publish.submit(pinterest.account, a_pin(tmp_path, options={"board_id": "1"}), {})


def test_what_is_taken_down_when_it_is_looked_at_is_told(pinterest: Case, tmp_path: Path) -> None:
    message = a_pin(tmp_path, text=f"#rejected {words()}")
    published = pinterest.network.publish.submit(pinterest.account, message, {})
    pinterest.network.publish.confirm(pinterest.account, published.external_id)
    pinterest.sandbox.advance(20)
    with pytest.raises(Rejected):
        pinterest.network.publish.confirm(pinterest.account, published.external_id)


# ---------------------------------------------------------------- finding
def found_after(case: Case, sent: Message, wanted: Message) -> Finding:
    """What a search for one message says after another was published."""
    sent_at = case.sandbox.now()
    case.network.publish.submit(case.account, sent, {})
    return case.network.publish.find(case.account, wanted, sent_at, {}).finding


def test_a_pin_without_words_is_never_told_for_sure(pinterest: Case, tmp_path: Path) -> None:
    message = a_pin(tmp_path, text="")
    assert found_after(pinterest, message, message) is Finding.CANNOT_TELL


def test_a_pin_with_another_link_or_title_is_not_surely_ours(pinterest: Case, tmp_path: Path) -> None:
    message = a_pin(tmp_path, title="One", link="https://example.com/1")
    other = replace(message, link="https://example.com/2")
    assert found_after(pinterest, other, message) is Finding.CANNOT_TELL
    message = a_pin(tmp_path, title="One")
    assert found_after(pinterest, replace(message, title="Two"), message) is Finding.CANNOT_TELL
    message = a_pin(tmp_path, title="One", link="https://Example.com/1/")
    same = replace(message, link="http://www.example.com/1")
    assert found_after(pinterest, same, message) is Finding.FOUND


def test_a_pin_of_another_shape_is_not_ours(pinterest: Case, tmp_path: Path) -> None:
    message = a_pin(tmp_path)
    several = replace(message, kind=Kind.CAROUSEL, media=(image(tmp_path), image(tmp_path)))
    assert found_after(pinterest, several, message) is Finding.ABSENT


def test_a_pin_from_before_is_not_ours(pinterest: Case, tmp_path: Path) -> None:
    message = a_pin(tmp_path)
    pinterest.network.publish.submit(pinterest.account, message, {})
    pinterest.sandbox.advance(3_600)
    found = pinterest.network.publish.find(pinterest.account, message, pinterest.sandbox.now(), {})
    assert found.finding is Finding.ABSENT


def test_a_list_in_no_order_proves_nothing_before_its_end(pinterest: Case, tmp_path: Path) -> None:
    """Pinterest promises no order: an old pin at a page's end does not mean that newer ones are over."""
    now, message = pinterest.sandbox.now(), a_pin(tmp_path)

    def page(*ages_days: int, bookmark: str | None) -> str:
        pins = ", ".join(
            f'{{"id": "{1 + age}", "created_at": "{now - timedelta(days=age):%Y-%m-%dT%H:%M:%S}"}}'
            for age in ages_days
        )
        return f'{{"items": [{pins}], "bookmark": {"null" if bookmark is None else f"{chr(34)}b{chr(34)}"}}}'

    def finding(*bodies: str) -> tuple[Finding, int]:
        acts = [answer(200, body, Content_Type="application/json") for body in bodies]
        with wire(*acts) as server:
            settings = pointed_at(pinterest.sandbox).model_copy(update={"pinterest_api_url": server.url})
            publisher = network("pinterest", settings).publish
            found = publisher.find(pinterest.account, message, now, {}).finding
            return found, len(server.requests)

    assert finding(page(1, 2, 3, bookmark="b")) == (Finding.ABSENT, 1)
    assert finding(page(3, 1, 2, bookmark="b"), page(9, bookmark=None)) == (Finding.ABSENT, 2)
    assert finding(page(3, 1, 2, bookmark="b"))[0] is Finding.CANNOT_TELL, "it goes on for ever"


# ---------------------------------------------------------------- checking
@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"options": {}}, "needs board"),
        ({"options": {"board_id": "Recipes"}}, "choose one of the list"),
        ({"text": "x" * 801}, "800"),
        ({"title": "x" * 101}, "100"),
        ({"link": f"https://example.com/{'x' * 2_100}"}, "2,048"),
        ({"kind": Kind.TEXT, "media": ()}, "no text posts"),
        ({"media": ()}, "files"),
    ],
)
def test_what_pinterest_would_refuse_is_said(
    pinterest: Case, tmp_path: Path, change: dict[str, Any], problem: str
) -> None:
    problems = pinterest.network.publish.check(a_pin(tmp_path, **change))
    assert any(problem in one for one in problems), problems
