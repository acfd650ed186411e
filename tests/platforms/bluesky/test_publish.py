"""Posts under chosen keys: their records by the lexicon, files and videos, and everything that goes wrong."""

from __future__ import annotations

import base64
import hashlib
import uuid
from contextlib import suppress
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from platforms.contract import Finding
from platforms.errors import (
    Ambiguous,
    NeedsReconnect,
    NotReady,
    RateLimited,
    Rejected,
    TemporarilyRejected,
    TokenRefused,
)
from platforms.message import Kind, Message, ReplyTo
from tests.platforms.bluesky.case import SUBMIT, messages, movie, picture
from tests.platforms.conftest import Case
from tests.platforms.publishing import prepare, settle
from tests.sandbox.bluesky.lexicons import validate

XRPC = "/xrpc/com.atproto"
BLOB, AUTH = f"POST {XRPC}.repo.uploadBlob", f"GET {XRPC}.server.getServiceAuth"
VIDEO, JOB = "POST /xrpc/app.bsky.video.uploadVideo", "GET /xrpc/app.bsky.video.getJobStatus"
RESOLVE, RECORD = f"GET {XRPC}.identity.resolveHandle", f"GET {XRPC}.repo.getRecord"
BLIPS = ["accept_then_drop", "accept_then_5xx", "drop_before_accept", "malformed", "truncated", "5xx"]


def words() -> str:
    return f"Öfen an 🥐 {uuid.uuid4().hex}"


def record_of(case: Case, message: Message) -> dict[str, Any]:
    """The record of the one post accepted with these words, valid by the lexicon."""
    (found,) = case.sandbox.accepted(message.text)
    payload = found["payload"]
    validate("com.atproto.repo.putRecord", "input", payload)
    validate("app.bsky.feed.post", "record", payload["record"])
    return dict(payload["record"])


def publish(case: Case, message: Message) -> Any:
    return settle(case, case.network.publish.submit(case.account, message, prepare(case, message)))


def stopped(case: Case, message: Message) -> dict[str, Any]:
    """What was kept when preparing came to a stop."""
    kept: dict[str, Any] = {}
    with suppress(TemporarilyRejected):
        for ids in case.network.publish.prepare(case.account, message, {}):
            kept = ids
    return kept


def waiting(case: Case, message: Message) -> dict[str, Any]:
    """What was kept when preparing has to wait for the network."""
    kept = stopped(case, message)
    with pytest.raises(NotReady):
        list(case.network.publish.prepare(case.account, message, kept))
    return kept


def test_every_kind_of_record_is_as_the_lexicon_says(bluesky: Case, media_folder: Path) -> None:
    embeds = {}
    for name, message in messages(media_folder).items():
        unlike = replace(message, text=f"{message.text} {uuid.uuid4().hex}")
        publish(bluesky, unlike)
        embeds[name] = record_of(bluesky, unlike).get("embed", {})
    assert {name: embed.get("$type") for name, embed in embeds.items()} == {
        "text": None,
        "link": "app.bsky.embed.external",
        "image": "app.bsky.embed.images",
        "video": "app.bsky.embed.video",
    }
    assert embeds["image"]["images"][0]["alt"] == "Bread on a table"
    assert embeds["image"]["images"][0]["aspectRatio"] == {"width": 64, "height": 48}
    assert embeds["link"]["external"]["thumb"]["mimeType"] == "image/jpeg"
    assert embeds["link"]["external"]["title"] == "Offers"
    assert embeds["video"]["video"]["mimeType"] == "video/mp4"


def test_a_card_names_its_host_when_it_has_no_title(bluesky: Case) -> None:
    message = Message(words(), "https://example.com/a", kind=Kind.LINK)
    publish(bluesky, message)
    card = record_of(bluesky, message)["embed"]["external"]
    assert card == {"uri": "https://example.com/a", "title": "example.com", "description": ""}


def test_facets_reach_the_network_with_their_accounts(bluesky: Case) -> None:
    message = Message(f"{words()} @lumenwerk.bsky.example @nobody.example #bread", "https://example.com")
    publish(bluesky, message)
    record = record_of(bluesky, message)
    features = [facet["features"][0] for facet in record["facets"]]
    assert [feature["$type"].rpartition("#")[2] for feature in features] == ["mention", "tag", "link"]
    assert features[0]["did"] == "did:plc:sandbox000000000000002"


