"""Instagram: every kind published once and confirmed, every fault on every step, lost answers found again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from platforms.contract import Finding
from platforms.errors import (
    Ambiguous,
    Duplicate,
    NeedsPerson,
    NeedsReconnect,
    NetworkError,
    NotReady,
    RateLimited,
    Rejected,
    TemporarilyRejected,
)
from platforms.message import Kind, Media, Message
from sandbox.instagram.limits import LIMITS
from tests.platforms.instagram import case
from tests.platforms.meta.steps import Files, Scene, a_text

KINDS = ("image", "carousel", "reel", "story")
MAKE = "POST /{user}/media"
STATE = "GET /1790"


def message_of(scene: Scene, kind: str) -> Message:
    files = scene.files
    return case.messages(files.folder, lambda path: f"{files.url}/{path.name}")[kind]


@pytest.fixture
def image(scene: Scene) -> Message:
    return Message(a_text(), kind=Kind.IMAGE, media=(scene.files.image(),))


# ---------------------------------------------------------------- once, and confirmed
@pytest.mark.parametrize("kind", KINDS)
def test_published_once_and_confirmed(scene: Scene, kind: str) -> None:
    message, before = message_of(scene, kind), len(scene.accepted())
    assert scene.network.publish.check(message) == []
    published, _ = scene.published(message)
    (accepted,) = scene.accepted()[before:]
    assert (accepted["id"], accepted["text"]) == (published.external_id, message.text)
    assert accepted["account"] == scene.account.external_id
    confirmed = scene.network.publish.confirm(scene.account, published.external_id)
    assert confirmed.external_id == published.external_id
    assert str(confirmed.permalink).startswith("https://www.instagram.com/")
    assert confirmed.published_at
    assert abs(confirmed.published_at - scene.now()) < timedelta(seconds=10)


def test_what_is_sent_is_what_was_written(scene: Scene) -> None:
    options = {"is_ai_generated": True, "collaborators": "@harbor, pine", "location_id": "7"}
    message = Message(a_text(), kind=Kind.IMAGE, media=(scene.files.image(),), options=options)
    assert scene.network.publish.check(message) == []
    scene.published(message)
    payload = scene.accepted()[-1]["payload"]
    assert (payload["caption"], payload["alt_text"]) == (message.text, "What is seen")
    assert (payload["is_ai_generated"], payload["collaborators"]) == ("true", '["harbor", "pine"]')
    reel = message_of(scene, "reel")
    reel = replace(reel, options={"share_to_feed": False, "thumb_offset": 1500})
    assert reel.cover
    scene.published(reel)
    payload = scene.accepted()[-1]["payload"]
    assert (payload["media_type"], payload["share_to_feed"], payload["thumb_offset"]) == (
        "REELS",
        "false",
        "1500",
    )
    assert payload["cover_url"] == reel.cover.url


def test_a_carousel_keeps_the_order_of_its_files(scene: Scene) -> None:
    message = message_of(scene, "carousel")
    scene.published(message)
    children = scene.accepted()[-1]["payload"]["children_params"]
    assert [child.get("image_url") or child.get("video_url") for child in children] == [
        media.url for media in message.media
    ]


# ---------------------------------------------------------------- going on after an interruption
def test_a_preparation_goes_on_where_it_was_left(scene: Scene) -> None:
    message = message_of(scene, "carousel")
    kept: dict[str, Any] = {}
    for _ in range(2):  # killed after each of the first two files
        kept = next(iter(scene.network.publish.prepare(scene.account, message, kept)))
    assert len(kept["parts"]) == 2
    done = scene.prepared(message, kept)
    assert done["parts"][:2] == kept["parts"]
    assert len(done["parts"]) == 3
    again = scene.prepared(message, done)
    assert again == done


def test_a_prepared_post_that_has_expired_is_prepared_anew(scene: Scene, image: Message) -> None:
    kept = scene.prepared(image)
    stale = {**kept, "container": "1790" + "0" * 16}  # one that Instagram does not know any more
    cleared, error = scene.stepped(image, stale)
    assert isinstance(error, TemporarilyRejected)
    assert cleared["container"] is None
    assert scene.prepared(image, cleared)["container"] not in (None, stale["container"])


def test_a_video_is_waited_for(scene: Scene) -> None:
    message = message_of(scene, "reel")
    steps = scene.network.publish.prepare(scene.account, message, {})
    kept = next(steps)
    with pytest.raises(NotReady) as caught:
        next(steps)
    assert caught.value.until > datetime.now(caught.value.until.tzinfo)
    with pytest.raises(NotReady):  # published too early: refused, and not written
        scene.network.publish.submit(scene.account, message, kept)
    assert scene.prepared(message, kept)["container"] == kept["container"]


def test_what_is_public_already_is_not_sent_again(scene: Scene, image: Message) -> None:
    _, kept = scene.published(image)
    again = scene.prepared(image, kept)
    with pytest.raises(Duplicate):
        scene.network.publish.submit(scene.account, image, again)
    assert len(scene.sandbox.accepted(image.text)) == 1


# ---------------------------------------------------------------- faults on submit
@pytest.mark.parametrize("fault", ["accept_then_drop", "accept_then_5xx", "malformed", "truncated"])
@pytest.mark.parametrize("kind", ["image", "story"])
def test_a_lost_answer_is_ambiguous_and_the_post_is_found(scene: Scene, kind: str, fault: str) -> None:
    message = message_of(scene, kind)
    kept, before = scene.prepared(message), len(scene.accepted())
    scene.advance(16 * 60 if kind == "story" else 0)  # stories have no words: only the time tells them apart
    sent_at = scene.now()
    scene.sandbox.fault("instagram", case.SUBMIT, fault)
    with pytest.raises(Ambiguous):
        scene.network.publish.submit(scene.account, message, kept)
    (accepted,) = scene.accepted()[before:]
    found = scene.network.publish.find(scene.account, message, sent_at, kept)
    assert found.finding is Finding.FOUND
    assert found.post
    assert found.post.external_id == accepted["id"]
    assert len(scene.accepted()) == before + 1


@pytest.mark.parametrize("fault", ["drop_before_accept", "5xx"])
def test_a_write_that_never_arrived_is_absent(scene: Scene, image: Message, fault: str) -> None:
    kept, sent_at = scene.prepared(image), scene.now()
    scene.sandbox.fault("instagram", case.SUBMIT, fault)
    with pytest.raises(Ambiguous):
        scene.network.publish.submit(scene.account, image, kept)
    assert scene.sandbox.hits() == 1, "a write is never repeated"
    assert scene.network.publish.find(scene.account, image, sent_at, kept).finding is Finding.ABSENT
    scene.network.publish.submit(scene.account, image, scene.prepared(image, kept))
    assert len(scene.sandbox.accepted(image.text)) == 1


@pytest.mark.parametrize(("fault", "error"), [("429", RateLimited), ("401", NeedsReconnect), ("delay", None)])
def test_refusals_write_nothing(
    scene: Scene, image: Message, fault: str, error: type[NetworkError] | None
) -> None:
    kept = scene.prepared(image)
    scene.sandbox.fault("instagram", case.SUBMIT, fault, delay_s=0.05)
    if error is None:
        scene.network.publish.submit(scene.account, image, kept)
        return
    with pytest.raises(error):
        scene.network.publish.submit(scene.account, image, kept)
    assert scene.sandbox.accepted(image.text) == []


def test_a_lost_story_is_called_absent_only_while_it_would_be_listed(scene: Scene) -> None:
    message = message_of(scene, "story")
    kept = scene.prepared(message)
    scene.advance(20 * 60)  # away from the stories of other tests
    sent_at = scene.now()
    scene.sandbox.fault("instagram", case.SUBMIT, "drop_before_accept")
    with pytest.raises(Ambiguous):
        scene.network.publish.submit(scene.account, message, kept)
    assert scene.network.publish.find(scene.account, message, sent_at, kept).finding is Finding.ABSENT
    scene.advance(86_400)
    old = datetime.now(UTC) - timedelta(hours=25)
    found = scene.network.publish.find(scene.account, message, old, kept)
    assert found.finding is Finding.CANNOT_TELL


def test_without_the_container_a_lost_post_is_never_called_absent(scene: Scene, image: Message) -> None:
    gone = {"container": "1790" + "1" * 16}
    assert scene.network.publish.find(scene.account, image, scene.now(), gone).finding is Finding.CANNOT_TELL


def test_the_same_words_by_hand_are_not_taken_for_ours(scene: Scene, image: Message) -> None:
    scene.published(image)
    kept = scene.prepared(image)  # a second container, not published
    found = scene.network.publish.find(scene.account, image, scene.now(), kept)
    assert found.finding is Finding.CANNOT_TELL


# ---------------------------------------------------------------- faults on the way there
@pytest.mark.parametrize("fault", ["accept_then_drop", "accept_then_5xx", "drop_before_accept", "malformed"])
@pytest.mark.parametrize("endpoint", [MAKE, STATE])
def test_a_blip_while_preparing_publishes_nothing(
    scene: Scene, image: Message, endpoint: str, fault: str
) -> None:
    scene.sandbox.fault("instagram", endpoint, fault)
    if endpoint == MAKE:
        with pytest.raises(TemporarilyRejected):
            scene.prepared(image)
    scene.prepared(image)
    assert scene.sandbox.hits() == 1
    assert scene.sandbox.accepted(image.text) == []


@pytest.mark.parametrize(("fault", "error"), [("429", RateLimited), ("401", NeedsReconnect)])
def test_refusals_while_preparing(
    scene: Scene, image: Message, fault: str, error: type[NetworkError]
) -> None:
    scene.sandbox.fault("instagram", MAKE, fault)
    with pytest.raises(error):
        scene.prepared(image)


# ---------------------------------------------------------------- what Instagram refuses
def test_an_address_that_gives_nothing_needs_a_person(scene: Scene, image: Message) -> None:
    lost = replace(image, media=(replace(image.media[0], url="http://127.0.0.1:9/gone.jpg"),))
    with pytest.raises(NeedsPerson, match="ALLIN_PUBLIC_URL"):
        scene.prepared(lost)
    without = replace(image, media=(replace(image.media[0], url=None),))
    with pytest.raises(NeedsPerson, match="ALLIN_PUBLIC_URL"):
        scene.prepared(without)


def test_a_video_that_gives_nothing_fails_while_it_is_processed(scene: Scene) -> None:
    message = message_of(scene, "reel")
    lost = replace(message, media=(replace(message.media[0], url="http://127.0.0.1:9/gone.mp4"),))
    with pytest.raises(NeedsPerson, match="ALLIN_PUBLIC_URL"):
        scene.prepared(lost)


def test_a_post_that_fails_in_review_begins_anew(scene: Scene) -> None:
    message = Message(f"{a_text()} #rejected", kind=Kind.IMAGE, media=(scene.files.image(),))
    kept, error = scene.stepped(message, {})
    assert isinstance(error, NeedsPerson)
    assert "spam" in error.message
    assert kept["container"] is None


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda files: files.image(kind="PNG"), "JPEG"),
        (lambda files: files.image(640, 200), "times the height"),
    ],
)
def test_images_it_can_not_use(scene: Scene, make: Callable[[Files], Media], words: str) -> None:
    message = Message(a_text(), kind=Kind.IMAGE, media=(make(scene.files),))
    (problem,) = scene.network.publish.check(message)
    assert words in problem
    with pytest.raises(Rejected):
        scene.prepared(message)


def test_a_day_that_is_used_up_is_known_before_anything_is_prepared(
    scene: Scene, image: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LIMITS, "posts", 0)
    kept, error = scene.stepped(image, {})
    assert kept == {}
    assert isinstance(error, RateLimited)
    assert "0 posts of the day" in error.message


def test_a_quota_that_is_not_told_holds_nothing_up(scene: Scene, image: Message) -> None:
    before, limit = scene.sandbox.hits(), "GET /{user}/content_publishing_limit"
    scene.sandbox.fault("instagram", limit, "5xx")
    assert scene.prepared(image)["container"]
    assert scene.sandbox.hits() == before + 1


def test_the_quota_of_a_day_is_waited_for(
    scene: Scene, image: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = scene.prepared(image)
    monkeypatch.setattr(LIMITS, "posts", 0)
    with pytest.raises(RateLimited, match="posts of the day"):
        scene.network.publish.submit(scene.account, image, kept)


def test_a_removed_post_is_rejected_when_it_is_confirmed(scene: Scene) -> None:
    with pytest.raises(Rejected):
        scene.network.publish.confirm(scene.account, "18" + "0" * 18)
