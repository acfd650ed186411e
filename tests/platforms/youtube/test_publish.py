"""Videos sent up hidden and made public to the second, with everything that goes wrong on the way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from platforms.contract import Entity, Finding
from platforms.errors import Ambiguous, Rejected, TemporarilyRejected
from platforms.message import Message
from platforms.registry import network
from platforms.youtube.upload import PART
from tests.platforms.conftest import Case, as_account, pointed_at
from tests.platforms.publishing import prepare, settle
from tests.platforms.recording import recorded
from tests.platforms.wire import answer, wire
from tests.platforms.youtube.case import (
    SUBMIT,
    UPLOAD,
    credentials,
    picture,
    video_message,
)

INSERT = "POST /upload/{service}/v3/videos"
COVER = "POST /upload/{service}/v3/thumbnails/set"
READ = "GET /{service}/v3/videos"
LARGE = 2 * PART + 4_321


def whole(case: Case, message: Message) -> dict[str, Any]:
    """The one thing accepted with these words."""
    (found,) = case.sandbox.accepted(message.text)
    return dict(found)


def sent_whole(case: Case, message: Message) -> bool:
    wanted = hashlib.sha256(message.media[0].path.read_bytes()).hexdigest()
    return bool(whole(case, message)["payload"]["sha256"] == wanted)


def uploads(case: Case, message: Message) -> int:
    """How many videos of this title the channel has, hidden ones too."""
    answers = case.network.collect._library.uploads(  # type: ignore[attr-defined]
        case.account, f"UU{case.account.external_id.removeprefix('UC')}", None
    )
    return sum(upload.title == message.title for upload in answers.uploads)


def test_a_large_video_goes_up_hidden_and_arrives_whole(youtube: Case, tmp_path: Path) -> None:
    message = video_message(tmp_path, size=LARGE, cover=picture(tmp_path))
    steps = [dict(step) for step in youtube.network.publish.prepare(youtube.account, message, {})]
    assert "video_id" not in steps[0], "the session is kept before the first byte"
    assert [step.get("sent") for step in steps] == [None, PART, 2 * PART, LARGE, LARGE]
    assert youtube.sandbox.accepted(message.text) == [], "hidden, it is nothing yet"
    before = youtube.sandbox.now()
    youtube.sandbox.advance(600)
    published = youtube.network.publish.submit(youtube.account, message, steps[-1])
    assert published.external_id == steps[-1]["video_id"] == whole(youtube, message)["id"]
    settled = settle(youtube, published)
    assert settled.published_at is not None
    assert settled.published_at >= before + timedelta(seconds=599), "when it was made public"
    assert sent_whole(youtube, message)


@pytest.mark.parametrize("endpoint", [INSERT, UPLOAD, COVER, READ])
@pytest.mark.parametrize("kind", ["accept_then_drop", "drop_before_accept", "malformed", "truncated", "5xx"])
def test_each_step_of_preparing_can_be_cut_and_gone_on_from(
    youtube: Case, tmp_path: Path, endpoint: str, kind: str
) -> None:
    message = video_message(
        tmp_path, size=40_000 if endpoint in (COVER, READ) else PART + 1, cover=picture(tmp_path)
    )
    youtube.sandbox.fault("youtube", endpoint, kind)
    kept: Mapping[str, Any] = {}
    try:
        for ids in youtube.network.publish.prepare(youtube.account, message, {}):
            kept = ids
    except TemporarilyRejected:
        kept = prepare(youtube, message, kept)
    assert youtube.sandbox.hits() == 1
    settle(youtube, youtube.network.publish.submit(youtube.account, message, kept))
    assert sent_whole(youtube, message)
    assert uploads(youtube, message) == 1


def test_a_lost_answer_to_the_last_byte_makes_no_second_video(youtube: Case, tmp_path: Path) -> None:
    message = video_message(tmp_path)
    youtube.sandbox.fault("youtube", UPLOAD, "accept_then_drop")
    steps = youtube.network.publish.prepare(youtube.account, message, {})
    kept = next(steps)
    with pytest.raises(TemporarilyRejected):
        next(steps)
    again = prepare(youtube, message, kept)
    assert again["session"] == kept["session"]
    assert uploads(youtube, message) == 1


def test_a_forgotten_session_is_settled_by_the_list_of_uploads(tmp_path: Path) -> None:
    with recorded(tmp_path, "youtube") as (sandbox, _):
        connector = network("youtube", pointed_at(sandbox))

        def case() -> Case:
            tokens = credentials(sandbox.access("youtube"))
            return Case(connector, as_account(connector.connect.accounts(tokens)[0]), sandbox)

        message = video_message(tmp_path)
        sandbox.fault("youtube", UPLOAD, "accept_then_drop")
        steps = connector.publish.prepare(case().account, message, {})
        kept = next(steps)
        with pytest.raises(TemporarilyRejected):
            next(steps)
        sandbox.advance(8 * 86_400)
        again = prepare(case(), message, kept)
        assert uploads(case(), message) == 1
        assert again["video_id"]
        other = video_message(tmp_path)
        begun = next(connector.publish.prepare(case().account, other, {}))
        sandbox.advance(8 * 86_400)
        anew = prepare(case(), other, begun)
        assert anew["session"] != begun["session"], "nothing had arrived, so it begins anew"
        assert uploads(case(), other) == 1


@pytest.mark.parametrize("privacy", ["public", "unlisted"])
@pytest.mark.parametrize("kind", ["accept_then_drop", "drop_before_accept"])
def test_a_lost_answer_is_settled_by_who_can_see_it(
    youtube: Case, tmp_path: Path, kind: str, privacy: str
) -> None:
    message = video_message(tmp_path, privacy=privacy)
    kept = prepare(youtube, message)
    youtube.sandbox.fault("youtube", SUBMIT, kind)
    with pytest.raises(Ambiguous):
        youtube.network.publish.submit(youtube.account, message, kept)
    found = youtube.network.publish.find(youtube.account, message, youtube.sandbox.now(), kept)
    assert found.finding is (Finding.FOUND if kind == "accept_then_drop" else Finding.ABSENT)
    youtube.network.publish.submit(youtube.account, message, kept)
    whole(youtube, message)


def test_a_private_video_is_there_and_nobody_sees_it(youtube: Case, tmp_path: Path) -> None:
    message = video_message(tmp_path, privacy="private")
    kept = prepare(youtube, message)
    settle(youtube, youtube.network.publish.submit(youtube.account, message, kept))
    assert youtube.sandbox.accepted(message.text) == []
    now = youtube.sandbox.now()
    answers = youtube.network.collect.collect(
        youtube.account, Entity.POSTS, now - timedelta(days=1), now, None
    )
    listed = [video["id"] for page in answers for video in json.loads(page.body)["items"]]
    assert kept["video_id"] not in listed


def test_what_was_said_of_a_video_is_still_said_once_it_is_public(youtube: Case, tmp_path: Path) -> None:
    message = video_message(tmp_path, made_for_kids="yes", contains_synthetic_media=True, tags="a, b c")
    youtube.network.publish.submit(youtube.account, message, prepare(youtube, message))
    payload = whole(youtube, message)["payload"]
    assert payload["status"]["selfDeclaredMadeForKids"] is True
    assert payload["status"]["containsSyntheticMedia"] is True
    assert payload["snippet"]["tags"] == ["a", "b c"]
    assert payload["snippet"]["description"].endswith(str(message.link))


def test_a_video_refused_while_hidden_is_never_made_public(youtube: Case, tmp_path: Path) -> None:
    message = video_message(tmp_path, words="#rejected words")
    kept = prepare(youtube, message)
    youtube.sandbox.advance(20)
    with pytest.raises(Rejected) as caught:
        prepare(youtube, message, kept)
    assert caught.value.code == "inappropriate"
    assert youtube.sandbox.accepted(message.text) == []


@pytest.mark.parametrize(
    ("words", "head", "code"), [("#rejected", b"", "inappropriate"), ("fine", b"GIF89a__", "invalidFile")]
)
def test_a_video_refused_later_is_told_by_confirm(
    youtube: Case, tmp_path: Path, words: str, head: bytes, code: str
) -> None:
    message = video_message(tmp_path, words=words)
    path = message.media[0].path
    path.write_bytes(head + path.read_bytes()[len(head) :])
    published = youtube.network.publish.submit(youtube.account, message, prepare(youtube, message))
    assert not youtube.network.publish.confirm(youtube.account, published.external_id).settled
    youtube.sandbox.advance(20)
    with pytest.raises(Rejected) as caught:
        youtube.network.publish.confirm(youtube.account, published.external_id)
    assert caught.value.code == code


def test_the_same_video_twice_is_refused_as_a_duplicate(youtube: Case, tmp_path: Path) -> None:
    message = video_message(tmp_path)
    prepare(youtube, message)
    second = youtube.network.publish.submit(youtube.account, message, prepare(youtube, message))
    youtube.sandbox.advance(20)
    with pytest.raises(Rejected, match="same video"):
        youtube.network.publish.confirm(youtube.account, second.external_id)


def test_an_upload_that_does_not_move_is_no_endless_loop(youtube: Case, tmp_path: Path) -> None:
    stuck = answer(308, "", Range="bytes=0-9")
    with wire(stuck) as server:
        kept = {"session": f"{server.url}/upload", "begun_at": youtube.sandbox.now().isoformat()}
        with pytest.raises(TemporarilyRejected):
            list(youtube.network.publish.prepare(youtube.account, video_message(tmp_path), kept))
        assert len(server.requests) == 2