def test_a_warning_and_languages_are_labels_and_langs(bluesky: Case, media_folder: Path) -> None:
    options = {"warning": "graphic-media", "languages": "en, pt-BR"}
    media = (picture(media_folder, "#aa0000"),)
    message = Message(words(), kind=Kind.IMAGE, media=media, options=options)
    publish(bluesky, message)
    record = record_of(bluesky, message)
    assert record["langs"] == ["en", "pt-BR"]
    assert record["labels"] == {
        "$type": "com.atproto.label.defs#selfLabels",
        "values": [{"val": "graphic-media"}],
    }


def test_a_thread_names_its_root_and_its_parent_with_their_hashes(bluesky: Case) -> None:
    first, second, third = (Message(words()) for _ in range(3))
    root = publish(bluesky, first)
    second = replace(second, reply_to=ReplyTo(root.external_id, root.external_id))
    parent = publish(bluesky, second)
    third = replace(third, reply_to=ReplyTo(parent.external_id, root.external_id))
    publish(bluesky, third)
    reply = record_of(bluesky, third)["reply"]
    assert (reply["root"]["uri"], reply["parent"]["uri"]) == (root.external_id, parent.external_id)
    assert reply["root"]["cid"] != reply["parent"]["cid"]
    gone = replace(third, reply_to=ReplyTo(f"{root.external_id[:-3]}zzz", root.external_id))
    with pytest.raises(Rejected):
        prepare(bluesky, gone)


def test_the_key_is_chosen_last_and_never_changes(bluesky: Case, media_folder: Path) -> None:
    message = Message(words(), kind=Kind.IMAGE, media=(picture(media_folder, "#00aa00"),))
    steps = list(bluesky.network.publish.prepare(bluesky.account, message, {}))
    assert [bool(step.get("rkey")) for step in steps] == [False, True]
    assert list(bluesky.network.publish.prepare(bluesky.account, message, steps[-1])) == []
    old = {**steps[-1], "created_at": "2026-01-01T00:00:00.000Z"}
    (renewed,) = bluesky.network.publish.prepare(bluesky.account, message, old)
    assert renewed["rkey"] == old["rkey"]
    assert renewed["created_at"] > old["created_at"]


def test_a_late_first_try_and_the_second_are_one_post(bluesky: Case) -> None:
    message = Message(words())
    kept = prepare(bluesky, message)
    bluesky.sandbox.fault("bluesky", SUBMIT, "drop_before_accept")
    with pytest.raises(Ambiguous):
        bluesky.network.publish.submit(bluesky.account, message, kept)
    found = bluesky.network.publish.find(bluesky.account, message, bluesky.sandbox.now(), kept)
    assert found.finding is Finding.ABSENT
    bluesky.network.publish.submit(bluesky.account, message, kept)  # the second try
    bluesky.network.publish.submit(bluesky.account, message, kept)  # the first one arrives after all
    record_of(bluesky, message)


def test_without_a_key_nothing_can_be_told_or_sent(bluesky: Case) -> None:
    message = Message(words())
    found = bluesky.network.publish.find(bluesky.account, message, bluesky.sandbox.now(), {})
    assert found.finding is Finding.CANNOT_TELL
    with pytest.raises(Rejected):
        bluesky.network.publish.submit(bluesky.account, message, {})
    assert bluesky.sandbox.accepted(message.text) == []


def test_files_that_were_not_uploaded_publish_nothing(bluesky: Case, media_folder: Path) -> None:
    message = Message(words(), kind=Kind.IMAGE, media=(picture(media_folder, "#0000aa"),))
    kept = {**prepare(bluesky, message), "files": []}
    with pytest.raises(Rejected):
        bluesky.network.publish.submit(bluesky.account, message, kept)
    assert bluesky.sandbox.accepted(message.text) == []


@pytest.mark.parametrize(
    ("endpoint", "kind"),
    [*product([BLOB, VIDEO], BLIPS), (AUTH, "malformed"), (AUTH, "drop_before_accept"), (JOB, "5xx")],
)
def test_each_step_of_files_can_be_cut_and_gone_on_from(
    bluesky: Case, media_folder: Path, endpoint: str, kind: str
) -> None:
    media = picture(media_folder, "#123456") if endpoint == BLOB else movie(media_folder)
    message = Message(words(), kind=Kind.IMAGE if media.is_image else Kind.VIDEO, media=(media,))
    bluesky.sandbox.fault("bluesky", endpoint, kind)
    kept = stopped(bluesky, message)
    assert bluesky.sandbox.hits() == 1
    kept = prepare(bluesky, message, kept)
    settle(bluesky, bluesky.network.publish.submit(bluesky.account, message, kept))
    embed = record_of(bluesky, message)["embed"]
    blob = embed["video"] if media.is_video else embed["images"][0]["image"]
    assert blob["size"] == media.size


