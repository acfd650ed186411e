"""Media on their way to X: every step broken, killed and gone on with; nothing public before its post."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from platforms.errors import NotReady, Rejected, TemporarilyRejected, TokenRefused
from platforms.message import Kind, Media, Message
from platforms.x import upload
from tests.platforms.x.case import gif, movie, picture
from tests.platforms.x.conftest import PROCESSED_S, Connected

SMALL = 20_000  # bytes of a segment here, so that a small file has several
STEPS = [
    "POST /2/media/upload/initialize",
    "POST /2/media/upload/{id}/append",
    "POST /2/media/upload/{id}/finalize",
    "GET /2/media/upload",
    "POST /2/media/metadata",
]
BROKEN = ["accept_then_drop", "accept_then_5xx", "drop_before_accept", "malformed", "truncated", "5xx"]


@pytest.fixture(autouse=True)
def _small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "SEGMENT", SMALL)


def a_video(folder: Path, words: str = "Look", **more: Any) -> Message:
    return Message(words, kind=Kind.VIDEO, media=(movie(folder, **more),))


def stepwise(brand: Connected, message: Message) -> dict[str, Any]:
    """Prepare, killed after every single step: each goes on from what was kept."""
    kept: dict[str, Any] = {}
    for _ in range(40):
        try:
            ids = next(brand.network.publish.prepare(brand.account, message, dict(kept)), None)
        except NotReady:
            brand.server.advance(PROCESSED_S)
            continue
        if ids is None:
            return kept
        kept = ids
    raise AssertionError("it never ends")


def stepping(brand: Connected, message: Message, steps: list[dict[str, Any]]) -> None:
    """Prepare, each step put to the others as it comes."""
    for ids in brand.network.publish.prepare(brand.account, message, {}):
        steps.append(ids)


def media_of(brand: Connected) -> list[str]:
    [post] = brand.taken()
    found: list[str] = post["payload"]["media"]["media_ids"]
    return found


@pytest.mark.parametrize(
    ("kind", "make"),
    [(Kind.IMAGE, picture), (Kind.IMAGE, gif), (Kind.VIDEO, movie)],
    ids=["picture", "gif", "movie"],
)
def test_media_are_in_the_post_with_their_alt_text(
    brand: Connected, folder: Path, kind: Kind, make: Callable[..., Media]
) -> None:
    media = make(folder, "#123456") if make is picture else make(folder)
    message = Message("", kind=kind, media=(media,))
    published = brand.publish(message)
    params = {
        "tweet.fields": "attachments",
        "expansions": "attachments.media_keys",
        "media.fields": "alt_text,type",
    }
    headers = {"Authorization": f"Bearer {brand.account.credentials.access_token}"}
    path = f"/x/2/tweets/{published.external_id}"
    shown = brand.server.client.get(path, params=params, headers=headers).json()
    [item] = shown["includes"]["media"]
    assert shown["data"]["attachments"]["media_keys"] == [item["media_key"]]
    assert item.get("alt_text", "") == media.alt
    assert brand.network.publish.confirm(brand.account, published.external_id).published_at


def test_four_images_keep_their_order(brand: Connected, folder: Path) -> None:
    files = tuple(picture(folder, colour) for colour in ("#100", "#200", "#300", "#400"))
    message = Message("In order", kind=Kind.IMAGE, media=files)
    kept = brand.prepare(message)
    brand.network.publish.submit(brand.account, message, kept)
    assert media_of(brand) == [ids["id"] for ids in kept["media"]]
    assert len(set(media_of(brand))) == 4


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("endpoint", STEPS)
@pytest.mark.usefixtures("impatient")
def test_a_broken_step_publishes_nothing_and_is_gone_on_from(
    brand: Connected, folder: Path, endpoint: str, kind: str
) -> None:
    described = endpoint.endswith("metadata")
    message = Message(f"{endpoint} {kind}", kind=Kind.IMAGE, media=(gif(folder),))
    if not described:
        message = a_video(folder, f"{endpoint} {kind}")
    kept: dict[str, Any] = {}
    brand.fault(endpoint, kind)
    failed = False
    for _ in range(8):
        try:
            for ids in brand.network.publish.prepare(brand.account, message, dict(kept)):
                kept = ids
            break
        except NotReady:
            brand.server.advance(PROCESSED_S)
        except TemporarilyRejected:
            failed = True
    # An answer to a segment says nothing that is needed: only its status is looked at.
    assert failed or (endpoint.endswith("append") and kind == "malformed")
    assert brand.taken() == []
    brand.network.publish.submit(brand.account, message, kept)
    assert len(brand.taken()) == 1


@pytest.mark.parametrize("kind", ["429", "401"])
def test_a_refusal_of_a_step_says_what_it_is(brand: Connected, folder: Path, kind: str) -> None:
    brand.fault("POST /2/media/upload/initialize", kind)
    with pytest.raises(TemporarilyRejected) as caught:
        brand.prepare(a_video(folder))
    assert isinstance(caught.value, TokenRefused) is (kind == "401")


def test_killed_after_every_step_no_segment_is_sent_twice(brand: Connected, folder: Path) -> None:
    message = a_video(folder, "Step by step", size=4 * SMALL + 7)
    brand.fault("POST /2/media/upload/{id}/append", "delay", times=100)
    kept = stepwise(brand, message)
    assert brand.hits() == 5
    brand.network.publish.submit(brand.account, message, kept)
    assert media_of(brand) == [kept["media"][0]["id"]]


def test_x_takes_its_time(brand: Connected, folder: Path) -> None:
    message, steps = a_video(folder, "Slow"), list[dict[str, Any]]()
    with pytest.raises(NotReady) as caught:
        stepping(brand, message, steps)
    assert caught.value.until
    kept = steps[-1]
    assert kept["media"][0]["state"] == upload.FINALIZED
    with pytest.raises(Rejected, match="not uploaded"):
        brand.network.publish.submit(brand.account, message, kept)
    assert brand.taken() == []
    brand.publish(replace(message, text="Slow and steady"))


def test_a_file_x_cannot_use_is_refused_for_good(brand: Connected, folder: Path) -> None:
    message = a_video(folder, "Broken", content=b"#rejected")
    brand.fault("POST /2/media/upload/initialize", "delay", times=100)
    with pytest.raises(Rejected, match="could not process"):
        brand.prepare(message)
    assert brand.hits() == 1, "it is not uploaded again"
    assert brand.taken() == []


def test_an_upload_that_is_too_old_is_begun_anew(brand: Connected, folder: Path) -> None:
    message = a_video(folder, "Yesterday's")
    kept = brand.prepare(message)
    old = {"media": [{**kept["media"][0], "until": 0}]}
    anew = brand.prepare(message, old)
    assert anew["media"][0]["id"] != kept["media"][0]["id"]


def test_an_upload_x_forgot_is_begun_anew(brand: Connected, folder: Path) -> None:
    message = a_video(folder, "Forgotten")
    steps = brand.network.publish.prepare(brand.account, message, {})
    kept = [next(steps), next(steps)][-1]
    lost = {"media": [{**kept["media"][0], "id": "1"}]}
    anew = brand.prepare(message, lost)
    assert anew["media"][0]["id"] not in ("1", kept["media"][0]["id"])
    brand.network.publish.submit(brand.account, message, anew)


def test_a_long_video_is_never_whole_in_memory(
    brand: Connected, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = a_video(folder, "Long", size=10 * SMALL)

    def refuse(_self: Path) -> bytes:
        raise AssertionError("the whole file was read")

    with monkeypatch.context() as patched:
        patched.setattr(type(message.media[0].path), "read_bytes", refuse)
        steps = brand.network.publish.prepare(brand.account, message, {})
        assert [next(steps)["media"][0]["segment"] for _ in range(4)] == [0, 1, 2, 3]
