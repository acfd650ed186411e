"""Posts of people and organizations, and everything that goes wrong on the way."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from platforms.contract import Account, Finding
from platforms.errors import Ambiguous, Duplicate, NeedsPerson, NotReady, Rejected, TemporarilyRejected
from platforms.message import Kind, Message
from platforms.registry import network
from tests.platforms.conftest import Case, as_account, pointed_at
from tests.platforms.linkedin.case import SUBMIT, document, image, video
from tests.platforms.publishing import prepare, settle

PART = 4 * 1024 * 1024
VIDEOS = "POST /rest/videos"
UPLOADS = "PUT /dms-uploads/{id}/{part}"


def words() -> str:
    return f"Ovens on (now) #bread {uuid.uuid4().hex}"


def whole(case: Case, message: Message) -> dict[str, Any]:
    """The one thing accepted with these words."""
    (found,) = case.sandbox.accepted(message.text)
    return dict(found)


def person(case: Case) -> Account:
    remote = case.network.connect.accounts(case.account.credentials)[-1]
    assert remote.external_id.startswith("urn:li:person:")
    return as_account(remote)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def a_video(folder: Path, size: int = 2 * PART + 1_234) -> Message:
    return Message(words(), kind=Kind.VIDEO, media=(video(folder, size),))


def test_a_person_publishes_and_only_they_can_look(linkedin: Case) -> None:
    message, author = Message(words()), person(linkedin)
    sent_at = linkedin.sandbox.now()
    published = linkedin.network.publish.submit(author, message, {})
    assert published.settled
    assert linkedin.network.publish.confirm(author, published.external_id).permalink
    assert whole(linkedin, message)["account"] == author.external_id
    found = linkedin.network.publish.find(author, message, sent_at, {})
    assert found.finding is Finding.CANNOT_TELL
    with pytest.raises(Duplicate, match=published.external_id):
        linkedin.network.publish.submit(author, message, {})


def test_a_lost_answer_of_a_person_is_never_ruled_out(linkedin: Case) -> None:
    message, author = Message(words()), person(linkedin)
    sent_at = linkedin.sandbox.now()
    linkedin.sandbox.fault("linkedin", SUBMIT, "drop_before_accept")
    with pytest.raises(Ambiguous):
        linkedin.network.publish.submit(author, message, {})
    found = linkedin.network.publish.find(author, message, sent_at, {})
    assert found.finding is Finding.CANNOT_TELL


def test_a_card_brings_its_own_words_and_picture(linkedin: Case, tmp_path: Path) -> None:
    link = "https://example.com/x"
    message = Message(words(), link, Kind.LINK, "Title", cover=image(tmp_path))
    linkedin.network.publish.submit(linkedin.account, message, prepare(linkedin, message))
    article = whole(linkedin, message)["payload"]["content"]["article"]
    assert (article["source"], article["title"]) == (link, "Title")
    assert article["thumbnail"].startswith("urn:li:image:")


def test_descriptions_and_options_arrive(linkedin: Case, tmp_path: Path) -> None:
    media = (image(tmp_path, alt="A loaf"), image(tmp_path))
    options = {"visibility": "LOGGED_IN", "no_reshares": True}
    message = Message(words(), kind=Kind.CAROUSEL, media=media, options=options)
    assert linkedin.network.publish.check(message) == []
    linkedin.network.publish.submit(linkedin.account, message, prepare(linkedin, message))
    payload = whole(linkedin, message)["payload"]
    assert payload["visibility"] == "LOGGED_IN"
    assert payload["isReshareDisabledByAuthor"] is True
    assert payload["content"]["multiImage"]["images"][0]["altText"] == "A loaf"
    assert payload["held"] == [digest(one.path) for one in media], "in their order"


def test_a_page_has_no_connections(linkedin: Case) -> None:
    message = Message(words(), options={"visibility": "CONNECTIONS"})
    with pytest.raises(NeedsPerson):
        linkedin.network.publish.submit(linkedin.account, message, {})
    linkedin.network.publish.submit(person(linkedin), message, {})


def test_a_large_video_goes_up_in_parts_and_arrives_whole(linkedin: Case, tmp_path: Path) -> None:
    message = a_video(tmp_path)
    steps: list[Any] = []

    def until_it_waits() -> None:
        for step in linkedin.network.publish.prepare(linkedin.account, message, {}):
            steps.append(step["media"][0])

    with pytest.raises(NotReady):
        until_it_waits()
    assert [len(step["etags"]) for step in steps] == [0, 1, 2, 3, 3, 3]
    kept = prepare(linkedin, message, {"media": [steps[-1]]})
    linkedin.network.publish.submit(linkedin.account, message, kept)
    assert whole(linkedin, message)["payload"]["held"] == [digest(message.media[0].path)]


@pytest.mark.parametrize("endpoint", [VIDEOS, UPLOADS, "GET /rest/videos/{urn}"])
@pytest.mark.parametrize("kind", ["accept_then_drop", "drop_before_accept", "malformed", "5xx", "429", "401"])
def test_each_step_of_a_video_can_be_cut_and_gone_on_from(
    linkedin: Case, tmp_path: Path, endpoint: str, kind: str
) -> None:
    message = a_video(tmp_path, PART + 5)
    linkedin.sandbox.fault("linkedin", endpoint, kind)
    kept: dict[str, Any] = {}
    try:
        for ids in linkedin.network.publish.prepare(linkedin.account, message, {}):
            kept = ids
    except TemporarilyRejected:
        pass
    assert linkedin.sandbox.hits() == 1
    kept = prepare(linkedin, message, kept)
    settle(linkedin, linkedin.network.publish.submit(linkedin.account, message, kept))
    assert whole(linkedin, message)["payload"]["held"] == [digest(message.media[0].path)]


@pytest.mark.parametrize("kind", ["accept_then_drop", "drop_before_accept", "malformed", "5xx"])
@pytest.mark.parametrize("endpoint", ["POST /rest/documents", UPLOADS, "GET /rest/documents/{urn}"])
def test_each_step_of_a_document_can_be_cut_and_gone_on_from(
    linkedin: Case, tmp_path: Path, endpoint: str, kind: str
) -> None:
    message = Message(words(), kind=Kind.DOCUMENT, title="Recipes", media=(document(tmp_path),))
    linkedin.sandbox.fault("linkedin", endpoint, kind)
    kept: dict[str, Any] = {}
    try:
        for ids in linkedin.network.publish.prepare(linkedin.account, message, {}):
            kept = ids
    except TemporarilyRejected:
        pass
    assert linkedin.sandbox.hits() == 1
    linkedin.network.publish.submit(linkedin.account, message, prepare(linkedin, message, kept))
    assert whole(linkedin, message)["payload"]["held"] == [digest(message.media[0].path)]


def test_addresses_that_are_over_are_asked_for_again(linkedin: Case, tmp_path: Path) -> None:
    message = Message(words(), kind=Kind.IMAGE, media=(image(tmp_path),))
    first = next(iter(linkedin.network.publish.prepare(linkedin.account, message, {})))
    linkedin.sandbox.advance(25 * 3_600)
    again = prepare(linkedin, message, first)
    assert again["media"][0]["urn"] != first["media"][0]["urn"]
    linkedin.network.publish.submit(linkedin.account, message, again)


def test_a_file_that_linkedin_can_not_read_is_refused_before_the_post(linkedin: Case, tmp_path: Path) -> None:
    message = Message(words(), kind=Kind.IMAGE, media=(image(tmp_path),))
    message.media[0].path.write_bytes(b"no picture at all")
    with pytest.raises(Rejected, match="process"):
        prepare(linkedin, message)
    with pytest.raises(Rejected):
        linkedin.network.publish.submit(linkedin.account, message, {})
    assert linkedin.sandbox.accepted(message.text) == []


def test_what_is_refused_when_it_is_looked_at_is_told(linkedin: Case) -> None:
    message = Message(f"#rejected {words()}")
    published = linkedin.network.publish.submit(linkedin.account, message, {})
    assert not linkedin.network.publish.confirm(linkedin.account, published.external_id).settled
    linkedin.sandbox.advance(20)
    with pytest.raises(Rejected):
        linkedin.network.publish.confirm(linkedin.account, published.external_id)


def test_the_same_words_with_another_picture_are_not_taken_for_ours(linkedin: Case, tmp_path: Path) -> None:
    ours = Message(words(), kind=Kind.IMAGE, media=(image(tmp_path),))
    kept, sent_at = prepare(linkedin, ours), linkedin.sandbox.now()
    theirs = replace(ours, media=(image(tmp_path),))
    linkedin.network.publish.submit(linkedin.account, theirs, prepare(linkedin, theirs))
    find = linkedin.network.publish.find
    assert find(linkedin.account, ours, sent_at, kept).finding is Finding.CANNOT_TELL
    published = linkedin.network.publish.submit(linkedin.account, ours, kept)
    assert find(linkedin.account, replace(ours, text="x"), sent_at, kept).finding is Finding.FOUND
    assert published.external_id.startswith("urn:li:share:")


def test_a_card_is_found_by_its_address(linkedin: Case) -> None:
    one = Message(words(), "https://example.com/one", Kind.LINK, "One")
    other = replace(one, link="https://example.com/other")
    sent_at = linkedin.sandbox.now()
    linkedin.network.publish.submit(linkedin.account, other, {})
    find = linkedin.network.publish.find
    assert find(linkedin.account, one, sent_at, {}).finding is Finding.CANNOT_TELL
    assert find(linkedin.account, other, sent_at, {}).finding is Finding.FOUND


def test_a_sunset_version_is_for_a_person(linkedin: Case) -> None:
    settings = pointed_at(linkedin.sandbox).model_copy(update={"linkedin_api_version": "202510"})
    old = network("linkedin", settings)
    with pytest.raises(NeedsPerson, match="ALLIN_LINKEDIN_API_VERSION"):
        old.publish.submit(linkedin.account, Message(words()), {})


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"text": "x" * 3_001}, "3,000"),
        ({"text": "🥐" * 1_501}, "3,002"),
        ({"kind": Kind.LINK, "title": "T"}, "link"),
        ({"kind": Kind.LINK, "link": "https://example.com/"}, "title"),
        ({"kind": Kind.REEL}, "no short videos"),
        ({"options": {"visibility": "ENEMIES"}}, "who can see it"),
    ],
)
def test_what_linkedin_would_refuse_is_said(linkedin: Case, change: dict[str, Any], problem: str) -> None:
    problems = linkedin.network.publish.check(replace(Message("words"), **change))
    assert any(problem in one for one in problems), problems


def test_too_many_pixels_and_too_short_a_video_are_said(linkedin: Case, tmp_path: Path) -> None:
    large = replace(image(tmp_path), width=9_000, height=9_000)
    small = video(tmp_path, 40_000)
    check = linkedin.network.publish.check
    assert check(Message("w", kind=Kind.IMAGE, media=(large,)))
    assert check(Message("w", kind=Kind.VIDEO, media=(small,)))