@pytest.mark.parametrize(("endpoint", "kind"), [(RESOLVE, "5xx"), (RECORD, "malformed")])
def test_mentions_and_parents_are_asked_for_again(bluesky: Case, endpoint: str, kind: str) -> None:
    first = publish(bluesky, Message(words()))
    text = f"{words()} @lumenwerk.bsky.example"
    message = Message(text, reply_to=ReplyTo(first.external_id, first.external_id))
    bluesky.sandbox.fault("bluesky", endpoint, kind)
    kept = prepare(bluesky, message)
    assert bluesky.sandbox.hits() == 1
    assert kept["dids"] == {"lumenwerk.bsky.example": "did:plc:sandbox000000000000002"}
    assert kept["reply"]["root"]["uri"] == first.external_id


@pytest.mark.parametrize(("kind", "error"), [("429", RateLimited), ("401", (TokenRefused, NeedsReconnect))])
def test_an_upload_that_was_refused_can_be_tried_again(
    bluesky: Case, media_folder: Path, kind: str, error: type[Exception]
) -> None:
    message = Message(words(), kind=Kind.IMAGE, media=(picture(media_folder, "#654321"),))
    bluesky.sandbox.fault("bluesky", BLOB, kind)
    with pytest.raises(error):
        prepare(bluesky, message)
    prepare(bluesky, message)


def test_a_video_arrives_whole_and_waits_for_its_processing(bluesky: Case, media_folder: Path) -> None:
    film = movie(media_folder, 3_000_000)
    message = Message(words(), kind=Kind.VIDEO, media=(film,))
    kept = waiting(bluesky, message)
    assert set(kept["files"][0]) == {"job", "at"}
    with pytest.raises(NotReady):
        list(bluesky.network.publish.prepare(bluesky.account, message, kept))
    kept = prepare(bluesky, message, kept)
    bluesky.network.publish.submit(bluesky.account, message, kept)
    video = record_of(bluesky, message)["embed"]["video"]
    assert video["size"] == film.size
    digest = hashlib.sha256(film.path.read_bytes()).digest()
    assert video["ref"]["$link"] == _raw_cid(digest)


def _raw_cid(digest: bytes) -> str:

    return "b" + base64.b32encode(bytes((1, 0x55, 0x12, 0x20)) + digest).decode().lower().rstrip("=")


def test_a_video_sent_before_is_known_and_used(bluesky: Case, media_folder: Path) -> None:
    film = movie(media_folder)
    publish(bluesky, Message(words(), kind=Kind.VIDEO, media=(film,)))
    again = Message(words(), kind=Kind.VIDEO, media=(film,))
    steps = list(bluesky.network.publish.prepare(bluesky.account, again, {}))
    assert len(steps) == 2, "the blob at once, and the key"


def test_a_video_that_can_not_be_processed_is_rejected_in_words(bluesky: Case, media_folder: Path) -> None:
    film = movie(media_folder, content=b"broken")
    with pytest.raises(Rejected, match="Video can't be read"):
        prepare(bluesky, Message(words(), kind=Kind.VIDEO, media=(film,)))


def test_a_job_that_is_forgotten_is_begun_again(bluesky: Case, media_folder: Path) -> None:
    message = Message(words(), kind=Kind.VIDEO, media=(movie(media_folder),))
    kept = waiting(bluesky, message)
    kept["files"][0]["job"] = "forgotten"
    kept = prepare(bluesky, message, kept)
    assert kept["files"][0]["blob"]


def test_old_blobs_are_brought_again(bluesky: Case, media_folder: Path) -> None:
    message = Message(words(), kind=Kind.IMAGE, media=(picture(media_folder, "#abcdef"),))
    kept = prepare(bluesky, message)
    kept["files"][0]["at"] -= 4_000
    old = kept["files"][0]["at"]
    assert prepare(bluesky, message, kept)["files"][0]["at"] > old


def test_what_moderation_takes_down_is_rejected_when_read_back(bluesky: Case) -> None:
    message = Message(f"{words()} #rejected")
    published = bluesky.network.publish.submit(bluesky.account, message, prepare(bluesky, message))
    bluesky.network.publish.confirm(bluesky.account, published.external_id)
    bluesky.sandbox.advance(10)
    with pytest.raises(Rejected):
        bluesky.network.publish.confirm(bluesky.account, published.external_id)


def test_an_image_larger_than_hosts_take_is_said_before(bluesky: Case, media_folder: Path) -> None:
    large = replace(picture(media_folder, "#ffffff"), size=1_000_001)
    problems = bluesky.network.publish.check(Message("Hi", kind=Kind.IMAGE, media=(large,)))
    assert problems
    assert "MB" in problems[0]
